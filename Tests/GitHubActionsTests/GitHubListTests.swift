import Foundation
import NIOHTTP1
import RunOutputs
import Testing
import UploadTestSupport

@testable import GitHubActions

@Suite("Lists of GitHub's REST API")
struct GitHubListTests {
    static let commit = String(repeating: "a", count: 40)

    private func list(
        _ server: ScriptedServer, workflow: String = "ci.yml", of commit: String = Self.commit,
        waits: RecordedWaits = RecordedWaits()
    ) async throws -> [ListedWorkflowRun] {
        try await GitHubClient.with(server.configuration(), pacing: waits.pacing) {
            try await $0.workflowRuns(of: workflow, for: commit, in: .theRock)
        }
    }

    /// A server that pages through runs as GitHub does.
    private func paged(_ runs: [RecordedRun], total: Int? = nil) -> ScriptedServer.Script {
        { request in
            let query = URLComponents(string: request.path)?.queryItems ?? []
            func number(_ name: String) -> Int? { query.first { $0.name == name }?.value.flatMap { Int($0) } }
            let (page, size) = (number("page") ?? 1, number("per_page") ?? 30)
            let part = Array(runs.dropFirst((page - 1) * size).prefix(size))
            let host = "http://" + (request.headers.first(name: "host") ?? "")
            let next = "\(host)/repositories/9/runs?per_page=\(size)&page=\(page + 1)"
            return runPage(part, total: total ?? runs.count, next: page * size < runs.count ? next : nil)
        }
    }

    @Test("All runs of a commit are listed, the newest first, however many pages there are", arguments: [0, 100, 257])
    func allPages(count: Int) async throws {
        // Two runs of the same second; a run's number of digits grows.
        let runs = (0..<count).map {
            RecordedRun(id: 990 + $0, createdAt: "2026-01-01T00:0\($0 / 2 / 60):\(10 + $0 / 2 % 50)Z")
        }
        try await ScriptedServer.with(paged(runs.reversed())) { server in
            let listed = try await list(server)
            #expect(listed.map(\.id) == listed.sorted(by: ListedWorkflowRun.isNewer(_:than:)).map(\.id))
            #expect(Set(listed.map(\.id)).count == count)
            #expect(
                server.requests.first?.path
                    == "/repos/ROCm/TheRock/actions/workflows/ci.yml/runs?head_sha=\(Self.commit)&per_page=100")
            #expect(server.requests.count == max(1, (count + 99) / 100))
        }
    }

    @Test(
        "The newest run is the one that was started last, and of those the one with the highest id",
        arguments: [
            ([(9, "00:00:01Z"), (10, "00:00:00Z")], ["9", "10"]),
            ([(9, "00:00:00Z"), (10, "00:00:00Z")], ["10", "9"]),
        ])
    func order(runs: [(Int, String)], expected: [String]) async throws {
        let page = runPage(
            runs.map { RecordedRun(id: $0.0, createdAt: "2026-01-01T\($0.1)") }, total: runs.count)
        let listed = try await ScriptedServer.with([page]) { try await list($0) }
        #expect(listed.map(\.id) == expected)
    }

    @Test("A run that appears on two pages counts once")
    func shiftedPages() async throws {
        let runs = [RecordedRun(id: 3), RecordedRun(id: 2), RecordedRun(id: 2), RecordedRun(id: 1)]
        let listed = try await ScriptedServer.with([runPage(runs, total: 3)]) { try await list($0) }
        #expect(listed.map(\.id) == ["3", "2", "1"])
    }

    @Test("A list that GitHub does not give to its end is an error, not a shorter list")
    func truncated() async throws {
        try await ScriptedServer.with(paged([RecordedRun(id: 1)], total: 1001)) { server in
            let error = await #expect(throws: GitHubError.self) { try await list(server) }
            #expect(error?.message == "GitHub lists only 1 of the 1001 runs of ci.yml for aaaaaaaaaaaa")
        }
    }

    @Test("A list without an end is given up, at once if it repeats a page", arguments: [(true, 2), (false, 100)])
    func endless(isRepeated: Bool, count: Int) async throws {
        let endless: ScriptedServer.Script = { request in
            let next = isRepeated ? "again" : "\(request.path.utf8.count)".appending(request.path)
            return runPage([], total: 1, next: "http://\(request.headers.first(name: "host") ?? "")/\(next)")
        }
        try await ScriptedServer.with(endless) { server in
            let error = await #expect(throws: GitHubError.self) { try await list(server) }
            #expect(error?.code == .unreadableAnswer)
            #expect(server.requests.count == count)
        }
    }

    @Test("Each page of a list is asked for again where that helps")
    func failuresBetweenPages() async throws {
        let waits = RecordedWaits()
        let limited = ScriptedServer.Answer.answer(
            429, ["retry-after": "30"], #"{"message": "You have exceeded a secondary rate limit"}"#)
        let runs = try await ScriptedServer.with([
            .answer(502, ""), limited, .hangUp, runPage([RecordedRun(id: 5)], total: 1),
        ]) { try await list($0, waits: waits) }
        #expect(runs.map(\.id) == ["5"])
        #expect(waits.durations == [.milliseconds(250), .milliseconds(30_250), .seconds(1)])
    }

    @Test("What a run tells", .needsVectors("github/workflow_run-completed.json"))
    func recorded() async throws {
        let event = try JSONSerialization.jsonObject(with: Vectors.data("github/workflow_run-completed.json"))
        let run = try #require((event as? [String: Any])?["workflow_run"])
        let page = try JSONSerialization.data(withJSONObject: ["total_count": 1, "workflow_runs": [run]])
        let listed = try await ScriptedServer.with([.answer(200, String(decoding: page, as: UTF8.self))]) {
            try await list($0, of: "3484a3fb816e0859fd6e1cea078d76385ff50625")
        }
        let only = try #require(listed.first)
        #expect(only.id == "289782451" && only.commit == "3484a3fb816e0859fd6e1cea078d76385ff50625")
        #expect(only.branch == "master" && only.event == "repository_dispatch")
        #expect(only.status == "completed" && only.conclusion == "success" && only.isSuccessful)
        #expect(only.createdAt.text == "2020-10-05T16:33:24Z")
        #expect(
            only.facts.headRepository == "octo-org/octo-repo" && only.facts.updatedAt?.text == "2020-10-05T16:33:49Z")
    }

    @Test(
        "Whether a run was successful",
        arguments: [
            ("completed", "success", true), ("completed", "failure", false), ("completed", nil, false),
            ("in_progress", nil, false), ("in_progress", "success", false),
        ])
    func success(status: String, conclusion: String?, isSuccessful: Bool) throws {
        let run = RecordedRun(id: 1, status: status, conclusion: conclusion)
        #expect(
            try JSONDecoder().decode(ListedWorkflowRun.self, from: Data(run.json.utf8)).isSuccessful == isSuccessful)
    }

    @Test("Names are encoded as one segment of the path or one value of the query")
    func encoding() async throws {
        try await ScriptedServer.with([runPage([], total: 0), .answer(200, "[]")]) { server in
            _ = try await list(server, workflow: "a b/../c.yml")
            _ = try await GitHubClient.with(server.configuration()) {
                try await $0.commits(of: "users/me/a&b", in: .theRock, limit: 5)
            }
            #expect(server.requests[0].path.hasPrefix("/repos/ROCm/TheRock/actions/workflows/a%20b%2F..%2Fc.yml/runs?"))
            #expect(server.requests[1].path == "/repos/ROCm/TheRock/commits?sha=users%2Fme%2Fa%26b&per_page=5")
        }
    }

    @Test("As many commits of a branch as are wanted", arguments: [(1, 1), (100, 1), (101, 2), (250, 3), (1000, 3)])
    func commits(limit: Int, requests: Int) async throws {
        let all = (0..<250).map { "\($0)" }
        let server: ScriptedServer.Script = { request in
            let isFirst = !request.path.contains("page=1&") && !request.path.contains("page=2&")
            let start = isFirst ? 0 : request.path.contains("page=1&") ? 100 : 200
            let part = all.dropFirst(start).prefix(min(limit, 100))
            let next = "http://\(request.headers.first(name: "host") ?? "")/commits?page=\(start / 100 + 1)&x"
            return .answer(
                200, start < 200 && limit >= 100 ? ["link": "<\(next)>; rel=\"next\""] : [:],
                "[\(part.map { "{\"sha\": \"\($0)\"}" }.joined(separator: ","))]")
        }
        try await ScriptedServer.with(server) { server in
            let commits = try await GitHubClient.with(server.configuration()) {
                try await $0.commits(of: "main", in: .theRock, limit: limit)
            }
            #expect(commits == Array(all.prefix(limit)))
            #expect(server.requests.count == requests)
        }
    }

    @Test("The start of a SHA is looked up, a full one is not")
    func commit() async throws {
        try await ScriptedServer.with([.answer(200, "{\"sha\": \"\(Self.commit)\"}")]) { server in
            let configuration = try server.configuration()
            for name in ["aaaaaaa", Self.commit.uppercased()] {
                let commit = try await GitHubClient.with(configuration) { try await $0.commit(name, in: .theRock) }
                #expect(commit == Self.commit)
            }
            #expect(server.requests.map(\.path) == ["/repos/ROCm/TheRock/commits/aaaaaaa"])
        }
    }

    @Test("What is not there is named, with what to check")
    func notFound() async throws {
        let missing = ScriptedServer.Answer.answer(404, #"{"message": "Not Found"}"#)
        let nonsense = ScriptedServer.Answer.answer(422, #"{"message": "No commit found for SHA: zzz"}"#)
        try await ScriptedServer.with([missing, missing, nonsense]) { server in
            let advice = "a private repository needs a token in GITHUB_TOKEN or GH_TOKEN"
            let workflow = await #expect(throws: GitHubError.self) { try await list(server, workflow: "nope.yml") }
            #expect(
                workflow?.description == """
                    ROCm/TheRock has no workflow nope.yml, or you may not see it; check --workflow and \
                    --github-repository; \(advice)
                    """)
            let configuration = try server.configuration()
            let branch = await #expect(throws: GitHubError.self) {
                try await GitHubClient.with(configuration) {
                    try await $0.commits(of: "nope", in: .theRock, limit: 1)
                }
            }
            #expect(branch?.message == "ROCm/TheRock has no branch 'nope', or you may not see it")
            let commit = await #expect(throws: GitHubError.self) {
                try await GitHubClient.with(configuration) { try await $0.commit("zzz", in: .theRock) }
            }
            #expect(commit?.message == "ROCm/TheRock has no commit 'zzz', or you may not see it")
        }
    }
}
