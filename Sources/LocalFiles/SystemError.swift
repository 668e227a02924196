import Glibc

/// What a system call answered instead of a result.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The value of `errno`.
    package let code: CInt

    /// Wraps a value of `errno`.
    package init(_ code: CInt) { self.code = code }

    /// The system's words, such as "Permission denied".
    package var description: String { unsafe String(cString: strerror(code)) }

    /// Returns the result of a call that answers -1 for failure, repeating it while signals interrupt it.
    package static func check<Result: SignedInteger>(_ call: () -> Result) throws(SystemError) -> Result {
        while true {
            let result = call()
            if result >= 0 { return result }
            let code = errno
            if code != EINTR { throw SystemError(code) }
        }
    }

    /// Whether it tells that nobody reads a pipe any more.
    package var isBrokenPipe: Bool { code == EPIPE }

    /// Writes all bytes, waiting where a pipe is full.
    static func writeAll(_ bytes: [UInt8], to number: CInt) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let rest = bytes[done...]
            do throws(SystemError) {
                done += try check { unsafe rest.withUnsafeBytes { unsafe write(number, $0.baseAddress, $0.count) } }
            } catch {
                guard error.code == EAGAIN else { throw error }
                var wait = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
                _ = try check { unsafe poll(&wait, 1, -1) }
            }
        }
    }
}
