import LocalFiles
package import SystemPackage

/// A file that takes the result of some work: found to be writable before the work, and written as a whole after it.
///
/// A regular file is replaced in one step, so that nobody reads half of it. Anything else keeps its place and is written
/// to, as a shell's `>` does: a pipe, a device, the file that a symlink leads to, a descriptor that the process inherited
/// (`/dev/stdout`, `/dev/fd/N`).
package struct OutputFile: Sendable {
    private enum Target: Sendable {
        /// A stream that is open already.
        case stream(Descriptor)
        /// A pipe that nobody reads yet.
        case pipe(path: String)
        /// A regular file, or nothing yet.
        case file(path: String)
    }

    /// The path as it was given.
    package let path: String
    private let target: Target

    /// Finds out how the file can be written, and tries it; nothing that is there changes.
    ///
    /// - Parameter path: The file.
    /// - Throws: ``UnwritableFile`` if it cannot be written.
    package init(path: String) throws(UnwritableFile) {
        self.path = path
        do throws(Errno) {
            target = try Self.target(of: path)
            if case .file(let file) = target { try Self.probe(file) }
        } catch {
            throw UnwritableFile(path: path, error)
        }
    }

    /// Whether what is written goes to the process's standard output.
    package var isStandardOutput: Bool { Self.descriptorNumber(path) == StandardStreams.Stream.output.number }

    /// Writes the whole content.
    ///
    /// - Parameter text: The content.
    /// - Throws: ``UnwritableFile`` if the disk is full, for example.
    package func write(_ text: String) throws(UnwritableFile) {
        try write { write throws(Errno) in try write(text) }
    }

    /// Passes on content in parts.
    package typealias Content = ((String) throws(Errno) -> Void) throws(Errno) -> Void

    /// Writes content that need not be in memory as a whole.
    ///
    /// - Parameter content: Called again if the file cannot be replaced.
    /// - Throws: ``UnwritableFile`` if the disk is full, for example.
    package func write(_ content: Content) throws(UnwritableFile) {
        do throws(Errno) {
            switch target {
            case .stream(let descriptor): try descriptor.write(content)
            case .pipe(let path): try Descriptor.open(path: path, .writeOnly).write(content)
            case .file(let path): try Self.replace(path, with: content)
            }
        } catch {
            throw UnwritableFile(path: path, error)
        }
    }
}

extension Descriptor {
    fileprivate func write(_ content: OutputFile.Content) throws(Errno) {
        try content { text throws(Errno) in try write(Array(text.utf8)) }
    }
}

// MARK: - What a path leads to

extension OutputFile {
    private static func target(of path: String) throws(Errno) -> Target {
        var path = path
        for _ in 0..<40 {
            if let number = descriptorNumber(path) { return .stream(try .writableCopy(of: number)) }
            guard let next = linkTarget(of: path) else { return try target(ofUnlinked: path) }
            path = next
        }
        throw Errno.tooManySymbolicLinkLevels
    }

    private static func target(ofUnlinked path: String) throws(Errno) -> Target {
        let status: FileStatus
        do throws(Errno) {
            status = try Descriptor.open(path: path, .pathOnly).status()
        } catch {
            if error == .noSuchFileOrDirectory { return .file(path: path) }
            throw error
        }
        switch status.kind {
        case .regular: return .file(path: path)
        case .directory: throw Errno.isDirectory
        case .symlink: throw Errno.tooManySymbolicLinkLevels
        case .special: break
        }
        do throws(Errno) {
            let stream = try Descriptor.open(path: path, [.writeOnly, .noTerminal, .nonBlocking])
            try stream.waitForRoom()
            return .stream(stream)
        } catch {
            // Without a reader the pipe can be opened later: then it waits for one.
            if error == .noSuchAddressOrDevice { return .pipe(path: path) }
            throw error
        }
    }

    /// What a symlink says, or `nil` for anything else.
    private static func linkTarget(of path: String) -> String? {
        guard let target = LocalPath.linkTarget(of: path) else { return nil }
        guard !target.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return target }
        return path[...slash] + target
    }

    /// The number of the descriptor that a path names, which may not be a file at all, and needs no `/proc`.
    private static func descriptorNumber(_ path: String) -> CInt? {
        switch path {
        case "/dev/stdout": return StandardStreams.Stream.output.number
        case "/dev/stderr": return StandardStreams.Stream.error.number
        default:
            let prefix = ["/dev/fd/", "/proc/self/fd/"].first { path.hasPrefix($0) }
            return prefix.flatMap { CInt(path.dropFirst($0.count)) }
        }
    }
}

// MARK: - Regular files

extension OutputFile {
    /// Finds out whether a file can be replaced, or at least be written to, with a block of its disk.
    private static func probe(_ path: String) throws(Errno) {
        let mode = try existingMode(path)
        do throws(Errno) {
            let staged = try place(of: path).stagedFile()
            try staged.file.write([UInt8](repeating: 0, count: 4096))
        } catch {
            guard mode != nil, error.isRefusalOfDirectory else { throw error }
            _ = try Descriptor.open(path: path, .writeOnly)
        }
    }

    private static func replace(_ path: String, with content: Content) throws(Errno) {
        let mode = try existingMode(path)
        do throws(Errno) {
            let place = try place(of: path)
            let staged = try place.stagedFile()
            try staged.file.write(content)
            if let mode { try staged.file.setPermissions(mode) }
            try staged.replace(place.name)
        } catch {
            // A file that is mounted cannot be replaced, and the directory may belong to somebody else.
            guard mode != nil, error.isRefusalOfDirectory || error == .resourceBusy else { throw error }
            try Descriptor.open(path: path, [.writeOnly, .truncate]).write(content)
        }
    }

    /// The permissions of the file that is there, or `nil` for none.
    ///
    /// - Throws: `EACCES` if it is read-only: even who may replace it did not mean to.
    private static func existingMode(_ path: String) throws(Errno) -> ModeBits? {
        guard let (mode, mayWrite) = LocalPath.permissions(of: path) else { return nil }
        guard mode & 0o222 != 0, mayWrite else { throw Errno.permissionDenied }
        return mode
    }

    private static func place(of path: String) throws(Errno) -> DestinationPlace {
        let start = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) } ?? path.startIndex
        let directory = start == path.startIndex ? "." : String(path[..<start])
        let place = try? DestinationPlace(
            path.utf8[start...], in: .open(path: directory, [.pathOnly, .directory]))
        guard let place else {
            _ = try Descriptor.open(path: directory, [.pathOnly, .directory])
            throw path.hasSuffix("/") ? Errno.isDirectory : Errno.invalidArgument
        }
        return place
    }
}

extension Errno {
    /// Whether the directory takes no new files: what is in it may be writable all the same.
    fileprivate var isRefusalOfDirectory: Bool {
        [.permissionDenied, .notPermitted, .readOnlyFileSystem].contains(self)
    }
}

/// A file that cannot be written, in words.
package struct UnwritableFile: Error, CustomStringConvertible {
    /// The file, as it was named.
    package let path: String
    /// What the system said.
    package let reason: String

    /// Takes the words for what the system answered.
    package init(path: String, _ error: Errno) {
        self.path = path
        reason =
            switch error {
            case .permissionDenied: "it, or its directory, is read-only for this user"
            case .noSuchFileOrDirectory: "its directory does not exist"
            default: error.description
            }
    }

    package var description: String { "cannot write '\(path)': \(reason)" }
}
