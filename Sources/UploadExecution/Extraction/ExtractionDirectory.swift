import LocalFiles
import RunOutputs
import SystemPackage

/// A directory that members of an archive are written into, and nothing outside of it.
///
/// Every name is opened from the directory before it, and the system follows no symlink: those of the archive are
/// resolved here, below the root. libarchive's own writer could do the same, but changes the umask of the process for
/// moments, which the threads of a parallel extraction would see.
struct ExtractionDirectory {
    /// A symlink that was made, in a directory whose path holds no symlink.
    struct Link: Hashable {
        let directory: [[CChar]]
        let name: [CChar]
        let target: [UInt8]
    }

    private let root: Descriptor
    /// The directory that was written into last: members of one directory come together.
    private var last: (names: ArraySlice<[CChar]>, path: ConfinedPath<Descriptor>, directory: Descriptor)
    /// Symlinks that go up behind a name: where they lead shows when everything is extracted.
    private(set) var undecidedLinks: [Link] = []

    /// Opens a directory.
    ///
    /// - Parameter path: The directory, which exists.
    /// - Throws: What the system answered.
    init(_ path: String) throws(Errno) {
        root = try Descriptor.open(path: path, [.pathOnly, .directory])
        last = ([], ConfinedPath(root: root), root)
    }

    /// Makes a directory, and those that lead to it.
    mutating func makeDirectory(_ path: MemberPath) throws(ConfinementError) { try enter(path.names[...]) }

    /// Makes an empty file, instead of what an earlier member put there.
    ///
    /// - Parameters:
    ///   - path: Its path.
    ///   - permissions: Its permissions, without those that the umask takes away.
    /// - Returns: The file, open for writing.
    /// - Throws: ``ConfinementError``.
    mutating func makeFile(_ path: MemberPath, permissions: ModeBits) throws(ConfinementError) -> Descriptor {
        let (directory, name) = try place(path)
        // Whoever extracts can write and remove it; nobody else may write.
        let mode = permissions & 0o755 | 0o600
        return try Self.replacing(name, in: directory) { () throws(Errno) in
            try directory.open(name, [.writeOnly, .create, .exclusive, .noFollow], mode: mode)
        }
    }

    /// Makes a symlink, unless it leads out of the root.
    ///
    /// - Parameters:
    ///   - path: Its path.
    ///   - target: Where it leads.
    /// - Returns: Whether it was made.
    /// - Throws: ``ConfinementError``.
    mutating func makeSymlink(_ path: MemberPath, to target: [UInt8]) throws(ConfinementError) -> Bool {
        let (directory, name) = try place(path)
        let names = last.path.names
        guard let parsed = LinkTarget(target), parsed.leadingUps <= names.count else { return false }
        try Self.replacing(name, in: directory) { () throws(Errno) in
            try directory.makeSymlink(name, to: target)
        }
        if parsed.goesUpLater { undecidedLinks.append(Link(directory: names, name: name, target: target)) }
        return true
    }

    /// Gives a file or symlink that was extracted a second name.
    ///
    /// - Parameters:
    ///   - path: The second name.
    ///   - target: The first one.
    /// - Returns: Whether it was made: a symlink may lead out of the root from its second place.
    /// - Throws: ``ConfinementError``.
    mutating func makeLink(_ path: MemberPath, to target: MemberPath) throws(ConfinementError) -> Bool {
        let (source, sourceName) = try place(target)
        let symlink: [UInt8]?
        do throws(Errno) {
            switch try source.status(of: sourceName).kind {
            case .regular: symlink = nil
            case .symlink: symlink = try source.linkTarget(of: sourceName)
            case .directory, .special: throw Errno.notPermitted
            }
        } catch {
            throw .system(error)
        }
        if path == target { return true }
        // What a symlink says is read from where it is, so a second name of it is one more symlink.
        if let symlink { return try makeSymlink(path, to: symlink) }
        let (directory, name) = try place(path)
        try Self.replacing(name, in: directory) { () throws(Errno) in
            try source.link(sourceName, as: name, in: directory)
        }
        return true
    }

    /// Removes the undecided symlinks that lead out of the root, now that everything is extracted.
    ///
    /// - Returns: Those that were removed.
    /// - Throws: ``ConfinementError``.
    mutating func removeLinksThatLeadOut() throws(ConfinementError) -> [Link] {
        var removed: [Link] = []
        while true {
            var kept: [Link] = []
            do throws(Errno) {
                for link in undecidedLinks {
                    let directory = try root.descend(link.directory)
                    guard case .symlink(let target) = try directory.entry(link.name), target == link.target else {
                        continue
                    }
                    if try leadsOut(link) {
                        try directory.remove(link.name)
                        removed.append(link)
                    } else {
                        kept.append(link)
                    }
                }
            } catch {
                throw .system(error)
            }
            // Without those that were removed, others may lead elsewhere.
            defer { undecidedLinks = kept }
            if kept.count == undecidedLinks.count { return removed }
        }
    }

    private func leadsOut(_ link: Link) throws(Errno) -> Bool {
        var path = ConfinedPath(root: root)
        var directory = root
        for name in link.directory {
            directory = try directory.descend([name])
            path = path.appending(name, directory)
        }
        return path.isLeft(by: link.target, Self.lookUp)
    }

    private static func lookUp(_ name: [CChar], in directory: Descriptor) throws(Errno) -> TreeEntry<Descriptor> {
        try directory.entry(name)
    }

    private mutating func place(_ path: MemberPath) throws(ConfinementError) -> (Descriptor, [CChar]) {
        guard let name = path.names.last else { throw .system(.isDirectory) }
        return (try enter(path.names.dropLast()), name)
    }

    /// Opens a directory, and makes it and those that lead to it where they are missing.
    @discardableResult
    private mutating func enter(_ names: ArraySlice<[CChar]>) throws(ConfinementError) -> Descriptor {
        if names == last.names { return last.directory }
        var path = ConfinedPath(root: root)
        try path.follow(names, Self.lookUp)
        var directory = root
        var made = ConfinedPath(root: root)
        do throws(Errno) {
            for step in path.steps {
                if let existing = step.directory {
                    directory = existing
                } else {
                    try directory.makeDirectory(step.name)
                    directory = try directory.descend([step.name])
                }
                made = made.appending(step.name, directory)
            }
        } catch {
            throw .system(error)
        }
        last = (names, made, directory)
        return directory
    }

    /// Makes something under a name; what has that name is removed, unless it is a directory.
    private static func replacing<Result>(
        _ name: [CChar], in directory: Descriptor, _ make: () throws(Errno) -> Result
    ) throws(ConfinementError) -> Result {
        do throws(Errno) {
            do throws(Errno) {
                return try make()
            } catch {
                guard error == .fileExists else { throw error }
            }
            try directory.remove(name)
            return try make()
        } catch {
            throw .system(error)
        }
    }
}

/// What is done about links of an archive that lead out of its directory.
public enum LinkPolicy: String, CaseIterable, Hashable, Sendable {
    /// The archive is refused.
    case refuse
    /// They are left out, and everything else is extracted.
    case skip
}

/// A link that was left out.
public struct SkippedLink: Hashable, Sendable {
    /// Its path, below the directory that its archive was extracted into.
    public var path: String
    /// Where it leads.
    public var target: String

    public init(path: String, target: String) {
        self.path = path
        self.target = target
    }
}

/// The path of an archive's member, known to lead to a place below the archive's root.
struct MemberPath: Hashable {
    /// The names from the root on, each ended by a NUL; empty for the root itself.
    private(set) var names: [[CChar]]

    /// Reads a path.
    ///
    /// - Parameter path: The bytes as the archive holds them.
    /// - Throws: ``ExtractionError`` for an absolute path, and one with `..` in it.
    init(_ path: [UInt8]) throws(ExtractionError) {
        let slash = UInt8(ascii: "/")
        guard path.first != slash else { throw .refused("the absolute path", path) }
        names = []
        for name in path.split(separator: slash) where name != [UInt8(ascii: ".")] {
            guard name != [UInt8(ascii: "."), UInt8(ascii: ".")] else { throw .refused("the path with '..'", path) }
            names.append(name.map { CChar(truncatingIfNeeded: $0) } + [0])
        }
    }

    /// Takes names that are known to lead to a place below the root.
    init(names: [[CChar]]) { self.names = names }

    /// Returns the path below a directory, or `nil` if it does not lead there.
    func below(_ directory: MemberPath) -> MemberPath? {
        guard names.starts(with: directory.names) else { return nil }
        var path = self
        path.names.removeFirst(directory.names.count)
        return path
    }

    /// The path as text.
    var text: String { String(escapingInvalidUTF8: bytes) }

    /// The path's bytes.
    var bytes: [UInt8] {
        let names = names.map { $0.dropLast().map { UInt8(truncatingIfNeeded: $0) } }
        return Array(names.joined(separator: [UInt8(ascii: "/")]))
    }
}

extension ExtractionError {
    /// Says that a member could lead out of the directory that it is extracted into.
    static func refused(_ what: String, _ path: [UInt8], hint: String? = nil) -> ExtractionError {
        let shown = String(escapingInvalidUTF8: Array(path.prefix(200))).escapingControlCharacters
        return ExtractionError(
            "the archive holds \(what) '\(shown)', which could lead out of the directory",
            hint: hint ?? "nothing was extracted; look at it with --no-extract")
    }
}
