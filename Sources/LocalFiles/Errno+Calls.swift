import Glibc
import SystemPackage

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
