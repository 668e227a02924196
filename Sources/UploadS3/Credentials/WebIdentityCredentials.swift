import FoundationEssentials
import LocalFiles
import UploadExecution

/// A role for a token in a file, which whoever writes it keeps fresh.
struct WebIdentityCredentials: CredentialsProvider {
    let role: String?
    let tokenFile: String?
    let session: String
    let tokens: TokenService
    private let origin: String

    /// Reads `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN` and `AWS_ROLE_SESSION_NAME`.
    init(environment: [String: String], tokens: TokenService) {
        self.init(
            role: environment.value("AWS_ROLE_ARN"), tokenFile: environment.value("AWS_WEB_IDENTITY_TOKEN_FILE"),
            session: environment.value("AWS_ROLE_SESSION_NAME"), origin: "AWS_WEB_IDENTITY_TOKEN_FILE", tokens: tokens)
    }

    /// Joins a role and a token's file, of which there may be neither.
    init(role: String?, tokenFile: String?, session: String?, origin: String, tokens: TokenService) {
        self.role = role
        self.tokenFile = tokenFile
        self.session = session ?? "therock-upload"
        self.origin = origin
        self.tokens = tokens
    }

    func credentials() async throws -> Credentials? {
        guard let tokenFile else { return nil }
        guard let role else {
            throw CredentialsError(
                .refused, "\(origin) is set, but there is no role to assume with it", hint: "set AWS_ROLE_ARN")
        }
        guard let bytes = try? SmallFile.read(tokenFile, limit: 1 << 20) else {
            throw CredentialsError(
                .refused, "the web identity token cannot be read from \(tokenFile)", hint: "check \(origin)")
        }
        let token = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        return try await tokens.assumeRole(
            role, webIdentity: token, session: session, source: "the web identity token in \(tokenFile)")
    }
}
