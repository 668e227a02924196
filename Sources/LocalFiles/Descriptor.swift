import CProcess
import Glibc
import Synchronization
package import SystemPackage

/// An open file or directory, closed when the last reference to it goes.
///
/// The number stays inside: Swift may release an object right after its last use, and a number taken out of it could
/// by then be another file's.
package final class Descriptor: Sendable {
    private let number: CInt
    private let isLocked = Atomic(false)

    private init(owning number: CInt) { self.number = number }

    deinit {
        // A child process that another thread has just forked holds the file until it runs its program, and with it the
        // lock, unless that is given back.
        if isLocked.load(ordering: .relaxed) { flock(number, LOCK_UN) }
        close(number)
    }

    /// Opens a path, however long it is.
    ///
    /// - Parameters:
    ///   - path: The path, absolute or relative to ``WorkingDirectory/current``. Symlinks in it are followed.
    ///   - flags: How to open it; other programs never inherit it.
    ///   - mode: The permissions of a file that is created.
    /// - Returns: The open file.
    /// - Throws: What the system answered.
    package static func open(path: String, _ flags: Flags, mode: ModeBits = 0) throws(Errno) -> Descriptor {
        var base = path.utf8.first == UInt8(ascii: "/") ? nil : WorkingDirectory.current.descriptor
        var rest = path.utf8[...]
        // The kernel takes a path of PATH_MAX bytes, its NUL included: go there in pieces.
        while rest.count >= Int(PATH_MAX) {
            guard let slash = rest.prefix(Int(PATH_MAX) - 1).lastIndex(of: UInt8(ascii: "/")), slash > rest.startIndex
            else { throw Errno.fileNameTooLong }
            base = try open(cString(rest[..<slash]), [.pathOnly, .directory], in: base)
            rest = rest[slash...].drop { $0 == UInt8(ascii: "/") }
            if rest.isEmpty { rest = "."[...].utf8 }
        }
        return try open(cString(rest), flags, mode: mode, in: base)
    }

    /// Locks the file for this descriptor alone, until the last reference to it goes.
    ///
    /// - Parameter waits: Whether to wait for others.
    /// - Throws: `Errno.wouldBlock` if others have it and nobody waits.
    package func lock(waits: Bool) throws(Errno) {
        _ = try withFileDescriptor { flock($0, waits ? LOCK_EX : LOCK_EX | LOCK_NB) }
        isLocked.store(true, ordering: .relaxed)
    }

    /// Opens a file of this directory.
    ///
    /// - Parameters:
    ///   - name: The name, ended by a NUL.
    ///   - flags: How to open it; other programs never inherit it.
    ///   - mode: The permissions of a file that is created.
    /// - Returns: The open file.
    /// - Throws: What the system answered.
    package func open(_ name: [CChar], _ flags: Flags, mode: ModeBits = 0) throws(Errno) -> Descriptor {
        try Self.open(name, flags, mode: mode, in: self)
    }

    /// Opens a directory below this one without following a symlink: with one system call where the kernel has it, else
    /// one segment after the other, which also tells what is in the way.
    ///
    /// - Parameter path: Relative to this directory, without `..`; empty for this directory.
    /// - Returns: The directory.
    /// - Throws: What the system answered.
    package func openDirectory(beneath path: some BidirectionalCollection<UInt8>) throws(Errno) -> Descriptor {
        let flags = Flags([.pathOnly, .directory]).rawValue | O_CLOEXEC
        if !path.isEmpty, path.count < Int(PATH_MAX) {
            let text = try Self.cString(path)
            let opened = try? withFileDescriptor { unsafe process_open_beneath($0, text, flags) }
            if let opened { return Descriptor(owning: opened) }
        }
        var names: [[CChar]] = []
        for name in path.split(separator: UInt8(ascii: "/")) { names.append(try Self.cString(name)) }
        return try descend(names)
    }

    /// Gives an open descriptor, such as one that the process inherited, a second number that is closed on its own.
    package static func duplicate(of number: CInt) throws(Errno) -> Descriptor {
        Descriptor(owning: try Errno.check { fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) })
    }

    private static func open(
        _ name: [CChar], _ flags: Flags, mode: ModeBits = 0, in base: Descriptor?
    ) throws(Errno) -> Descriptor {
        Descriptor(
            owning: try Errno.check {
                unsafe openat(base?.number ?? AT_FDCWD, name, flags.rawValue | O_CLOEXEC, mode)
            }
        )
    }

    /// Returns a name or path in the form that system calls take.
    ///
    /// - Parameter bytes: The bytes of the name.
    /// - Returns: The bytes and a NUL.
    /// - Throws: `EINVAL` if there is a NUL among them, where a system call would stop reading.
    package static func cString(_ bytes: some Collection<UInt8>) throws(Errno) -> [CChar] {
        // Other modules get no copy of this for their kind of collection, and going through one byte by byte would be slow.
        let bytes = Array(bytes)
        guard !bytes.contains(0) else { throw Errno.invalidArgument }
        return bytes.map { CChar(truncatingIfNeeded: $0) } + [0]
    }

    /// Passes the number to a call.
    package func withFileDescriptor<Result: SignedInteger>(_ call: (CInt) -> Result) throws(Errno) -> Result {
        try Errno.check { call(number) }
    }

    /// Passes the number to some work that checks its calls itself.
    func withFileDescriptor(_ work: (CInt) throws(Errno) -> Void) throws(Errno) { try work(number) }

    /// Passes the numbers of two files to a call.
    package static func withFileDescriptors<Result: SignedInteger>(
        _ first: Descriptor, _ second: Descriptor, _ call: (CInt, CInt) -> Result
    ) throws(Errno) -> Result {
        try Errno.check { call(first.number, second.number) }
    }
}

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
    ///   - offset: Where in the file the first byte is.
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
    /// Reads the file from its start, giving way to other tasks between chunks.
    ///
    /// - Parameters:
    ///   - byteCount: How many bytes are read at most, to save the call that would find the end of the file.
    ///   - describe: Says what it means that the file cannot be read.
    ///   - consume: Takes the next bytes, which are valid until it returns.
    /// - Throws: What `describe` makes of a failure to read, `CancellationError`, or what `consume` throws.
    package func forEachChunk(
        upTo byteCount: Int64 = .max, describingFailure describe: (Errno) -> any Error,
        _ consume: (UnsafeRawBufferPointer) throws -> Void
    ) async throws {
        // Small enough to stay in a core's cache between reading, hashing and writing.
        let size = Int(min(byteCount, 256 << 10))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
        defer { unsafe buffer.deallocate() }
        var rest = byteCount
        while true {
            try Task.checkCancellation()
            let count: Int
            do throws(Errno) {
                count = try unsafe read(
                    into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(rest, Int64(size)))]))
            } catch {
                throw describe(error)
            }
            if count == 0 { return }
            try unsafe consume(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            rest -= Int64(count)
            if rest == 0 { return }
            await Task.yield()
        }
    }
}
