import Crypto
import FoundationEssentials
import HTTPConnections
import LocalFiles
import NIOHTTP1
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

/// AWS's Security Token Service: gives temporary credentials for a role.
struct TokenService: Sendable {
    let service: CredentialService
    let region: String
    /// Another endpoint than AWS's.
    let endpoint: String?

    private static let signer = RequestSigner(service: "sts")

    /// Gives credentials of a role for a token that the role trusts.
    ///
    /// - Parameters:
    ///   - role: The role's ARN.
    ///   - token: The token.
    ///   - session: The name of the session in the role's logs.
    ///   - source: Where the token came from, as errors name it.
    /// - Returns: The credentials.
    /// - Throws: ``CredentialsError``, without the token.
    func assumeRole(_ role: String, webIdentity token: String, session: String, source: String) async throws
        -> Credentials
    {
        let form = [
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", session), ("WebIdentityToken", token),
        ]
        return try await ask(form.map { (name: $0.0, value: $0.1) }, signedWith: nil, role: role, source: source)
    }

    /// Gives credentials of a role to somebody who may take it.
    ///
    /// - Parameters:
    ///   - role: The role's ARN.
    ///   - credentials: Who asks.
    ///   - session: The name of the session in the role's logs.
    ///   - externalID: What the role's owner wants to hear.
    /// - Returns: The credentials.
    /// - Throws: ``CredentialsError``.
    func assumeRole(_ role: String, as credentials: Credentials, session: String, externalID: String?) async throws
        -> Credentials
    {
        var form = [
            ("Action", "AssumeRole"), ("Version", "2011-06-15"), ("RoleArn", role), ("RoleSessionName", session),
        ]
        if let externalID { form.append(("ExternalId", externalID)) }
        return try await ask(
            form.map { (name: $0.0, value: $0.1) }, signedWith: credentials, role: role, source: credentials.source)
    }

    private func ask(
        _ form: [(name: String, value: String)], signedWith credentials: Credentials?, role: String, source: String
    ) async throws -> Credentials {
        let url = endpoint ?? "https://sts.\(region).amazonaws.com" + (region.hasPrefix("cn-") ? ".cn" : "")
        guard let origin = URL(string: url).flatMap({ HTTPOrigin($0) }) else {
            throw CredentialsError(
                .other, "\u{201C}\(url.withoutUserInfo)\u{201D} is not the URL of a token service",
                hint: "check AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL")
        }
        let body = Array(SignableRequest.canonicalQuery(form).utf8)
        var headers = [
            (name: "content-type", value: "application/x-www-form-urlencoded"),
            (name: "host", value: origin.authority),
        ]
        if let credentials {
            let request = SignableRequest(
                method: "POST", path: "/", headers: headers,
                payloadHash: String(hexadecimal: SHA256.hash(data: body)), pathSpelling: .normalizedAndEncodedAgain)
            headers = Self.signer.headers(
                for: request, credentials: credentials, region: region, date: service.time.now())
        }
        let answer = try await service.ask(
            .POST, "\(origin)/",
            headers: HTTPHeaders(headers.map { ($0.name, $0.value) }),
            body: body, source: "the token service \(origin.authority)")
        return try Self.read(answer, role: role, source: source)
    }

    private static func read(_ answer: HTTPResponse, role: String, source: String) throws(CredentialsError)
        -> Credentials
    {
        guard answer.isSuccess else {
            let failure = S3Failure(answer)
            throw CredentialsError(
                .refused, "the token service refuses role \(role) to \(source): \(failure.description)",
                hint: "check the role's trust policy: who may assume it, for which audience, repository and branch")
        }
        let document = try? XMLElement(parsing: answer.body)
        let result = document?.children.first { $0.name.hasSuffix("Result") }?["Credentials"]
        guard let result, let keyID = result["AccessKeyId"]?.text, let secret = result["SecretAccessKey"]?.text,
            let token = result["SessionToken"]?.text
        else { throw CredentialsError(.refused, "the token service gave no credentials for role \(role)") }
        return Credentials(
            accessKeyID: keyID, secretAccessKey: secret, sessionToken: token,
            expiration: try (result["Expiration"]?.text).map { text throws(CredentialsError) in
                try Date(expiration: text, source: "the token service")
            },
            source: "\(source), as \(role)")
    }
}

/// The role of the bucket policy, for the token by which GitHub says which workflow runs.
///
/// The token is fetched anew whenever credentials are, so that a job may take longer than both live:
/// <https://docs.github.com/en/actions/reference/security/oidc>.
struct GitHubCredentials: CredentialsProvider {
    let environment: [String: String]
    let role: String?
    /// Whether a refusal means that there are no credentials, instead of being an error.
    let isOptional: Bool
    let service: CredentialService
    let tokens: TokenService

    private struct Answer: Decodable { var value: String }

    func credentials() async throws -> Credentials? {
        guard let role, let url = environment.value("ACTIONS_ID_TOKEN_REQUEST_URL"),
            let bearer = environment.value("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
        else { return nil }
        do {
            return try await credentials(for: role, from: url, bearer)
        } catch let error as CredentialsError where error.kind == .refused && isOptional {
            return nil
        }
    }

    private func credentials(for role: String, from url: String, _ bearer: String) async throws -> Credentials {
        let source = "GitHub's OIDC token"
        let answer = try await service.ask(
            .GET, url + (url.contains("?") ? "&" : "?") + "audience=sts.amazonaws.com",
            headers: ["authorization": "bearer \(bearer)", "accept": "application/json"], source: source)
        guard answer.isSuccess, let token = try? JSONDecoder().decode(Answer.self, from: Data(answer.body)).value else {
            throw CredentialsError(
                .refused, "GitHub gave no OIDC token (HTTP \(answer.status))",
                hint: "give the job the permission id-token: write")
        }
        let run = environment.value("GITHUB_RUN_ID").map { "therock-upload-\($0)" } ?? "therock-upload"
        return try await tokens.assumeRole(role, webIdentity: token, session: run, source: source)
    }
}
