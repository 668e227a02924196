import Crypto
import FoundationEssentials
import HTTPConnections
import NIOHTTP1
import UploadExecution

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
