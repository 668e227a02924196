import FoundationEssentials
import Subprocess
import UploadExecution
import UploadPlanning

/// A command that prints credentials:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>.
struct ProcessCredentials: CredentialsProvider {
    /// Long enough for somebody to touch a key, short enough for a job that hangs.
    private static let limit = Duration.seconds(60)
    /// How much is read of each stream, in bytes.
    private static let longestOutput = 1 << 20

    let command: String
    let profile: String
    let environment: [String: String]
    let time: TimeSource

    private var source: String { "credential_process of the profile \(profile)" }

    func credentials() async throws -> Credentials? {
        let limit = time.limit(Self.limit)
        let output = try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { try await printedBytes() }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            // The slower one is cancelled: the command is killed.
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let output else {
            throw CredentialsError(.refused, "\(source) did not end within \(limit)", hint: "run it by hand")
        }
        let credentials = try CredentialDocument.credentials(in: output, source: source)
        if let expiration = credentials.expiration, expiration <= time.now() {
            throw CredentialsError(
                .refused, "\(source) gave credentials that expired at \(expiration.ISO8601Format())",
                hint: "sign in again where the command gets them from, and check this machine's clock")
        }
        return credentials
    }

    private func printedBytes() async throws -> [UInt8] {
        var variables: [Environment.Key: String] = [:]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        var options = PlatformOptions()
        // What the command has started is killed with it, or it would keep the streams open.
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(200))
        ]
        do {
            let result = try await run(
                .name("sh"), arguments: ["-c", command], environment: .custom(variables), platformOptions: options,
                output: .bytes(limit: Self.longestOutput), error: .bytes(limit: Self.longestOutput))
            guard result.terminationStatus.isSuccess else {
                throw CredentialsError(
                    .refused,
                    "\(source) failed: \(result.terminationStatus)\(Self.lastWords(result.standardError))",
                    hint: "run it by hand")
            }
            return result.standardOutput
        } catch let error as SubprocessError {
            throw CredentialsError(.refused, "\(source) cannot be run: \(error)", hint: "check the command")
        }
    }

    /// The end of what a command said, in one line.
    private static func lastWords(_ bytes: [UInt8]) -> String {
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !words.isEmpty else { return "; it said nothing" }
        return "; it said: " + (words.count > 400 ? "… " : "") + String(words.suffix(400)).printable
    }
}
