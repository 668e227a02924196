import Glibc

/// What the system answered instead of doing what a file was asked for.
struct SystemFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system's words, such as "Permission denied".
    let description: String

    /// Takes the words for a value of `errno`.
    init(_ code: CInt) { description = unsafe String(cString: strerror(code)) }

    /// Takes the words for the last failure.
    static func last() -> SystemFailure { SystemFailure(errno) }
}

/// The files through which a workflow's runner and its steps speak to each other.
enum SystemFile {
    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: The most bytes to read; of a longer file one byte more is returned, so that its reader can refuse it.
    /// - Returns: The bytes.
    /// - Throws: What the system answered.
    static func read(_ path: String, limit: Int) throws(SystemFailure) -> [UInt8] {
        let descriptor = try open(path, O_RDONLY)
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= limit {
            let count = unsafe Glibc.read(descriptor, &chunk, min(chunk.count, limit + 1 - bytes.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .last() }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return bytes
    }

    /// Appends lines to a file, on a line of their own even if whoever wrote before did not end the last one.
    ///
    /// - Parameters:
    ///   - text: What to append; if it is empty, the file is only opened.
    ///   - path: The file, which is created if it does not exist.
    /// - Throws: What the system answered.
    static func append(_ text: String, to path: String) throws(SystemFailure) {
        let descriptor = try openToAppend(path)
        defer { close(descriptor) }
        guard !text.isEmpty else { return }
        var last: UInt8 = UInt8(ascii: "\n")
        let size = lseek(descriptor, 0, SEEK_END)
        // What cannot be read from, or has no end, is appended to all the same.
        if size > 0 { _ = unsafe pread(descriptor, &last, 1, size - 1) }
        let bytes = Array((last == UInt8(ascii: "\n") ? text : "\n" + text).utf8)
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes[written...].withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .last() }
            written += count
        }
    }

    /// The size of a file in bytes; 0 if there is none.
    static func size(of path: String) -> Int {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    private static func openToAppend(_ path: String) throws(SystemFailure) -> CInt {
        do { return try open(path, O_RDWR | O_APPEND | O_CREAT) } catch {
            if errno != EACCES { throw error }
            return try open(path, O_WRONLY | O_APPEND | O_CREAT)
        }
    }

    private static func open(_ path: String, _ flags: CInt) throws(SystemFailure) -> CInt {
        while true {
            let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, 0o644)
            if descriptor >= 0 { return descriptor }
            if errno != EINTR { throw .last() }
        }
    }
}
