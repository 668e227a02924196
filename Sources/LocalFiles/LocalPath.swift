import FoundationEssentials
import Glibc

/// What is done with a path alone, without an open descriptor: relative paths start at ``WorkingDirectory/current``.
package enum LocalPath {
    /// Whether something is there; a symlink that leads nowhere is not.
    package static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: absolute(path)) }

    /// The names in a directory, in no order; `nil` if it is none, or cannot be read.
    package static func names(in directory: String) -> [String]? {
        try? FileManager.default.contentsOfDirectory(atPath: absolute(directory))
    }

    /// The bytes of a small file, or `nil` if it cannot be read.
    package static func contents(of path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: absolute(path)).map { Array($0) }
    }

    /// Writes a small file, and returns whether that was possible.
    package static func write(_ text: String, to path: String) -> Bool {
        FileManager.default.createFile(atPath: absolute(path), contents: Data(text.utf8))
    }

    /// Makes a directory with those above it, and returns whether it is there.
    package static func makeDirectory(_ path: String) -> Bool {
        (try? FileManager.default.createDirectory(atPath: absolute(path), withIntermediateDirectories: true)) != nil
    }

    /// Removes a file, or a directory with all that is in it, as far as possible.
    package static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: absolute(path)) }

    /// Removes a name that is not a directory's, as far as possible.
    package static func unlink(_ path: String) { _ = unsafe Glibc.unlink(absolute(path)) }

    /// What a symlink says, or `nil` for anything else.
    package static func linkTarget(of path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink(absolute(path), &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The permissions of a file, symlinks followed, and whether this process may write to it; `nil` if there is none.
    package static func permissions(of path: String) -> (mode: ModeBits, mayWrite: Bool)? {
        var status = stat()
        let path = absolute(path)
        guard unsafe stat(path, &status) == 0 else { return nil }
        return (status.st_mode & 0o7777, unsafe access(path, W_OK) == 0)
    }

    private static func absolute(_ path: String) -> String { WorkingDirectory.current.absolute(path) }
}

extension String {
    /// The path without symlinks, as far as it exists; what does not exist yet is kept as it is written.
    package var resolvedPath: String {
        if let real = unsafe realpath(WorkingDirectory.current.absolute(self), nil) {
            defer { unsafe free(real) }
            return unsafe String(cString: real)
        }
        guard let slash = lastIndex(of: "/") else { return self == "." ? self : ".".resolvedPath + "/" + self }
        let parent = self[..<slash]
        let name = self[index(after: slash)...]
        if name.isEmpty { return parent.isEmpty ? "/" : String(parent).resolvedPath }
        return (parent.isEmpty ? "" : String(parent).resolvedPath) + "/" + name
    }
}
