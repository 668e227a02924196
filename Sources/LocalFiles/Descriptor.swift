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
