import FoundationEssentials
import UploadExecution
import UploadPlanning

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
    /// - Throws: ``CredentialsError`` for what is no time: guessing would mean to sign with what may have expired.
    init(expiration text: String, source: String) throws(CredentialsError) {
        guard let date = Date(iso8601: text) else {
            throw CredentialsError(
                .refused, "the Expiration that \(source) gave is not a time: \u{201C}\(text.printable)\u{201D}",
                hint: "it is written as 2030-01-02T03:04:05Z")
        }
        self = date
    }
}
