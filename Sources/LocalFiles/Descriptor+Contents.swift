import Glibc
package import SystemPackage

extension Descriptor {
    /// What the system says of the file.
    package func status() throws(Errno) -> FileStatus {
        var status = stat()
        _ = try withFileDescriptor { unsafe fstat($0, &status) }
        return FileStatus(status)
    }

    /// Reads the next bytes.
    ///
    /// - Parameter buffer: Filled from its start.
    /// - Returns: How many bytes were read; 0 at the end of the file.
    /// - Throws: What the system answered.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try withFileDescriptor { unsafe Glibc.read($0, buffer.baseAddress, buffer.count) }
    }

    /// Reads the bytes at a position.
    ///
    /// - Parameters:
    ///   - buffer: Filled from its start.
    ///   - offset: Where in the file the first byte stands.
    /// - Returns: How many bytes were read: fewer than fit only at the end of the file.
    /// - Throws: What the system answered.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(Errno) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = try withFileDescriptor { unsafe pread($0, rest.baseAddress, rest.count, off_t(offset) + done) }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Writes all bytes.
    ///
    /// - Parameter bytes: What to write.
    /// - Throws: What the system answered.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) {
        var rest = unsafe bytes
        while unsafe !rest.isEmpty {
            let count = try withFileDescriptor { unsafe Glibc.write($0, rest.baseAddress, rest.count) }
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Writes all bytes, waiting where a pipe is full.
    ///
    /// - Parameter bytes: What to write.
    /// - Throws: What the system answered.
    package func write(_ bytes: [UInt8]) throws(Errno) {
        try withFileDescriptor { (number) throws(Errno) in try Errno.writeAll(bytes, to: number) }
    }

    /// Writes all bytes at a position; what is between the end of the file and there becomes zeros.
    ///
    /// - Parameters:
    ///   - bytes: What to write.
    ///   - offset: Where in the file the first byte goes.
    /// - Throws: What the system answered.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(Errno) {
        var done = 0
        while done < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            done += try withFileDescriptor { unsafe pwrite($0, rest.baseAddress, rest.count, off_t(offset) + done) }
        }
    }

    /// Gives the file a size, by zeros or by cutting off.
    package func truncate(to size: Int64) throws(Errno) {
        _ = try withFileDescriptor { ftruncate($0, off_t(size)) }
    }

    /// Sets the modification time, in nanoseconds since 1970.
    package func setModified(_ nanoseconds: Int64) throws(Errno) {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let (second, nanosecond) = rest < 0 ? (seconds - 1, rest + 1_000_000_000) : (seconds, rest)
        let omit = timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2)  // UTIME_OMIT, a macro that Swift cannot import
        let times = [omit, timespec(tv_sec: Int(second), tv_nsec: Int(nanosecond))]
        _ = try withFileDescriptor { unsafe futimens($0, times) }
    }

    /// Sets the permissions of the file.
    package func setPermissions(_ mode: ModeBits) throws(Errno) {
        _ = try withFileDescriptor { fchmod($0, mode) }
    }

    /// Lets later writes wait for room in a pipe that was opened without waiting.
    package func waitForRoom() throws(Errno) {
        _ = try withFileDescriptor { fcntl($0, F_SETFL, O_WRONLY) }
    }

    /// A second number for a descriptor that the process was started with, and that can be written to.
    ///
    /// - Parameter number: The descriptor.
    /// - Returns: The copy.
    /// - Throws: `Errno.badFileDescriptor` if there is none, or it can only be read.
    package static func writableCopy(of number: CInt) throws(Errno) -> Descriptor {
        let flags = try Errno.check { fcntl(number, F_GETFL) }
        guard flags & O_ACCMODE != O_RDONLY else { throw Errno.badFileDescriptor }
        return try duplicate(of: number)
    }

    /// Waits until the contents are on the disk.
    package func synchronize() throws(Errno) {
        _ = try withFileDescriptor { fsync($0) }
    }

    /// The absolute path of the file without symlinks, as bytes.
    package func realPath() throws(Errno) -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = try withFileDescriptor { number in
            unsafe readlink("/proc/self/fd/\(number)", &buffer, buffer.count)
        }
        guard count < buffer.count else { throw Errno.fileNameTooLong }
        return buffer[..<count].map { UInt8(truncatingIfNeeded: $0) }
    }
}

extension Descriptor {
    /// Reads to the end of the file, giving way to other tasks between chunks.
    ///
    /// - Parameters:
    ///   - describe: Says what it means that the file cannot be read.
    ///   - consume: Takes the next bytes, which are valid until it returns.
    /// - Throws: What `describe` makes of a failure to read, `CancellationError`, or what `consume` throws.
    package func forEachChunk(
        describingFailure describe: (Errno) -> any Error, _ consume: (UnsafeRawBufferPointer) throws -> Void
    ) async throws {
        // Small enough to stay in a core's cache between reading, hashing and writing.
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
        defer { unsafe buffer.deallocate() }
        while true {
            try Task.checkCancellation()
            let count: Int
            do throws(Errno) {
                count = try unsafe read(into: buffer)
            } catch {
                throw describe(error)
            }
            if count == 0 { return }
            try unsafe consume(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            await Task.yield()
        }
    }
}
