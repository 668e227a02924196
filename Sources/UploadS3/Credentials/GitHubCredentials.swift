import FoundationEssentials
import HTTPConnections
import NIOHTTP1
import UploadExecution

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
