import Glibc

/// A directory that members of an archive are written into, and nothing outside of it.
///
/// Every name is opened from the directory before it, and no symlink is followed. libarchive's own writer could do the
/// same, but changes the umask of the process for moments, which the threads of a parallel extraction would see.
struct ExtractionDirectory {
    private let root: Descriptor
    /// The directory that was written into last: members of one directory stand together.
    private var last: (names: ArraySlice<[CChar]>, directory: Descriptor)

    /// Opens a directory.
    ///
    /// - Parameter path: The directory, which exists.
    /// - Throws: What the system answered.
    init(_ path: String) throws(SystemError) {
        root = try Descriptor.open(path: path, Descriptor.pathOnly | O_DIRECTORY)
        last = ([], root)
    }

    /// Makes a directory, and those that lead to it.
    mutating func makeDirectory(_ path: MemberPath) throws(SystemError) { _ = try directory(path.names[...]) }

    /// Makes an empty file, instead of what an earlier member put there.
    ///
    /// - Parameters:
    ///   - path: Its path.
    ///   - permissions: Its permissions, without those that the umask takes away.
    /// - Returns: The file, open for writing.
    /// - Throws: What the system answered.
    mutating func makeFile(_ path: MemberPath, permissions: mode_t) throws(SystemError) -> Descriptor {
        let (directory, name) = try place(path)
        // Whoever extracts can write and remove it; nobody else may write.
        let mode = permissions & 0o755 | 0o600
        return try Self.replacing(name, in: directory) { () throws(SystemError) in
            try directory.open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        }
    }

    /// Makes a symlink.
    mutating func makeSymlink(_ path: MemberPath, to target: [UInt8]) throws(SystemError) {
        let (directory, name) = try place(path)
        let target = try Descriptor.cString(target)
        try Self.replacing(name, in: directory) { () throws(SystemError) in
            _ = try directory.withNumber { unsafe symlinkat(target, $0, name) }
        }
    }

    /// Gives a file that was extracted a second name.
    mutating func makeLink(_ path: MemberPath, to target: MemberPath) throws(SystemError) {
        let (source, sourceName) = try place(target)
        guard try source.status(of: sourceName).kind == .regular else { throw SystemError(EPERM) }
        let (directory, name) = try place(path)
        if path == target { return }
        try Self.replacing(name, in: directory) { () throws(SystemError) in
            try source.link(sourceName, as: name, in: directory)
        }
    }

    private mutating func place(_ path: MemberPath) throws(SystemError) -> (Descriptor, [CChar]) {
        guard let name = path.names.last else { throw SystemError(EISDIR) }
        return (try directory(path.names.dropLast()), name)
    }

    private mutating func directory(_ names: ArraySlice<[CChar]>) throws(SystemError) -> Descriptor {
        if names == last.names { return last.directory }
        var directory = root
        for name in names {
            do throws(SystemError) {
                try directory.makeDirectory(name)
            } catch {
                guard error.code == EEXIST else { throw error }
            }
            directory = try directory.open(name, Descriptor.pathOnly | O_DIRECTORY | O_NOFOLLOW)
        }
        last = (names, directory)
        return directory
    }

    /// Makes something under a name; what has that name is removed, unless it is a directory.
    private static func replacing<Result>(
        _ name: [CChar], in directory: Descriptor, _ make: () throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        do throws(SystemError) {
            return try make()
        } catch {
            guard error.code == EEXIST else { throw error }
        }
        try directory.remove(name)
        return try make()
    }
}
