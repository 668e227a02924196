import Glibc
package import SystemPackage

/// Files that are read or written as a whole.
package enum SmallFile {
    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: The most bytes to read; of a longer file one byte more is returned, so that its reader can refuse it.
    /// - Returns: The bytes.
    /// - Throws: What the system answered.
    package static func read(_ path: String, limit: Int) throws(Errno) -> [UInt8] {
        try Descriptor.open(path: path, .readOnly).read(limit: limit)
    }

    /// Reads what the process is given as standard input.
    ///
    /// - Parameter limit: As for ``read(_:limit:)``.
    /// - Returns: The bytes.
    /// - Throws: What the system answered.
    package static func readStandardInput(limit: Int) throws(Errno) -> [UInt8] {
        try Descriptor.duplicate(of: STDIN_FILENO).read(limit: limit)
    }

    /// Appends lines to a file, on a line of their own even if whoever wrote before did not end the last one.
    ///
    /// - Parameters:
    ///   - text: What to append; if it is empty, the file is only opened.
    ///   - path: The file, which is created if it does not exist.
    /// - Throws: What the system answered.
    package static func append(_ text: String, to path: String) throws(Errno) {
        let file = try openToAppend(path)
        guard !text.isEmpty else { return }
        let bytes = Array((file.endsInsideLine ? "\n" + text : text).utf8)
        try file.write(bytes)
    }

    /// The size of a file in bytes; 0 if there is none.
    package static func size(of path: String) -> Int {
        let status = try? Descriptor.open(path: path, .pathOnly).status()
        return Int(status?.size ?? 0)
    }

    private static func openToAppend(_ path: String) throws(Errno) -> Descriptor {
        do throws(Errno) {
            return try Descriptor.open(path: path, [.readWrite, .append, .create], mode: 0o644)
        } catch {
            guard error == .permissionDenied else { throw error }
            return try Descriptor.open(path: path, [.writeOnly, .append, .create], mode: 0o644)
        }
    }
}

extension Descriptor {
    fileprivate func read(limit: Int) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= limit {
            let wanted = min(chunk.count, limit + 1 - bytes.count)
            let count = try withFileDescriptor { unsafe Glibc.read($0, &chunk, wanted) }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return bytes
    }

    /// Whether there is a last line that no line break ends; what cannot be read, or has no end, has none.
    fileprivate var endsInsideLine: Bool {
        var last = UInt8(ascii: "\n")
        guard let size = try? withFileDescriptor({ lseek($0, 0, SEEK_END) }), size > 0 else { return false }
        let count = try? withFileDescriptor { unsafe pread($0, &last, 1, size - 1) }
        return count == 1 && last != UInt8(ascii: "\n")
    }
}
