import Glibc
import SystemPackage

/// The permissions of a file, as numbers such as `0o644`.
package typealias ModeBits = UInt32

extension Descriptor {
    /// How a file is opened.
    package struct Flags: OptionSet, Sendable {
        package let rawValue: CInt
        package init(rawValue: CInt) { self.rawValue = rawValue }

        /// Joins flags: the general way, through the protocols of sets, takes other modules 2,500 instructions.
        package init(arrayLiteral flags: Flags...) { rawValue = flags.reduce(0) { $0 | $1.rawValue } }

        package static let readOnly = Flags(rawValue: O_RDONLY)
        package static let writeOnly = Flags(rawValue: O_WRONLY)
        package static let readWrite = Flags(rawValue: O_RDWR)
        package static let create = Flags(rawValue: O_CREAT)
        /// With ``create``: fail if something has the name.
        package static let exclusive = Flags(rawValue: O_EXCL)
        package static let truncate = Flags(rawValue: O_TRUNC)
        package static let append = Flags(rawValue: O_APPEND)
        /// Fail for anything but a directory.
        package static let directory = Flags(rawValue: O_DIRECTORY)
        /// Fail for a symlink.
        package static let noFollow = Flags(rawValue: O_NOFOLLOW)
        /// Do not wait for the other end of a pipe.
        package static let nonBlocking = Flags(rawValue: O_NONBLOCK)
        /// A terminal does not become that of the process.
        package static let noTerminal = Flags(rawValue: O_NOCTTY)
        /// For a descriptor that only names a file, and needs no permission on it.
        ///
        /// It is `O_PATH`, which Glibc shows to `_GNU_SOURCE` only.
        package static let pathOnly = Flags(rawValue: 0o10_000_000)
    }

    /// The most bytes that a name may have.
    package static let longestName = Int(NAME_MAX)
}

extension Errno {
    /// Returns the result of a call that answers -1 for failure, repeating it while signals interrupt it.
    static func check<Result: SignedInteger>(_ call: () -> Result) throws(Errno) -> Result {
        while true {
            let result = call()
            if result >= 0 { return result }
            let error = Errno(rawValue: errno)
            if error != .interrupted { throw error }
        }
    }

    /// Writes all bytes, waiting where a pipe is full.
    static func writeAll(_ bytes: [UInt8], to number: CInt) throws(Errno) {
        var done = 0
        while done < bytes.count {
            let rest = bytes[done...]
            do throws(Errno) {
                done += try check { unsafe rest.withUnsafeBytes { unsafe write(number, $0.baseAddress, $0.count) } }
            } catch {
                guard error == .resourceTemporarilyUnavailable else { throw error }
                var wait = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
                _ = try check { unsafe poll(&wait, 1, -1) }
            }
        }
    }
}
