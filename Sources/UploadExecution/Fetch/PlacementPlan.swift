import LocalFiles
import RunOutputs
import SystemPackage
import UploadPlanning

/// Where everything that was extracted goes in the output directory, worked out before anything is moved.
///
/// Several trees may be joined into one. What an earlier one brings counts for those behind it, so that a directory of
/// one tree can be a symlink of another: its files go where the symlink leads, as with `tar`, if that is inside.
struct PlacementPlan {
    /// One thing to do.
    enum Action {
        /// A directory is made.
        case make(name: [CChar], in: [[CChar]])
        /// Something is moved, from a path below the staging directory to one below the output directory.
        case move(Move)
        /// Something is taken out of the output directory.
        case clear(name: [CChar], in: [[CChar]])
    }

    /// How something is moved.
    struct Move {
        let name: [CChar]
        let from: [[CChar]]
        let to: [[CChar]]
        /// Whether it takes the place of something.
        let replaces: Bool
        /// Whether it is a directory, which takes the place of a file only when that is away.
        let isDirectory: Bool
    }

    /// A symlink and the directory that it will be in: where it leads shows when all trees are there.
    private struct Link {
        let directory: PlannedDirectory.Path
        let name: [CChar]
        let target: [UInt8]
    }

    /// A directory whose entries are still to be joined with one of the output directory.
    private struct Join {
        let from: [[CChar]]
        let source: PlannedDirectory
        let to: PlannedDirectory.Path
        /// Whether a symlink led there, so that `..` of symlinks in it leads elsewhere than in their own tree.
        let isElsewhere: Bool
    }

    /// What is to be taken away before anything is moved.
    private(set) var clearing: [Action] = []
    /// What is to be done then, in this order.
    private(set) var actions: [Action] = []
    /// How many files two trees hold with equal contents.
    private(set) var equalFiles = 0
    private let staging: Descriptor
    private let output: PlannedDirectory.Path
    private let overlaps: OverlapPolicy
    private var links: [Link] = []

    /// Starts with nothing to do.
    ///
    /// - Parameters:
    ///   - staging: The staging directory.
    ///   - output: The output directory.
    ///   - overlaps: What it means that two trees hold different files under one path.
    init(from staging: Descriptor, to output: Descriptor, overlaps: OverlapPolicy) {
        self.staging = staging
        self.overlaps = overlaps
        self.output = PlannedDirectory.Path(root: PlannedDirectory(root: output, names: []))
    }

    /// Puts a whole directory in the output directory, instead of what has its name.
    ///
    /// - Parameter from: Its path below the staging directory.
    /// - Throws: ``StoreError`` if the output directory cannot be written.
    mutating func replace(by from: [[CChar]]) throws(StoreError) {
        guard let name = from.last else { return }
        try attempt([name]) { () throws(Errno) in
            let directory = PlannedDirectory(root: staging, names: from)
            try put(name, .directory(directory), from: Array(from.dropLast()), to: output)
        }
    }

    /// Joins a tree with the output directory.
    ///
    /// - Parameters:
    ///   - from: The tree's path below the staging directory.
    ///   - undecided: Symlinks of the tree that lead to a place which depends on what else there is.
    /// - Throws: ``StoreError`` that names what is in the way.
    mutating func join(_ from: [[CChar]], undecided: [MemberPath]) throws(StoreError) {
        let source = PlannedDirectory(root: staging, names: from)
        var jobs = [Join(from: from, source: source, to: output, isElsewhere: false)]
        while let job = jobs.popLast() {
            var entries: [(name: [CChar], entry: TreeEntry<PlannedDirectory>)] = []
            try attempt([]) { () throws(Errno) in entries = try job.source.sorted() }
            for (name, entry) in entries {
                if let deeper = try place(name, entry, job) { jobs.append(deeper) }
            }
        }
        for path in undecided { try note(path) }
    }

    /// Takes away what the output directory has at a path.
    ///
    /// - Parameter path: The path below the output directory.
    /// - Throws: ``StoreError`` that names what is in the way.
    mutating func clear(_ path: MemberPath) throws(StoreError) {
        guard let name = path.names.last else { return }
        guard path.names.first != Self.reserved else { throw StoreError(inTheWay: path.names, Errno.fileExists) }
        var place = output
        do throws(ConfinementError) {
            try place.follow(path.names.dropLast(), Self.lookUp)
        } catch {
            switch error {
            case .leadsOut: throw StoreError(inTheWay: path.names, Errno.tooManySymbolicLinkLevels)
            case .system(let error): throw StoreError(inTheWay: path.names, error)
            }
        }
        guard let directory = place.directory else { return }
        let (names, parent) = (place.names, directory)
        var isThere = false
        try attempt(path.names) { () throws(Errno) in
            if case .absent = try parent.entry(name) { return }
            try parent.checkWritable()
            isThere = true
        }
        guard isThere else { return }
        parent.plan(name, .absent)
        clearing.append(.clear(name: name, in: names))
    }

    /// Makes sure that no symlink leads out of the output directory when everything is there.
    ///
    /// - Throws: ``StoreError`` that names one.
    func checkLinks() throws(StoreError) {
        for link in links {
            guard let entry = try? link.directory.directory?.entry(link.name),
                case .symlink(let target) = entry, target == link.target
            else { continue }
            if link.directory.isLeft(by: target, Self.lookUp) {
                let path = MemberPath(names: link.directory.names + [link.name])
                throw StoreError(
                    .destination,
                    "'\(path.text.escapingControlCharacters)' would be a symlink that leads out of the output "
                        + "directory",
                    hint: "exclude its artifact, or let each artifact have a directory of its own")
            }
        }
    }
}

extension PlacementPlan {
    /// The name of the staging directory, which is in the output directory: no tree may reach into it.
    private static let reserved: [CChar] = Array(StagingDirectory.name.utf8CString)

    /// Plans one entry, or returns the directories that have its name and are to be joined.
    private mutating func place(
        _ name: [CChar], _ entry: TreeEntry<PlannedDirectory>, _ job: Join
    ) throws(StoreError) -> Join? {
        let path = job.to.names + [name]
        guard path.first != Self.reserved else { throw StoreError(inTheWay: path, Errno.fileExists) }
        var existing = TreeEntry<PlannedDirectory>.absent
        try attempt(path) { () throws(Errno) in
            if let directory = job.to.directory { existing = try directory.entry(name) }
        }
        switch (entry, existing) {
        case (.directory(let source), .directory(let directory)):
            return Join(
                from: job.from + [name], source: source, to: job.to.appending(name, directory),
                isElsewhere: job.isElsewhere)
        case (.directory(let source), .symlink(let target)):
            return Join(
                from: job.from + [name], source: source, to: try follow(target, from: job.to, as: path),
                isElsewhere: true)
        case (.directory, .file): throw StoreError(inTheWay: path, Errno.notDirectory)
        case (_, .directory): throw StoreError(inTheWay: path, Errno.isDirectory)
        case (_, .absent): break
        default: try check(name, entry, existing, job, path)
        }
        try attempt(path) { () throws(Errno) in try put(name, entry, from: job.from, to: job.to) }
        if job.isElsewhere { try noteLinks(in: entry, name, at: job.to) }
        return nil
    }

    /// Compares what two trees hold under one path.
    private mutating func check(
        _ name: [CChar], _ entry: TreeEntry<PlannedDirectory>, _ existing: TreeEntry<PlannedDirectory>, _ job: Join,
        _ path: [[CChar]]
    ) throws(StoreError) {
        guard let earlier = job.to.directory?.source(of: name, in: staging) else { return }
        var isEqual = false
        try attempt(path) { () throws(Errno) in
            switch (entry, existing) {
            case (.symlink(let new), .symlink(let old)): isEqual = new == old
            case (.file, .file):
                isEqual = try staging.descend(earlier).holdsSame(name, as: staging.descend(job.from))
            default: isEqual = false
            }
        }
        if isEqual {
            equalFiles += 1
        } else if overlaps == .refuse {
            let artifacts = [earlier, job.from].map { names in
                "'\(MemberPath(names: Array(names.dropFirst().prefix(1))).text.escapingControlCharacters)'"
            }
            throw StoreError(
                .conflict,
                "'\(MemberPath(names: path).text.escapingControlCharacters)' is in \(artifacts[0]) and, with other "
                    + "contents, in \(artifacts[1])",
                hint: "exclude one of them, or take the last one's with --overlap last")
        }
    }

    private mutating func put(
        _ name: [CChar], _ entry: TreeEntry<PlannedDirectory>, from: [[CChar]], to path: PlannedDirectory.Path
    ) throws(Errno) {
        guard let directory = path.directory else { throw Errno.noSuchFileOrDirectory }
        try directory.checkWritable()
        let replaces = if case .absent = try directory.entry(name) { false } else { true }
        let isDirectory = if case .directory = entry { true } else { false }
        directory.plan(name, entry, from: from)
        actions.append(
            .move(Move(name: name, from: from, to: path.names, replaces: replaces, isDirectory: isDirectory)))
    }

    /// Finds the directory that a symlink leads to, and plans to make what is missing of it.
    private mutating func follow(
        _ target: [UInt8], from: PlannedDirectory.Path, as path: [[CChar]]
    ) throws(StoreError) -> PlannedDirectory.Path {
        var found = from
        do throws(ConfinementError) {
            guard let target = LinkTarget(target) else { throw .leadsOut }
            try found.follow(target.names, Self.lookUp)
        } catch {
            switch error {
            case .leadsOut: throw StoreError(leadsOut: path, target)
            case .system(let error): throw StoreError(inTheWay: path, error)
            }
        }
        var made = PlannedDirectory.Path(root: found.root)
        for step in found.steps {
            var directory = step.directory
            if directory == nil, let parent = made.directory {
                let new = PlannedDirectory()
                try attempt(path) { () throws(Errno) in try parent.checkWritable() }
                parent.plan(step.name, .directory(new))
                actions.append(.make(name: step.name, in: made.names))
                directory = new
            }
            made = made.appending(step.name, directory)
        }
        return made
    }

    /// Takes note of a symlink of a tree that was joined.
    private mutating func note(_ path: MemberPath) throws(StoreError) {
        guard let name = path.names.last else { return }
        var directory = output
        do throws(ConfinementError) {
            try directory.follow(path.names.dropLast(), Self.lookUp)
        } catch {
            return
        }
        guard let entry = try? directory.directory?.entry(name), case .symlink(let target) = entry else { return }
        links.append(Link(directory: directory, name: name, target: target))
    }

    /// Takes note of all symlinks of something that goes elsewhere than in its own tree.
    private mutating func noteLinks(
        in entry: TreeEntry<PlannedDirectory>, _ name: [CChar], at path: PlannedDirectory.Path
    ) throws(StoreError) {
        var jobs = [(name: name, entry: entry, path: path)]
        while let job = jobs.popLast() {
            switch job.entry {
            case .symlink(let target): links.append(Link(directory: job.path, name: job.name, target: target))
            case .directory(let directory):
                let deeper = job.path.appending(job.name, directory)
                try attempt(deeper.names) { () throws(Errno) in
                    jobs += try directory.sorted().map { ($0.name, $0.entry, deeper) }
                }
            case .file, .absent: break
            }
        }
    }

    private static func lookUp(
        _ name: [CChar], in directory: PlannedDirectory
    ) throws(Errno) -> TreeEntry<PlannedDirectory> { try directory.entry(name) }
}

/// Does something, and says what of the output directory was in the way if that fails.
private func attempt(_ path: [[CChar]], _ body: () throws(Errno) -> Void) throws(StoreError) {
    do throws(Errno) { try body() } catch { throw StoreError(inTheWay: path, error) }
}

extension StoreError {
    /// Says what of the output directory keeps something from being put in its place.
    ///
    /// - Parameters:
    ///   - path: The names below the output directory.
    ///   - error: What the system answered.
    init(inTheWay path: [[CChar]], _ error: Errno) {
        self.init(destination: error)
        let text = MemberPath(names: path).text.escapingControlCharacters
        message = text.isEmpty ? "the output directory \(message)" : "'\(text)' in the output directory \(message)"
        if [Errno.notDirectory, .tooManySymbolicLinkLevels, .isDirectory, .fileExists, .directoryNotEmpty].contains(
            error)
        {
            hint = "something else is in its place: remove it, or choose another output directory"
        }
    }

    fileprivate init(leadsOut path: [[CChar]], _ target: [UInt8]) {
        let shown = String(escapingInvalidUTF8: target).escapingControlCharacters
        self.init(
            .destination,
            "'\(MemberPath(names: path).text.escapingControlCharacters)' in the output directory is a symlink to "
                + "'\(shown)', which leads out of it, and a directory is needed there",
            hint: "replace it by a directory, or choose another output directory")
    }
}

/// What it means that two artifacts hold different files under one path, when all are extracted into one tree.
public enum OverlapPolicy: String, CaseIterable, Hashable, Sendable {
    /// Nothing is put in place.
    case refuse
    /// The file of the last one counts, in the order of their names.
    case last
}

extension Descriptor {
    /// Whether two directories hold files with the same bytes under a name.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - other: The other directory.
    /// - Returns: Whether both are regular files and equal.
    /// - Throws: What the system answered.
    func holdsSame(_ name: [CChar], as other: Descriptor) throws(Errno) -> Bool {
        let files = (
            try open(name, [.readOnly, .noFollow, .nonBlocking]),
            try other.open(name, [.readOnly, .noFollow, .nonBlocking])
        )
        let (first, second) = (try files.0.status(), try files.1.status())
        guard first.kind == .regular, second.kind == .regular, first.version.size == second.version.size else {
            return false
        }
        let size = 256 << 10
        let buffers = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * size, alignment: 64)
        defer { unsafe buffers.deallocate() }
        let (left, right) = unsafe (
            UnsafeMutableRawBufferPointer(rebasing: buffers[..<size]),
            UnsafeMutableRawBufferPointer(rebasing: buffers[size...])
        )
        var offset: Int64 = 0
        while true {
            let count = try unsafe files.0.read(into: left, at: offset)
            guard try unsafe files.1.read(into: right, at: offset) == count else { return false }
            guard unsafe left[..<count].elementsEqual(right[..<count]) else { return false }
            if count < size { return true }
            offset += Int64(count)
        }
    }
}
