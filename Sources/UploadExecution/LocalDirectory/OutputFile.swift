import Glibc
import LocalFiles

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
        do throws(SystemError) {
            target = try Self.target(of: path)
            if case .file(let file) = target { try Self.tryOut(file) }
        } catch {
            throw UnwritableFile(path: path, error)
        }
    }

    /// Whether what is written goes to the process's standard output.
    package var isStandardOutput: Bool { Self.descriptorNumber(path) == STDOUT_FILENO }

    /// Writes the whole content.
    ///
    /// - Parameter text: The content.
    /// - Throws: ``UnwritableFile`` if the disk is full, for example.
    package func write(_ text: String) throws(UnwritableFile) {
        let bytes = Array(text.utf8)
        do throws(SystemError) {
            switch target {
            case .stream(let descriptor): try descriptor.write(bytes)
            case .pipe(let path): try Descriptor.open(path: path, O_WRONLY).write(bytes)
            case .file(let path): try Self.replace(path, with: bytes)
            }
        } catch {
            throw UnwritableFile(path: path, error)
        }
    }
}

// MARK: - What a path leads to

extension OutputFile {
    private static func target(of path: String) throws(SystemError) -> Target {
        var path = path
        for _ in 0..<40 {
            if let number = descriptorNumber(path) { return .stream(try .writableCopy(of: number)) }
            guard let next = linkTarget(of: path) else { return try target(ofUnlinked: path) }
            path = next
        }
        throw SystemError(ELOOP)
    }

    private static func target(ofUnlinked path: String) throws(SystemError) -> Target {
        let status: FileStatus
        do throws(SystemError) {
            status = try Descriptor.open(path: path, Descriptor.pathOnly).status()
        } catch {
            if error.code == ENOENT { return .file(path: path) }
            throw error
        }
        switch status.kind {
        case .regular: return .file(path: path)
        case .directory: throw SystemError(EISDIR)
        case .symlink: throw SystemError(ELOOP)
        case .special: break
        }
        do throws(SystemError) {
            let stream = try Descriptor.open(path: path, O_WRONLY | O_NOCTTY | O_NONBLOCK)
            _ = try stream.withNumber { fcntl($0, F_SETFL, O_WRONLY) }
            return .stream(stream)
        } catch {
            // Without a reader the pipe can be opened later: then it waits for one.
            if error.code == ENXIO { return .pipe(path: path) }
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
        case "/dev/stdout": return STDOUT_FILENO
        case "/dev/stderr": return STDERR_FILENO
        default:
            let prefix = ["/dev/fd/", "/proc/self/fd/"].first { path.hasPrefix($0) }
            return prefix.flatMap { CInt(path.dropFirst($0.count)) }
        }
    }
}

extension Descriptor {
    /// A second number for a descriptor that the process was started with.
    fileprivate static func writableCopy(of number: CInt) throws(SystemError) -> Descriptor {
        let flags = try SystemError.check { fcntl(number, F_GETFL) }
        guard flags & O_ACCMODE != O_RDONLY else { throw SystemError(EBADF) }
        return try duplicate(of: number)
    }
}

// MARK: - Regular files

extension OutputFile {
    /// Finds out whether a file can be replaced, or at least be written to, with a block of its disk.
    private static func tryOut(_ path: String) throws(SystemError) {
        let mode = try existingMode(path)
        do throws(SystemError) {
            let staged = try StagedFile(at: place(of: path))
            try staged.file.write([UInt8](repeating: 0, count: 4096))
        } catch {
            guard mode != nil, error.isRefusalOfDirectory else { throw error }
            _ = try Descriptor.open(path: path, O_WRONLY)
        }
    }

    private static func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
        let mode = try existingMode(path)
        do throws(SystemError) {
            let staged = try StagedFile(at: place(of: path))
            try staged.file.write(bytes)
            if let mode { _ = try staged.file.withNumber { fchmod($0, mode) } }
            try staged.replace()
        } catch {
            // A file that is mounted cannot be replaced, and the directory may belong to somebody else.
            guard mode != nil, error.isRefusalOfDirectory || error.code == EBUSY else { throw error }
            try Descriptor.open(path: path, O_WRONLY | O_TRUNC).write(bytes)
        }
    }

    /// The permissions of the file that is there, or `nil` for none.
    ///
    /// - Throws: `EACCES` if it is read-only: even who may replace it did not mean to.
    private static func existingMode(_ path: String) throws(SystemError) -> mode_t? {
        guard let (mode, mayWrite) = LocalPath.permissions(of: path) else { return nil }
        guard mode & 0o222 != 0, mayWrite else { throw SystemError(EACCES) }
        return mode
    }

    private static func place(of path: String) throws(SystemError) -> DestinationPlace {
        let start = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) } ?? path.startIndex
        let directory = start == path.startIndex ? "." : String(path[..<start])
        let place = try? DestinationPlace(
            path.utf8[start...], in: .open(path: directory, Descriptor.pathOnly | O_DIRECTORY))
        guard let place else {
            _ = try Descriptor.open(path: directory, Descriptor.pathOnly | O_DIRECTORY)
            throw SystemError(path.hasSuffix("/") ? EISDIR : EINVAL)
        }
        return place
    }
}

extension SystemError {
    /// Whether the directory takes no new files: what is in it may be writable all the same.
    fileprivate var isRefusalOfDirectory: Bool { [EACCES, EPERM, EROFS].contains(code) }
}

/// A file that cannot be written, in words.
package struct UnwritableFile: Error, CustomStringConvertible {
    /// The file, as it was named.
    package let path: String
    /// What the system said.
    package let reason: String

    /// Takes the words for what the system answered.
    init(path: String, _ error: SystemError) {
        self.path = path
        reason =
            switch error.code {
            case EACCES: "it, or its directory, is read-only for this user"
            case ENOENT: "its directory does not exist"
            default: error.description
            }
    }

    package var description: String { "cannot write '\(path)': \(reason)" }
}
