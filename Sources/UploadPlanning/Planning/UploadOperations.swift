public import RunOutputs

/// The operations of an upload, in order.
///
/// Those that upload the files of a directory are kept as its listing, and made when they are asked for: there may be
/// a million, whose paths and keys differ in their ends alone.
public struct UploadOperations: RandomAccessCollection, Sendable {
    /// Operations that come together.
    enum Part: Sendable {
        /// Operations of their own.
        case individual([UploadOperation])
        /// One for each file of a directory.
        case directory(DirectoryUpload)

        var count: Int {
            switch self {
            case .individual(let operations): operations.count
            case .directory(let upload): upload.entries.count
            }
        }

        subscript(positions: Range<Int>) -> Part {
            guard positions != 0..<count else { return self }
            switch self {
            case .individual(let operations): return .individual(Array(operations[positions]))
            case .directory(var upload):
                upload.entries = Array(upload.entries[positions])
                return .directory(upload)
            }
        }
    }

    private(set) var parts: [Part] = []
    /// Where each part ends.
    private var ends: [Int] = []

    public init(_ operations: [UploadOperation] = []) { append(.individual(operations)) }

    /// Takes the files of a directory.
    init(_ upload: DirectoryUpload) { append(.directory(upload)) }

    /// The position of the first operation.
    public var startIndex: Int { 0 }
    /// The position behind the last operation.
    public var endIndex: Int { ends.last ?? 0 }

    /// Makes the operation at a position.
    public subscript(position: Int) -> UploadOperation {
        let (part, offset) = partAndOffset(of: position)
        return switch parts[part] {
        case .individual(let operations): operations[offset]
        case .directory(let upload): upload.operation(upload.entries[offset])
        }
    }

    private func partAndOffset(of position: Int) -> (part: Int, offset: Int) {
        precondition(position >= 0 && position < endIndex, "there is no operation \(position)")
        var part = 0
        while ends[part] <= position { part += 1 }
        return (part, part == 0 ? position : position - ends[part - 1])
    }

    private mutating func append(_ part: Part) {
        guard part.count > 0 else { return }
        let end = endIndex + part.count
        if case .individual(let more) = part, case .individual(var operations) = parts.last {
            // Without a second reference, the array grows in its place.
            parts.removeLast()
            ends.removeLast()
            operations += more
            parts.append(.individual(operations))
        } else {
            parts.append(part)
        }
        ends.append(end)
    }

    public mutating func append(_ operation: UploadOperation) { append(.individual([operation])) }

    public mutating func append(contentsOf others: UploadOperations) {
        for part in others.parts { append(part) }
    }

    /// Removes those for which a condition holds.
    mutating func removeAll(where isRemoved: (UploadOperation) -> Bool) {
        let old = parts
        self = UploadOperations()
        for part in old {
            switch part {
            case .individual(let operations): append(.individual(operations.filter { !isRemoved($0) }))
            case .directory(var upload):
                upload.entries = upload.entries.filter { !isRemoved(upload.operation($0)) }
                append(.directory(upload))
            }
        }
    }
}

extension UploadOperations: ExpressibleByArrayLiteral {
    public init(arrayLiteral operations: UploadOperation...) { self.init(operations) }
}

extension UploadOperations: Hashable {
    /// Whether the operations are the same, however they are kept.
    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.elementsEqual(rhs) }

    /// Hashes the operations, however they are kept.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        for operation in self { hasher.combine(operation) }
    }
}

// MARK: - Without making operations

extension UploadOperations {
    /// Where each rule's operations are, which are all beside each other.
    ///
    /// - Parameter count: The number of rules.
    /// - Returns: A range for each rule, empty for one without operations.
    public func ranges(ofRules count: Int) -> [Range<Int>] {
        var ranges = Array(repeating: 0..<0, count: count)
        var start = 0
        func extend(_ rule: Int, by count: Int) {
            ranges[rule] = (ranges[rule].isEmpty ? start : ranges[rule].lowerBound)..<start + count
            start += count
        }
        for part in parts {
            switch part {
            case .individual(let operations): for operation in operations { extend(operation.rule, by: 1) }
            case .directory(let upload): extend(upload.rule, by: upload.entries.count)
            }
        }
        return ranges
    }

    /// The operations at some positions, with directories as they are kept.
    func parts(in positions: Range<Int>) -> [Part] {
        guard !positions.isEmpty else { return [] }
        var parts: [Part] = []
        var start = 0
        for part in self.parts {
            let overlap = positions.clamped(to: start..<start + part.count)
            if !overlap.isEmpty { parts.append(part[overlap.lowerBound - start..<overlap.upperBound - start]) }
            start += part.count
        }
        return parts
    }

    /// The rule of the operation at a position.
    public func rule(at position: Int) -> Int {
        let (part, offset) = partAndOffset(of: position)
        return switch parts[part] {
        case .individual(let operations): operations[offset].rule
        case .directory(let upload): upload.rule
        }
    }

    /// The destination of the operation at a position.
    public func destination(at position: Int) -> OutputLocation {
        let (part, offset) = partAndOffset(of: position)
        return switch parts[part] {
        case .individual(let operations): operations[offset].destination
        case .directory(let upload): upload.destination(of: upload.entries[offset])
        }
    }

    /// The operations that do not just upload a file of a directory, in order: all archives and index pages are here.
    public var individual: some Sequence<UploadOperation> {
        parts.lazy.flatMap { part -> [UploadOperation] in
            if case .individual(let operations) = part { operations } else { [] }
        }
    }

    /// The uploads of files of directories.
    var directories: some Sequence<DirectoryUpload> {
        parts.lazy.compactMap { part -> DirectoryUpload? in
            if case .directory(let upload) = part { upload } else { nil }
        }
    }

    /// How many files are read, also as members of archives.
    var sourceFileCount: Int {
        parts.reduce(0) { sum, part in
            switch part {
            case .individual(let operations): sum + operations.reduce(0) { $0 + $1.sourceFileCount }
            case .directory(let upload): sum + upload.entries.count
            }
        }
    }

    /// The files that are read, also as members of archives, and whose names may be of interest.
    ///
    /// - Parameter isWanted: Decides by the last segment of a path.
    /// - Returns: The files, in order.
    func sourceFiles(named isWanted: (String) -> Bool) -> [SourceFile] {
        parts.flatMap { part -> [SourceFile] in
            switch part {
            case .individual(let operations):
                operations.flatMap(\.sourceFiles).filter { isWanted($0.path.text.lastPathComponent) }
            case .directory(let upload):
                upload.entries.filter { isWanted($0.path.text.lastPathComponent) }.map(upload.directory.source)
            }
        }
    }
}

/// The upload of files of one directory, by one rule.
struct DirectoryUpload: Sendable {
    /// The rule: an index in ``PlannedUpload/rules``.
    let rule: Int
    let directory: InventoryRequest.Directory
    /// What the objects go below.
    let destination: OutputLocation
    /// Whether keys have the last segments of paths only.
    let flattens: Bool
    /// The media type of all objects; `nil` for that of each file's name.
    let contentType: String?
    /// The files, sorted by the bytes of their keys.
    var entries: [FileEntry]

    /// Puts the files in the order of their keys.
    init(
        rule: Int, directory: InventoryRequest.Directory, to destination: OutputLocation, flattens: Bool,
        contentType: String?, entries: [FileEntry]
    ) {
        self.rule = rule
        self.directory = directory
        self.destination = destination
        self.flattens = flattens
        self.contentType = contentType
        // A listing is in the order of its paths.
        self.entries = flattens ? entries.sorted { $0.path.isBefore($1.path, byName: true) } : entries
    }

    /// What the source paths begin with: the directory and a slash, or nothing.
    var pathStart: String { directory.path == "." ? "" : directory.path.text.joined(with: "") }

    /// What the keys begin with: the destination and a slash.
    var keyStart: String { "\(destination.key)/" }

    /// The end of a file's key, behind ``keyStart``.
    func name(of entry: FileEntry) -> String { flattens ? entry.path.text.lastPathComponent : entry.path.text }

    func destination(of entry: FileEntry) -> OutputLocation { destination.appending(name(of: entry)) }

    func operation(_ entry: FileEntry) -> UploadOperation {
        UploadOperation(
            rule: rule, source: .file(directory.source(entry)), destination: destination(of: entry),
            contentType: contentType(of: entry))
    }

    func contentType(of entry: FileEntry) -> String {
        contentType ?? ContentType.of(entry.path.text.lastPathComponent)
    }

    /// Whether a file is one of these.
    ///
    /// - Parameter path: Its path, relative to the working directory or absolute.
    /// - Returns: Whether it is.
    func holds(_ path: ExactString) -> Bool {
        guard let relative = directory.relativePath(of: path) else { return false }
        let index = entries.partitioningIndex { !$0.path.isBefore(relative, byName: flattens) }
        return index < entries.count && entries[index].path == relative
    }
}

/// The files that rules take, also as members of archives.
struct TakenFiles {
    private var paths: Set<ExactString> = []
    private var directories: [DirectoryUpload] = []

    init(_ parts: [UploadOperations.Part] = []) {
        for part in parts {
            switch part {
            case .individual(let operations): paths.formUnion(operations.lazy.flatMap(\.sourceFiles).map(\.path))
            case .directory(let upload): add(upload)
            }
        }
    }

    mutating func add(_ upload: DirectoryUpload) { directories.append(upload) }

    /// Adds a file, and returns whether it was not there.
    mutating func add(_ path: ExactString) -> Bool { !holds(path) && paths.insert(path).inserted }

    func holds(_ path: ExactString) -> Bool { paths.contains(path) || directories.contains { $0.holds(path) } }
}

/// The files of operations, each once, made one after the other.
struct DistinctFiles: Sequence, IteratorProtocol {
    private var parts: ArraySlice<UploadOperations.Part>
    /// The files of the parts that came before.
    private var taken = TakenFiles()
    /// What is next: files that are made already, and those of a directory.
    private var made: ArraySlice<SourceFile> = []
    private var upload: (DirectoryUpload, next: Int)?

    init(_ parts: [UploadOperations.Part]) { self.parts = parts[...] }

    mutating func next() -> SourceFile? {
        while true {
            if let file = made.popFirst() { return file }
            if let file = nextOfDirectory() { return file }
            guard let part = parts.popFirst() else { return nil }
            switch part {
            case .individual(let operations):
                made = operations.flatMap(\.sourceFiles).filter { taken.add($0.path) }[...]
            case .directory(let upload): self.upload = (upload, 0)
            }
        }
    }

    private mutating func nextOfDirectory() -> SourceFile? {
        while let (upload, next) = upload {
            guard next < upload.entries.count else {
                taken.add(upload)
                self.upload = nil
                return nil
            }
            self.upload?.next += 1
            let file = upload.directory.source(upload.entries[next])
            if !taken.holds(file.path) { return file }
        }
        return nil
    }
}

extension ExactString {
    /// Orders by the bytes of whole paths, or of their last segments first.
    fileprivate func isBefore(_ other: ExactString, byName: Bool) -> Bool {
        guard byName else { return self < other }
        let (name, otherName) = (ExactString(text.lastPathComponent), ExactString(other.text.lastPathComponent))
        return name == otherName ? self < other : name < otherName
    }
}

extension InventoryRequest.Directory {
    /// The path of a file of the directory as it is opened: relative to the working directory, or absolute.
    func path(of entry: FileEntry) -> ExactString {
        path == "." ? entry.path : ExactString(path.text.joined(with: entry.path.text))
    }

    /// Whether a file may be in both directories.
    func mayShareFiles(with other: InventoryRequest.Directory) -> Bool {
        path == other.path || relativePath(of: other.path) != nil || other.relativePath(of: path) != nil
    }

    /// The path below the directory of a path as it is opened, or `nil` if it is not below it.
    func relativePath(of path: ExactString) -> ExactString? {
        if self.path == "." { return path }
        let prefix = self.path.text.joined(with: "").utf8
        guard path.text.utf8.starts(with: prefix) else { return nil }
        return String(path.text.utf8.dropFirst(prefix.count)).map { ExactString($0) }
    }

    func source(_ entry: FileEntry) -> SourceFile {
        SourceFile(
            path: path(of: entry), version: entry.version,
            directoryLength: followsSymlinks ? nil : path == "." ? 0 : path.text.utf8.count)
    }
}
