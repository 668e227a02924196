import Subprocess
import UploadExecution

/// A command that prints credentials:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>.
struct ProcessCredentials: CredentialsProvider {
    let command: String
    let profile: String
    let environment: [String: String]

    func credentials() async throws -> Credentials? {
        let source = "credential_process of the profile \(profile)"
        var variables: [Environment.Key: String] = [:]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        let output: [UInt8]
        do {
            // What it says on standard error is not shown: it may be a secret.
            let result = try await run(
                .name("sh"), arguments: ["-c", command], environment: .custom(variables),
                output: .bytes(limit: 65_536), error: .discarded)
            guard result.terminationStatus.isSuccess else {
                throw UploadError(
                    .accessDenied, "\(source) failed: \(result.terminationStatus)",
                    hint: "run it by hand to see what it says")
            }
            output = result.standardOutput
        } catch let error as SubprocessError {
            throw UploadError(.accessDenied, "\(source) cannot be run: \(error)", hint: "check the command")
        }
        return try CredentialDocument.credentials(in: output, source: source)
    }
}
