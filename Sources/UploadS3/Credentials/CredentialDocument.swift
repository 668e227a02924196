import FoundationEssentials
import UploadExecution

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
    /// - Throws: ``UploadError`` that shows nothing of the document.
    static func credentials(in json: [UInt8], source: String) throws(UploadError) -> Credentials {
        guard let document = try? JSONDecoder().decode(Self.self, from: Data(json)) else {
            throw UploadError(
                .accessDenied, "\(source) gave no credentials: JSON with AccessKeyId and SecretAccessKey was expected")
        }
        return Credentials(
            accessKeyID: document.accessKeyID, secretAccessKey: document.secretAccessKey,
            sessionToken: document.sessionToken, expiration: document.expiration.flatMap { Date(iso8601: $0) },
            source: source)
    }
}
