import FoundationEssentials
package import NIOCore
package import NIOHTTP1

/// One request as it goes over the wire.
package struct HTTPRequest: Sendable {
    package var method: HTTPMethod
    /// Where the server answers.
    package var origin: HTTPOrigin
    /// The path, percent-encoded, and the query.
    package var target: String
    /// The headers, `host` among them.
    package var headers: HTTPHeaders
    package var body: Body
    /// How long an answer is waited for when the task is cancelled after everything was sent.
    ///
    /// The other side may have carried the request out, and only the answer tells. `nil` where it does not matter.
    package var patience: TimeAmount?

    /// The bytes of a request.
    package enum Body: Sendable {
        case none
        /// Bytes in memory.
        case bytes(ByteBuffer)
        /// Bytes that are read where they are needed.
        case source(any RequestBodySource)

        var byteCount: Int64 {
            switch self {
            case .none: 0
            case .bytes(let buffer): Int64(buffer.readableBytes)
            case .source(let source): source.byteCount
            }
        }
    }

    package init(
        method: HTTPMethod, origin: HTTPOrigin, target: String, headers: HTTPHeaders, body: Body = .none
    ) {
        self.method = method
        self.origin = origin
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// Makes a request to a URL, with the `host` header that it needs; `nil` if the URL is not one of a server.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - url: The URL.
    ///   - headers: The other headers.
    ///   - body: The bytes to send.
    package init?(_ method: HTTPMethod, url: String, headers: HTTPHeaders = [:], body: Body = .none) {
        guard let parsed = URL(string: url), let origin = HTTPOrigin(parsed) else { return nil }
        let path = parsed.path(percentEncoded: true)
        let query = parsed.query(percentEncoded: true).map { "?\($0)" } ?? ""
        var headers = headers
        headers.replaceOrAdd(name: "host", value: origin.authority)
        self.init(
            method: method, origin: origin, target: (path.isEmpty ? "/" : path) + query, headers: headers, body: body)
    }

    package var url: String { "\(origin)\(target)" }
}

/// Bytes that are read while a request is sent; each pass starts again, so that an attempt can be repeated.
package protocol RequestBodySource: Sendable {
    var byteCount: Int64 { get }

    /// Begins a pass.
    func makeReader() -> any RequestBodyReader
}

/// One pass over a ``RequestBodySource``.
package protocol RequestBodyReader {
    /// Reads the next bytes.
    ///
    /// - Parameter buffer: Its content is replaced by the bytes.
    /// - Returns: The number of bytes; 0 at the end.
    /// - Throws: Why they cannot be read: the exchange ends with that error.
    mutating func read(into buffer: inout ByteBuffer) throws -> Int
}
