import FoundationEssentials
import HTTPConnections
import NIOCore
import NIOHTTP1
import UploadExecution
import UploadPlanning

/// Asks the services that hand out credentials: they are small, near, and sometimes slow to answer.
struct CredentialService: Sendable {
    let transport: HTTPTransport
    let time: TimeSource

    /// Sends a request, and repeats it when the connection or the service fails.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - url: The URL.
    ///   - headers: The headers.
    ///   - body: The body.
    ///   - source: What is asked, as errors name it.
    ///   - attempts: How often to try.
    ///   - timeout: How long one attempt may take.
    ///   - isLocal: Whether the service is on this machine or network, where no proxy leads.
    /// - Returns: The last answer, whatever its status.
    /// - Throws: ``CredentialsError`` if there was none.
    func ask(
        _ method: HTTPMethod = .GET, _ url: String, headers: HTTPHeaders = [:], body: [UInt8]? = nil, source: String,
        attempts: Int = 3, timeout: Duration = .seconds(10), isLocal: Bool = false
    ) async throws -> HTTPResponse {
        let bytes = body.map { HTTPRequest.Body.bytes(ByteBuffer(bytes: $0)) } ?? .none
        guard let request = HTTPRequest(method, url: url, headers: headers, body: bytes) else {
            throw CredentialsError(
                .other, "\(source) has no URL that can be asked: \u{201C}\(url.withoutUserInfo)\u{201D}")
        }
        var attempt = 0
        while true {
            attempt += 1
            do {
                let answer = try await transport.execute(request, timeout: time.limit(timeout), isDirect: isLocal)
                guard answer.status >= 500 || answer.status == 429, attempt < attempts else { return answer }
            } catch let error as TransportError {
                guard error.isTransient, attempt < attempts else {
                    throw CredentialsError(
                        error.isTransient ? .unavailable : .other, "\(source) cannot be asked: \(error.message)",
                        hint: error.hint)
                }
            }
            let backoff = Backoff(base: .milliseconds(400), maximum: .seconds(10))
            try await time.sleep(backoff.delay(afterFailed: attempt, jitter: time.random()))
        }
    }
}

/// The JSON in which processes, containers and instances hand out credentials.
struct CredentialDocument: Decodable, Sendable {
    var accessKeyID: String
    var secretAccessKey: String
    var sessionToken: String?
    var expiration: String?

    private enum Key: String, CodingKey {
        case version = "Version"
        case accessKeyID = "AccessKeyId"
        case secretAccessKey = "SecretAccessKey"
        case sessionToken = "SessionToken"
        case token = "Token"
        case expiration = "Expiration"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        accessKeyID = try container.decode(String.self, forKey: .accessKeyID)
        secretAccessKey = try container.decode(String.self, forKey: .secretAccessKey)
        sessionToken =
            try container.decodeIfPresent(String.self, forKey: .sessionToken)
            ?? container.decodeIfPresent(String.self, forKey: .token)
        expiration = try container.decodeIfPresent(String.self, forKey: .expiration)
    }

    /// Reads credentials.
    ///
    /// - Parameters:
    ///   - json: The document.
    ///   - source: Where it came from, as errors name it.
    /// - Returns: The credentials.
    /// - Throws: ``CredentialsError`` that shows nothing of the document.
    static func credentials(in json: [UInt8], source: String) throws(CredentialsError) -> Credentials {
        guard let document = try? JSONDecoder().decode(Self.self, from: Data(json)) else {
            throw CredentialsError(
                .refused, "\(source) gave no credentials: JSON with AccessKeyId and SecretAccessKey was expected")
        }
        let expiration = try document.expiration.map { text throws(CredentialsError) in
            try Date(expiration: text, source: source)
        }
        return Credentials(
            accessKeyID: try Credentials.checked(document.accessKeyID, "AccessKeyId of \(source)"),
            secretAccessKey: try Credentials.checked(document.secretAccessKey, "SecretAccessKey of \(source)"),
            sessionToken: try document.sessionToken.map { token throws(CredentialsError) in
                try Credentials.checked(token, "SessionToken of \(source)")
            },
            expiration: expiration, source: source)
    }
}

extension Date {
    /// Reads when credentials stop working.
    ///
    /// - Throws: ``CredentialsError`` for what is not a time: guessing would mean to sign with what may have expired.
    init(expiration text: String, source: String) throws(CredentialsError) {
        guard let date = Date(iso8601: text) else {
            throw CredentialsError(
                .refused, "the Expiration that \(source) gave is not a time: \u{201C}\(text.printable)\u{201D}",
                hint: "it is written as 2030-01-02T03:04:05Z")
        }
        self = date
    }
}
