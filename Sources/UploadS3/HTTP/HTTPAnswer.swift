import NIOCore
import NIOHTTP1

/// A complete answer: the service's part of one exchange.
struct HTTPAnswer: Sendable {
    /// The longest body that is kept, in bytes: a listing of 1,000 keys of 1,024 bytes, all of them escaped, is a fifth
    /// of it.
    static let maximumSize = 16 << 20

    /// The status code.
    var status: Int
    /// The headers.
    var headers: HTTPHeaders
    /// The whole body.
    var body: [UInt8]

    /// Whether the status is one of success.
    var isSuccess: Bool { 200..<300 ~= status }

    /// Puts the next bytes of the body where they belong.
    ///
    /// - Parameters:
    ///   - bytes: The bytes.
    ///   - sink: Where the body of a success goes, if not into the answer.
    /// - Throws: ``TransportError`` if there are too many of them, and what the sink throws.
    mutating func take(_ bytes: ByteBuffer, into sink: (any BodySink)?) throws {
        if isSuccess, let sink { return try sink.take(bytes) }
        guard body.count + bytes.readableBytes <= Self.maximumSize else { throw TransportError.tooLong }
        body += bytes.readableBytesView
    }

    /// The first value of a header.
    subscript(header: String) -> String? { headers.first(name: header) }
}

/// Why there was no complete answer.
struct TransportError: Error, Hashable, Sendable {
    /// Whether the exchange took too long.
    var isTimeout: Bool
    /// Whether the same exchange may succeed later.
    var isTransient: Bool
    /// What went wrong, in one line.
    var message: String
    /// What to do about it, if there is something.
    var hint: String?

    /// The body is longer than any that is expected.
    static let tooLong = TransportError(isTimeout: false, isTransient: false, message: "the answer is too long")
}
