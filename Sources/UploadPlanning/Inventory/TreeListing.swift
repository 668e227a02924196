public import RunOutputs

/// A recorded listing of a build tree, which stands in for the tree.
public struct TreeListing: Hashable, Sendable {
    /// The files, symlinks and special files, sorted by the bytes of the path.
    public private(set) var entries: [FileEntry]
    /// Directories that the listing names, also empty ones, and the directories of all entries.
    public private(set) var directories: Set<ExactString>
    /// Whether the listing tells the sizes of all files.
    public private(set) var hasSizes: Bool
    /// Whether the listing tells the modification times of all files.
    public private(set) var hasTimes: Bool

    /// Collects lines of a listing.
    ///
    /// - Parameter lines: What the lines say; the last one about a path counts.
    init(_ lines: [ListingLine]) {
        let paths = lines.map { ExactString($0.path.normalizedPath) }
        let directories = Self.directories(of: zip(paths, lines))
        // Of lines about one path, the last one comes first.
        let order = paths.indices.reversed().sorted { paths[$0] < paths[$1] }
        var entries: [FileEntry] = []
        entries.reserveCapacity(lines.count)
        (hasSizes, hasTimes) = (true, true)
        for index in order where entries.last?.path != paths[index] {
            let line = lines[index]
            // `find` without `-type f` names directories like files.
            guard let kind = line.kind, !directories.contains(paths[index]) else { continue }
            hasSizes = hasSizes && (line.size != nil || kind != .file)
            hasTimes = hasTimes && (line.modified != nil || kind != .file)
            entries.append(
                FileEntry(
                    path: paths[index], kind: kind,
                    version: FileVersion(size: line.size ?? FileVersion.unknownSize, modified: line.modified ?? 0),
                    nameIsUTF8: line.nameIsUTF8))
        }
        self.directories = directories
        self.entries = entries
    }

    /// The directories that lines name, and those that their paths go through.
    private static func directories(of lines: some Sequence<(ExactString, ListingLine)>) -> Set<ExactString> {
        var directories: Set<ExactString> = ["."]
        for (path, line) in lines {
            if line.kind == nil { directories.insert(path) }
            var parent = path.text.parentPath
            while let current = parent, directories.insert(ExactString(current)).inserted {
                parent = current.parentPath
            }
        }
        return directories
    }

    /// Makes a listing of files whose sizes and times are not known.
    ///
    /// - Parameter paths: The paths; one that ends with `/` is a directory.
    public init(paths: some Sequence<String>) {
        self.init(paths.map { ListingLine(plain: $0) })
    }
}

extension TreeListing {
    /// Answers what plans need to know of the disk.
    ///
    /// - Parameter request: What they ask for.
    /// - Returns: The answer, as if the listed tree were on disk.
    public func inventory(answering request: InventoryRequest) -> Inventory {
        var inventory = Inventory(hasSizes: hasSizes, hasTimes: hasTimes)
        for directory in request.directories { inventory.directories[directory] = listing(of: directory.path) }
        for path in request.paths { inventory.paths[path] = status(of: path) }
        return inventory
    }

    private func listing(of directory: ExactString) -> DirectoryListing {
        if directory == "." { return .listed(entries, unreadable: []) }
        guard directories.contains(directory) else { return entry(at: directory) == nil ? .absent : .notADirectory }
        let prefix = directory.text.joined(with: "")
        let start = firstIndex(from: ExactString(prefix))
        let below = entries[start...].prefix { $0.path.text.utf8.starts(with: prefix.utf8) }
        let relative = below.map { entry in
            var entry = entry
            entry.path = ExactString(String(entry.path.text.utf8.dropFirst(prefix.utf8.count)) ?? entry.path.text)
            return entry
        }
        return .listed(relative, unreadable: [])
    }

    private func status(of path: ExactString) -> PathStatus {
        if directories.contains(path) { return .directory }
        guard let entry = entry(at: path) else { return .absent }
        switch entry.kind {
        case .file, .symlink: return .file(entry.version)
        case .special: return .special
        }
    }

    private func entry(at path: ExactString) -> FileEntry? {
        let index = firstIndex(from: path)
        return index < entries.count && entries[index].path == path ? entries[index] : nil
    }

    /// The place of the first entry that does not come before a path.
    private func firstIndex(from path: ExactString) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].path < path { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension String {
    /// The directory that the path is in, unless it is at the top.
    fileprivate var parentPath: String? {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")), slash > startIndex else { return nil }
        return String(self[..<slash])
    }
}

/// A listing whose lines do not all have one form.
public struct UnreadableListing: Error, Equatable, Sendable, CustomStringConvertible {
    /// The line, from 1.
    public var line: Int
    /// What is wrong with it, as the end of a sentence.
    public var problem: String

    public var description: String { "line \(line) \(problem)" }
}

extension TreeListing {
    /// Reads a recorded listing.
    ///
    /// Each line has one path, relative to where the plan's paths start; `ListingForm` has the forms. All lines
    /// have one form: which, the whole listing tells. A path that ends with `/`, or that other paths go through, is a
    /// directory. Lines may end with a zero byte instead (`find -print0`), and names that are not UTF-8 are kept
    /// escaped. Where no path holds a `/`, backslashes separate segments as on Windows.
    ///
    /// - Parameter bytes: The listing, in UTF-8, or in UTF-16 behind a byte order mark.
    /// - Throws: ``UnreadableListing`` for a line that has another form than the others.
    public init(parsing bytes: [UInt8]) throws(UnreadableListing) {
        let lines = Self.lines(bytes.inUTF8)
        var nearest: (form: ListingForm, parsed: ParsedLines)?
        for form in ListingForm.allCases where form != .plain {
            let parsed = Self.parse(lines, form)
            guard parsed.count > 0 else { continue }
            if parsed.odd == nil {
                self.init(form.keepsSeparators ? parsed.entries.withSlashes : parsed.entries)
                return
            }
            if nearest.map({ parsed.isNearer(than: $0.parsed) }) ?? true { nearest = (form, parsed) }
        }
        if let nearest { throw Self.mixture(of: nearest.form, nearest.parsed, lines) }
        self.init(Self.parse(lines, .plain).entries.withSlashes)
    }

    private typealias Line = (text: String, isUTF8: Bool, number: Int)

    /// What the lines of a listing say in one form.
    private struct ParsedLines {
        var entries: [ListingLine] = []
        /// How many lines have the form, and could not have just any other.
        var count = 0
        /// The first of them.
        var first: Int?
        /// The first line that does not have the form, and how many do not.
        var odd: Int?
        var oddCount = 0

        func isNearer(than other: Self) -> Bool { (count, -oddCount) > (other.count, -other.oddCount) }
    }

    /// The listings of which it is known after so many lines that they do not have a form.
    private static let sample = 100_000

    private static func parse(_ lines: [Line], _ form: ListingForm) -> ParsedLines {
        var parsed = ParsedLines()
        var reader = ListingReader(form)
        for (index, line) in lines.enumerated() {
            switch reader.read(line.text) {
            case .entry(var entry):
                entry.nameIsUTF8 = line.isUTF8
                parsed.entries.append(entry)
                // What any path may look like says nothing of the form.
                guard !form.isShared(line.text) else { continue }
                parsed.count += 1
                parsed.first = parsed.first ?? index
            case .decoration: continue
            case nil:
                parsed.odd = parsed.odd ?? index
                parsed.oddCount += 1
                if parsed.count == 0, index >= sample { return parsed }
            }
        }
        return parsed
    }

    /// Says which line has another form than most.
    private static func mixture(of form: ListingForm, _ parsed: ParsedLines, _ lines: [Line]) -> UnreadableListing {
        if let first = parsed.first, parsed.count < parsed.oddCount {
            let line = lines[first]
            return UnreadableListing(
                line: line.number,
                problem: "looks like \(form.example), and most lines do not: '\(line.text.shortened)'; "
                    + "write `./` before a path that only looks so")
        }
        let line = lines[parsed.odd ?? 0]
        return UnreadableListing(
            line: line.number,
            problem: "does not have the form of \(form.example), as the other lines are: '\(line.text.shortened)'")
    }

    private static func lines(_ bytes: [UInt8]) -> [Line] {
        let ending = bytes.contains(0) ? 0 : UInt8(ascii: "\n")
        var number = 0
        return bytes.split(separator: ending, omittingEmptySubsequences: false).compactMap { line in
            number += 1
            let line = ending != 0 && line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard !line.isEmpty else { return nil }
            if let text = String(validating: line, as: UTF8.self) { return (text, true, number) }
            return (String(escapingInvalidUTF8: Array(line)), false, number)
        }
    }
}

extension ListingForm {
    /// Whether a line of this form is one of plain paths just as well: a directory, or a heading that ends with `:`.
    fileprivate func isShared(_ line: String) -> Bool {
        switch self {
        case .sizeTabPath: !line.utf8.contains(UInt8(ascii: "\t"))
        case .recursiveList: line.utf8.last == UInt8(ascii: ":")
        default: false
        }
    }
}

extension [ListingLine] {
    /// The lines with `/` between segments: where no path of a listing holds one, it was made on Windows.
    fileprivate var withSlashes: [ListingLine] {
        let (slash, backslash) = (UInt8(ascii: "/"), UInt8(ascii: "\\"))
        guard contains(where: { $0.path.utf8.contains(backslash) }),
            !contains(where: { $0.path.utf8.contains(slash) || !$0.nameIsUTF8 })
        else { return self }
        return map { line in
            var line = line
            line.path = String(decoding: line.path.utf8.map { $0 == backslash ? slash : $0 }, as: UTF8.self)
            return line
        }
    }
}

extension [UInt8] {
    /// The bytes without a byte order mark, and in UTF-8 where the mark says that they are UTF-16.
    fileprivate var inUTF8: [UInt8] {
        if starts(with: [0xEF, 0xBB, 0xBF]) { return Array(dropFirst(3)) }
        let isLittle = starts(with: [0xFF, 0xFE])
        guard isLittle || starts(with: [0xFE, 0xFF]) else { return self }
        let units = stride(from: 2, to: count - 1, by: 2).map { index in
            isLittle
                ? UInt16(self[index]) | UInt16(self[index + 1]) << 8
                : UInt16(self[index]) << 8 | UInt16(self[index + 1])
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }
}

extension String {
    /// The beginning of the text, without what could steer a terminal.
    fileprivate var shortened: String { String(prefix(80)).printable }
}
