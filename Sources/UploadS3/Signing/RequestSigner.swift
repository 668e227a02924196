import FoundationEssentials
import RunOutputs
import Synchronization

/// Adds the signature's headers to requests, and keeps the day's key and the second's timestamp between them.
final class RequestSigner: Sendable {
    private struct State {
        var credentials: Credentials?
        var region = ""
        var keyDay = ""
        var key: SigningKey?
        var second: Int64 = .min
        var timestamp = ""
        var day = ""
    }

    private let service: String
    private let state = Mutex(State())

    /// Makes a signer for one service.
    init(service: String) { self.service = service }

    /// Returns the headers of a request together with those that sign it.
    ///
    /// - Parameters:
    ///   - request: The request without `x-amz-date`, token and signature.
    ///   - credentials: What to sign it with.
    ///   - region: The region that the request is for.
    ///   - date: The time of the request.
    /// - Returns: The headers to send.
    func headers(
        for request: SignableRequest, credentials: Credentials, region: String, date: Date
    ) -> [(name: String, value: String)] {
        let (timestamp, key) = current(credentials, region, date)
        var request = request
        request.headers.append(("x-amz-date", timestamp))
        if let token = credentials.sessionToken { request.headers.append(("x-amz-security-token", token)) }
        let signature = SignatureV4.sign(
            request, accessKeyID: credentials.accessKeyID, key: key, timestamp: timestamp)
        request.headers.append(("authorization", signature.authorization))
        return request.headers
    }

    private func current(_ credentials: Credentials, _ region: String, _ date: Date) -> (String, SigningKey) {
        let second = Int64(date.timeIntervalSince1970.rounded(.down))
        return state.withLock { state in
            if state.second != second {
                state.second = second
                state.timestamp = date.basicISO8601
                state.day = String(state.timestamp.prefix(8))
            }
            let day = state.day
            if let key = state.key, state.keyDay == day, state.region == region, state.credentials == credentials {
                return (state.timestamp, key)
            }
            let key = SigningKey(
                secret: credentials.secretAccessKey, day: day, region: region, service: service)
            (state.credentials, state.region, state.keyDay, state.key) = (credentials, region, day, key)
            return (state.timestamp, key)
        }
    }
}

/// The parts of a request that its signature covers.
struct SignableRequest: Sendable {
    /// How the path is spelled in the signed text.
    enum PathSpelling: Sendable {
        /// As it is sent: S3.
        case asSent
        /// Percent-encoded once more than it is sent: every other service.
        case encodedAgain
        /// Without `.`, `..` and empty segments, then percent-encoded once more than it is sent.
        case normalizedAndEncodedAgain
    }

    /// The method in capitals.
    var method: String
    /// The path as it is sent.
    var path: String
    /// Names and values of the query, not encoded.
    var query: [(name: String, value: String)] = []
    /// The headers, `Host` among them.
    var headers: [(name: String, value: String)]
    /// What the signed text says of the body: its SHA-256 in hexadecimal, or `UNSIGNED-PAYLOAD`.
    var payloadHash: String
    /// How the path is spelled in the signed text.
    var pathSpelling = PathSpelling.asSent

    /// The query as it is sent and signed: sorted by the encoded bytes, each pair with `=`.
    var canonicalQuery: String { Self.canonicalQuery(query) }

    /// Spells a query as it is sent and signed.
    static func canonicalQuery(_ query: [(name: String, value: String)]) -> String {
        switch query.count {
        case 0: ""
        case 1: "\(query[0].name.percentEncodedQuery)=\(query[0].value.percentEncodedQuery)"
        default:
            // Sorted by name and then by value, not by the joined text: "a" comes before "a-", though "-" < "=".
            query.map { (Array($0.name.percentEncodedQuery.utf8), Array($0.value.percentEncodedQuery.utf8)) }
                .sorted { lhs, rhs in
                    lhs.0 == rhs.0 ? lhs.1.lexicographicallyPrecedes(rhs.1) : lhs.0.lexicographicallyPrecedes(rhs.0)
                }
                .map { String(decoding: $0.0 + [UInt8(ascii: "=")] + $0.1, as: UTF8.self) }
                .joined(separator: "&")
        }
    }

    /// The path as the signed text spells it.
    var canonicalPath: String {
        switch pathSpelling {
        case .asSent: path.isEmpty ? "/" : path
        case .encodedAgain: path.isEmpty ? "/" : path.percentEncodedPath
        case .normalizedAndEncodedAgain: Self.normalized(path).percentEncodedPath
        }
    }

    private static func normalized(_ path: String) -> String {
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
        }
        let isDirectory = path.hasSuffix("/") || path.hasSuffix("/.") || path.hasSuffix("/..")
        return segments.isEmpty ? "/" : "/" + segments.joined(separator: "/") + (isDirectory ? "/" : "")
    }
}

extension String {
    /// The text percent-encoded as a name or value of a query: a path's encoding, with `/` encoded too.
    var percentEncodedQuery: String {
        let encoded = percentEncodedPath
        return encoded.utf8.contains(UInt8(ascii: "/"))
            ? encoded.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "%2F") : encoded
    }
}
