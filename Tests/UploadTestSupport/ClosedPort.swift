import Foundation
import Glibc

/// A port of this machine at which nobody listens, and which nobody else gets: it is taken, without a listener.
public enum ClosedPort {
    /// Runs a test with such a port.
    ///
    /// - Parameter body: Uses the URL of a server that is not there.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws, and an error if no port is left.
    public static func with<Result: Sendable>(_ body: (_ url: String) async throws -> Result) async throws -> Result {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isTaken = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(file, address, size) == 0 && getsockname(file, address, &size) == 0
            }
        }
        guard isTaken else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return try await body("http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))")
    }
}
