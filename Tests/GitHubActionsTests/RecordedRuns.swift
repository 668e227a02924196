import Foundation
import NIOHTTP1
import UploadTestSupport

/// A workflow run as GitHub lists it, made after the shape of a recorded one.
struct RecordedRun {
    var id: Int
    var commit = String(repeating: "a", count: 40)
    var createdAt = "2026-01-01T00:00:00Z"
    var status = "completed"
    var conclusion: String? = "success"

    /// The run as JSON.
    var json: String {
        """
        {"id": \(id), "head_sha": "\(commit)", "head_branch": "main", "event": "push", "status": "\(status)",
         "conclusion": \(conclusion.map { "\"\($0)\"" } ?? "null"), "created_at": "\(createdAt)",
         "updated_at": "2026-01-02T03:04:05Z", "head_repository": {"full_name": "ROCm/TheRock"}}
        """
    }
}

/// A page of a list of runs.
///
/// - Parameters:
///   - runs: The runs on it.
///   - total: How many the list has in all.
///   - next: The URL of the next page.
/// - Returns: The answer.
func runPage(_ runs: [RecordedRun], total: Int, next: String? = nil) -> ScriptedServer.Answer {
    let body = "{\"total_count\": \(total), \"workflow_runs\": [\(runs.map(\.json).joined(separator: ","))]}"
    return .answer(200, next.map { ["link": "<\($0)>; rel=\"next\""] } ?? [:], body)
}
