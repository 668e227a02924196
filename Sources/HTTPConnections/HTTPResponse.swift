package import NIOCore
package import NIOHTTP1

/// A complete answer: the service's part of one exchange.
package struct HTTPResponse: Sendable {
    /// The longest body that is kept, in bytes: a listing of 1,000 keys of 1,024 bytes, all of them escaped, is a fifth
    /// of it.
    private static let maximumSize = 16 << 20

    package var status: Int
    package var headers: HTTPHeaders
    /// The whole body.
    package var body: [UInt8]

    package init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Whether the status is one of success.
    package var isSuccess: Bool { 200..<300 ~= status }

    /// Puts the next bytes of the body where they belong.
    ///
    /// - Parameters:
    ///   - bytes: The bytes.
    ///   - sink: Where the body of a success goes, if not into the answer.
    /// - Throws: ``TransportError`` if there are too many of them, and what the sink throws.
    mutating func take(_ bytes: ByteBuffer, into sink: (any BodySink)?) throws {
        if isSuccess, let sink { return try sink.take(bytes) }
        guard body.count + bytes.readableBytes <= Self.maximumSize else {
            throw TransportError(.unusable, "the answer is longer than \(Self.maximumSize >> 20) MiB")
        }
        body += bytes.readableBytesView
    }

    /// The first value of a header.
    package subscript(header: String) -> String? { headers.first(name: header) }
}

/// Takes in the body of a successful answer as it arrives, in place of memory.
package protocol BodySink: AnyObject, Sendable {
    /// The number of bytes that the body must hold.
    var byteCount: Int64 { get }

    /// The number of bytes that have arrived since the attempt began.
    var arrivedByteCount: Int64 { get }

    /// Forgets what has arrived: another attempt begins.
    func restart()

    /// Looks at an answer of success before its body.
    ///
    /// - Parameters:
    ///   - status: The status.
    ///   - headers: The headers.
    /// - Throws: Why the body is not wanted: the exchange ends with that error.
    func begin(_ status: Int, _ headers: HTTPHeaders) throws

    /// Takes the next bytes.
    ///
    /// While it is busy, no more is read from the connection.
    ///
    /// - Parameter bytes: The bytes.
    /// - Throws: `TransportError` if there are more than ``byteCount``, and whatever keeps them from being stored.
    func take(_ bytes: ByteBuffer) throws
}
