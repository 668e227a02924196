import Subprocess
import UploadExecution

/// A command that prints credentials:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>.
struct ProcessCredentials: CredentialsProvider {
    /// Long enough for somebody to touch a key, short enough for a job that hangs.
    private static let limit = Duration.seconds(60)

    let command: String
    let profile: String
    let environment: [String: String]

    private var source: String { "credential_process of the profile \(profile)" }

    func credentials() async throws -> Credentials? {
        let output = try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { try await printedBytes() }
            group.addTask {
                try await Task.sleep(for: Self.limit)
                return nil
            }
            // The slower one is cancelled: the command is killed.
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let output else {
            throw UploadError(.accessDenied, "\(source) did not end in a minute", hint: "run it by hand")
        }
        return try CredentialDocument.credentials(in: output, source: source)
    }

    private func printedBytes() async throws -> [UInt8] {
        var variables: [Environment.Key: String] = [:]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
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
            return result.standardOutput
        } catch let error as SubprocessError {
            throw UploadError(.accessDenied, "\(source) cannot be run: \(error)", hint: "check the command")
        }
    }
}
