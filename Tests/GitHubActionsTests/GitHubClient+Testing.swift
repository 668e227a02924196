import Foundation
import RunOutputs
import Synchronization
import Testing
import UploadTestSupport

@testable import GitHubActions

/// The waits of a client that does not really wait.
final class RecordedWaits: Sendable {
    private let waits = Mutex<[Duration]>([])

    /// The waits so far.
    var durations: [Duration] { waits.withLock(\.self) }

    /// A clock that always says 2025-11-11T16:00:00Z, and chance that always says one half.
    var pacing: GitHubRetryPolicy {
        var pacing = GitHubRetryPolicy()
        pacing.now = { Date(timeIntervalSince1970: 1_762_876_800) }
        pacing.random = { 0.5 }
        pacing.sleep = { [self] wait in waits.withLock { $0.append(wait) } }
        return pacing
    }
}

extension ScriptedServer {
    /// The configuration of a client of this server.
    ///
    /// - Parameter environment: Further variables.
    /// - Returns: The configuration.
    /// - Throws: ``GitHubError`` if the variables are not legal.
    func configuration(_ environment: [String: String] = [:]) throws -> GitHubConfiguration {
        try GitHubConfiguration(environment: environment.merging(["GITHUB_API_URL": url]) { $1 })
    }

    /// Looks run 7 of ROCm/TheRock up.
    ///
    /// - Parameters:
    ///   - environment: Further variables.
    ///   - waits: Takes the waits.
    /// - Returns: The run.
    /// - Throws: ``GitHubError``.
    func lookUp(_ environment: [String: String] = [:], waits: RecordedWaits = RecordedWaits()) async throws
        -> WorkflowRun
    {
        try await GitHubClient.with(configuration(environment), pacing: waits.pacing) { client in
            try await client.workflowRun("7", in: .theRock)
        }
    }
}

/// A workflow run as GitHub describes it, without most of its fields.
///
/// - Parameters:
///   - head: The head repository, as JSON.
///   - updated: When the run last changed, as JSON.
/// - Returns: The answer's body.
func runJSON(
    head: String = #"{"id": 1, "full_name": "ROCm/TheRock", "fork": false}"#,
    updated: String = "\"2026-01-02T03:04:05Z\""
) -> String {
    """
    {"id": 7, "name": "CI", "run_attempt": 2, "head_branch": "main", "created_at": "2026-01-01T00:00:00Z",
     "updated_at": \(updated), "repository": {"full_name": "ROCm/TheRock"}, "head_repository": \(head)}
    """
}
