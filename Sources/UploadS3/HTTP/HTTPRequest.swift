import NIOCore
import NIOHTTP1

/// One request as it goes over the wire.
struct HTTPRequest: Sendable {
    /// The method.
    var method: HTTPMethod
    /// Where the server answers.
    var origin: HTTPOrigin
    /// The path, percent-encoded, and the query.
    var target: String
    /// The headers, `host` among them.
    var headers: HTTPHeaders
    /// The bytes to send.
    var body = Body.none

    /// The bytes of a request.
    enum Body: Sendable {
        case none
        /// Bytes in memory.
        case bytes(ByteBuffer)
        /// A part of a file, read where it is needed.
        case file(FilePartStream)

        /// The number of bytes.
        var byteCount: Int64 {
            switch self {
            case .none: 0
            case .bytes(let buffer): Int64(buffer.readableBytes)
            case .file(let stream): stream.part.byteCount
            }
        }
    }

    /// The URL.
    var url: String { "\(origin)\(target)" }
}

/// A server that connections lead to.
struct HTTPOrigin: Hashable, Sendable, CustomStringConvertible {
    /// Whether connections use TLS.
    var isEncrypted: Bool
    /// The host's name or address; an IPv6 address stands without brackets.
    var host: String
    /// The port, if it is not the scheme's.
    var port: Int?

    /// The port that connections are made to.
    var effectivePort: Int { port ?? (isEncrypted ? 443 : 80) }

    /// Whether the host is an address and no name.
    var hasAddress: Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }

    /// The origin as URLs begin.
    var description: String {
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return (isEncrypted ? "https://" : "http://") + name + (port.map { ":\($0)" } ?? "")
    }
}
