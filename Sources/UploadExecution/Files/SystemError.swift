import Glibc

/// What a system call answered instead of a result.
struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The value of `errno`.
    let code: CInt

    /// Wraps a value of `errno`.
    init(_ code: CInt) { self.code = code }

    /// The system's words, such as "Permission denied".
    var description: String { unsafe String(cString: strerror(code)) }

    /// Returns the result of a call that answers -1 for failure, repeating it while signals interrupt it.
    static func check<Result: SignedInteger>(_ call: () -> Result) throws(SystemError) -> Result {
        while true {
            let result = call()
            if result >= 0 { return result }
            let code = errno
            if code != EINTR { throw SystemError(code) }
        }
    }
}
