import FoundationEssentials
import HTTPConnections
import NIOHTTP1
import UploadExecution
import UploadPlanning

/// Why one exchange with a store did not do what was asked.
struct S3Failure: Error, Sendable {
    /// What kind of failure it is, and so what is done about it.
    enum Kind: Hashable, Sendable {
        /// No connection came about: the store has seen nothing of the request.
        case unreachable
        /// The connection failed, the store failed, or the answer was not complete.
        case transient
        /// No answer came in time.
        case timeout
        /// The store asks for fewer requests.
        case throttled
        /// The bytes did not arrive as they were sent.
        case damaged
        /// The credentials have expired.
        case expired
        /// The clocks differ.
        case skewedClock
        /// The credentials are wrong.
        case badCredentials
        /// The credentials are good, and do not allow the request.
        case denied
        /// The bucket is in another region, or answers at another host.
        case redirected
        /// There is no such object.
        case notFound
        case noSuchBucket
        /// There is no such multipart upload.
        case noSuchUpload
        /// A part of a multipart upload is missing, or is not what it was.
        case invalidPart
        /// A condition of the request does not hold.
        case preconditionFailed
        /// Another writer was at the object at the same time.
        case writersMet
        /// The store does not know the request.
        case notImplemented
        /// The store answers a request for a part with the whole object.
        case rangesIgnored
        /// What answered is not a store.
        case foreign
        /// Anything else.
        case other
    }

    /// What kind of failure it is.
    var kind: Kind
    /// The status of the answer; 0 where there was none.
    var status = 0
    /// The store's name for the error; empty where it gave none.
    var code = ""
    /// The store's words, or the transport's.
    var message: String
    /// What to do about it, if something is known.
    var hint: String?
    /// The identifier that the store gave the request, for its operators.
    var requestID: String?
    /// The region in which the bucket is, if the store said.
    var region: String?
    /// The host at which the bucket answers, if the store said.
    var location: String?
    /// The region that the request was signed for.
    var askedRegion: String?
    /// The host that the request went to, if it is not the endpoint's.
    var askedHost: String?
    /// Whether the answer is of another form than S3's: something in between may have given it.
    var isForeign = false
    /// How many seconds the store asks to wait.
    var retryAfter: Int?
    /// The store's clock, if it said that ours differs.
    var storeTime: Date?
    /// What the request was signed with.
    var credentials: Credentials?
    /// Whether the store may have got the whole request.
    var mayHaveArrived = true
    /// Whether an earlier attempt of the same request may have been carried out unseen.
    var followsLostAnswer = false
    /// Whether the object may have been stored all the same.
    var mayHaveStored = false

    /// Whether the same request may succeed later.
    var isTransient: Bool {
        switch kind {
        case .unreachable, .transient, .timeout, .throttled, .damaged, .writersMet: true
        default: false
        }
    }

    /// Whether the store may have carried out the request all the same.
    var leavesDoubt: Bool {
        mayHaveArrived && (kind == .transient || kind == .timeout) && (status == 0 || status >= 500 || status == 200)
    }

    /// Whether the store's own answer is not known: it may have been a success.
    var isLostAnswer: Bool { leavesDoubt && [0, 200, 502, 504].contains(status) }
}

extension S3Failure {
    /// Wraps a failure of the connection.
    init(_ error: TransportError, at origin: HTTPOrigin) {
        let kind: Kind =
            switch error.kind {
            case _ where !error.isTransient: .other
            case .unreachable: .unreachable
            case .timeout: .timeout
            default: .transient
            }
        let message =
            error.kind == .unreachable
            ? "cannot connect to \(origin.address): \(error.message)" : "\(error.message), at \(origin.address)"
        self.init(kind: kind, message: message, hint: error.hint)
        mayHaveArrived = error.mayHaveArrived
    }

    /// The failure of a store that sends whole objects only.
    static func rangesIgnored(status: Int) -> S3Failure {
        S3Failure(
            kind: .rangesIgnored, status: status,
            message: "the server ignores Range: it answers a request for a part with the whole object",
            hint: "is a proxy in between?")
    }

    /// Reads the failure in an answer.
    ///
    /// - Parameters:
    ///   - answer: The answer.
    ///   - status: The status to judge by, where it is not the answer's: 500 for an error behind a success.
    init(_ answer: HTTPResponse, countingAs status: Int? = nil) {
        let document = try? XMLElement(parsing: answer.body)
        // STS wraps the element once more.
        let error = document.map { $0.name == "ErrorResponse" ? $0["Error"] ?? $0 : $0 }
        self.init(
            kind: .other, status: answer.status, code: error?["Code"]?.text ?? "",
            message: error?["Message"]?.text ?? HTTPResponseStatus(statusCode: answer.status).reasonPhrase)
        if error?["Code"] == nil, let excerpt = answer.excerpt {
            isForeign = true
            message = "an answer that is not S3's: \(excerpt)"
            hint = Self.notTheStore
        }
        kind = Self.kind(status: status ?? answer.status, code: code, hasBody: !answer.body.isEmpty)
        requestID = answer["x-amz-request-id"] ?? error?["RequestId"]?.text
        region = answer["x-amz-bucket-region"] ?? error?["Region"]?.text
        location = answer["location"]
        retryAfter = answer["retry-after"].flatMap { Int($0) }
        storeTime = error?["ServerTime"].flatMap { Date(iso8601: $0.text) }
        if kind == .other, let region, !region.isEmpty, code == "AuthorizationHeaderMalformed" || answer.status == 400 {
            kind = .redirected
        }
    }

    /// What to do about an answer that no store gives.
    static let notTheStore = "a proxy or gateway in between may have answered; check --endpoint-url and the proxy"

    /// Tells of a success that no store gave.
    ///
    /// - Parameters:
    ///   - answer: The answer.
    ///   - missing: What a store's answer would have: "a ListBucketResult".
    init(foreign answer: HTTPResponse, without missing: String) {
        self.init(
            kind: .foreign, status: answer.status,
            message: "the answer is not that of an S3 store: it has no \(missing), but \(answer.excerpt ?? "no body")",
            hint: Self.notTheStore)
    }

    /// The store's words and everything that finds the request again, in one line.
    var description: String {
        let words = message.split(separator: "\n").joined(separator: " ")
        let detail = [
            code.isEmpty ? nil : code, status == 0 ? nil : "HTTP \(status)", requestID.map { "request \($0)" },
        ].compactMap(\.self)
        return detail.isEmpty ? words : "\(words) (\(detail.joined(separator: ", ")))"
    }

    private static func kind(status: Int, code: String, hasBody: Bool) -> Kind {
        if let kind = kinds[code] { return kind }
        switch status {
        case 301, 302, 307, 308: return .redirected
        case 401, 403: return .denied
        case 404: return .notFound
        case 408: return .timeout
        case 409: return .writersMet
        case 412: return .preconditionFailed
        case 429: return .throttled
        case 501, 405: return .notImplemented
        // The answer to a HEAD has no body, and S3 throttles those too.
        case 503: return hasBody ? .transient : .throttled
        case 500...: return .transient
        default: return .other
        }
    }

    /// The names of errors that say more than the status:
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.
    private static let kinds: [String: Kind] = [
        "SlowDown": .throttled, "Throttling": .throttled, "ThrottlingException": .throttled,
        "RequestLimitExceeded": .throttled, "TooManyRequestsException": .throttled, "TooManyRequests": .throttled,
        "RequestThrottled": .throttled, "BandwidthLimitExceeded": .throttled,
        "InternalError": .transient, "ServiceUnavailable": .transient, "OperationAborted": .writersMet,
        "ConditionalRequestConflict": .writersMet, "RequestTimeout": .timeout, "IncompleteBody": .damaged,
        "BadDigest": .damaged, "XAmzContentSHA256Mismatch": .damaged, "XAmzContentChecksumMismatch": .damaged,
        "ExpiredToken": .expired, "ExpiredTokenException": .expired, "TokenRefreshRequired": .expired,
        "RequestExpired": .expired, "RequestTimeTooSkewed": .skewedClock,
        "InvalidAccessKeyId": .badCredentials, "SignatureDoesNotMatch": .badCredentials,
        "InvalidToken": .badCredentials,
        "InvalidSecurity": .badCredentials, "InvalidClientTokenId": .badCredentials,
        "UnrecognizedClientException": .badCredentials, "MissingSecurityHeader": .badCredentials,
        "AccessDenied": .denied, "AccessDeniedException": .denied, "AllAccessDisabled": .denied,
        "AccountProblem": .denied, "InvalidIdentityToken": .denied,
        "PermanentRedirect": .redirected, "TemporaryRedirect": .redirected, "Redirect": .redirected,
        "IllegalLocationConstraintException": .redirected,
        "NoSuchKey": .notFound, "NotFound": .notFound, "NoSuchBucket": .noSuchBucket, "NoSuchUpload": .noSuchUpload,
        "InvalidPart": .invalidPart, "InvalidPartOrder": .invalidPart, "EntityTooSmall": .invalidPart,
        "PreconditionFailed": .preconditionFailed, "NotImplemented": .notImplemented,
        "MethodNotAllowed": .notImplemented,
    ]
}

extension HTTPResponse {
    /// The first words of the body as a reader of the page sees them, in one line; `nil` where there are none.
    var excerpt: String? {
        let text = String(decoding: body.prefix(4096), as: UTF8.self)
        let words = text.withoutMarkup.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !words.isEmpty else { return text.isEmpty ? nil : "a page without text" }
        let start = words.prefix(Self.longestExcerpt)
        return "\u{201C}\(String(start).printable)\u{201D}" + (start.endIndex < words.endIndex ? " …" : "")
    }

    private static let longestExcerpt = 160
}

extension String {
    /// The text without tags, and without what is in elements that nobody reads.
    fileprivate var withoutMarkup: String {
        var words = ""
        var rest = self[...]
        while let tag = rest.firstIndex(of: "<") {
            words += rest[..<tag] + " "
            rest = rest[tag...].dropFirst()
            let name = rest.prefix { $0.isLetter }.lowercased()
            rest = rest.firstIndex(of: ">").map { rest[rest.index(after: $0)...] } ?? ""
            guard name == "script" || name == "style" else { continue }
            rest = rest.firstRange(of: "</").map { rest[$0.lowerBound...] } ?? ""
        }
        return words + rest
    }
}
