import HTTPConnections
import NIOCore
import RunOutputs

/// One request to a bucket or an object, without what depends on the attempt: host, date and signature.
struct S3Request: Sendable {
    /// The method in capitals.
    var method: String
    var bucket: String
    /// The key; empty for the bucket itself.
    var key: ExactString = ""
    /// Names and values of the query, not encoded.
    var query: [(name: String, value: String)] = []
    /// The headers with lower-case names.
    var headers: [(name: String, value: String)] = []
    var body = RequestBody.none
    /// Where the body of a success goes, if not into memory.
    var sink: (any BodySink)?
    /// The root element of the XML document that a success is, if it is one: one that is not complete is none, and it may
    /// hold an error.
    var expectedDocument: String?
    /// What tells a store's success from that of something else that answers.
    var proof = Proof.none
    /// Whether a success makes an object visible: then it matters what became of a request that was sent.
    var storesObject = false
    /// Whether the request is repeated when it met another writer's.
    var isRepeatedAfterConflict = true
    /// How many attempts are made at most, if fewer than usual.
    var maximumAttempts = Int.max
}

extension S3Request {
    /// What a success must have to be believed.
    ///
    /// Proxies, captive portals and filters answer "200 OK" of their own accord.
    enum Proof: Hashable, Sendable {
        /// Nothing, or the expected document.
        case none
        /// A header that only stores send: an entity tag, or one of S3's own.
        case header
        /// An entity tag: without one nothing is known to be stored.
        case tag
    }
}

/// The bytes of a request: they can be sent again.
enum RequestBody: Sendable {
    case none
    /// Bytes in memory, with their SHA-256 in hexadecimal where it is known.
    case bytes(ByteBuffer, sha256: String?)
    /// A part of a file, with the SHA-256 of that part in hexadecimal where it is known.
    case file(FilePart, sha256: String?)

    var byteCount: Int64 {
        switch self {
        case .none: 0
        case .bytes(let buffer, _): Int64(buffer.readableBytes)
        case .file(let part, _): part.byteCount
        }
    }
}

/// An answer of success.
struct S3Response: Sendable {
    var http: HTTPResponse
    /// Its document, if the request expects one.
    var document: XMLElement?

    /// The first value of a header.
    subscript(header: String) -> String? { http[header] }
}
