import Foundation
import NIOHTTP1
import RunOutputs
import Testing
import UploadTestSupport

@testable import GitHubActions

@Suite("Looking up a workflow run")
struct WorkflowRunLookupTests {
    @Test(
        "The answer tells whose code the run builds, and when it changed",
        arguments: [
            (runJSON(), "ROCm/TheRock", "2026-01-02T03:04:05Z"),
            (runJSON(head: #"{"full_name": "someone/TheRock"}"#), "someone/TheRock", "2026-01-02T03:04:05Z"),
            (runJSON(head: "null"), nil, "2026-01-02T03:04:05Z"),
            (runJSON(updated: "\"2025-11-11T16:18:48Z\""), "ROCm/TheRock", "2025-11-11T16:18:48Z"),
            (runJSON(updated: "null"), "ROCm/TheRock", nil),
        ] as [(String, String?, String?)])
    func answers(body: String, head: String?, date: String?) async throws {
        let run = try await ScriptedServer.with([.answer(200, body)]) { try await $0.lookUp() }
        #expect(run == WorkflowRun(headRepository: head, updatedAt: try date.map { try UTCTimestamp($0) }))
    }

    @Test(
        "Runs that GitHub describes are understood", .needsVectors("github/workflow_run-completed.json"),
        arguments: ["workflow_run-completed.json", "workflow_run-completed.with-pull-requests.json"])
    func recordedRun(name: String) async throws {
        let event = try JSONSerialization.jsonObject(with: Vectors.data("github/\(name)")) as? [String: Any]
        let body = try JSONSerialization.data(withJSONObject: #require(event?["workflow_run"]))
        let run = try await ScriptedServer.with([.answer(200, String(decoding: body, as: UTF8.self))]) {
            try await $0.lookUp()
        }
        let date = try UTCTimestamp("2020-10-05T16:33:49Z")
        #expect(run == WorkflowRun(headRepository: "octo-org/octo-repo", updatedAt: date))
    }

    @Test("The request is the one that GitHub documents")
    func request() async throws {
        try await ScriptedServer.with([.answer(200, runJSON())]) { server in
            _ = try await server.lookUp()
            let request = try #require(server.requests.first)
            #expect(request.path == "/repos/ROCm/TheRock/actions/runs/7")
            #expect(request.headers["accept"] == ["application/vnd.github+json"])
            #expect(request.headers["x-github-api-version"] == ["2022-11-28"])
            #expect(request.headers["user-agent"] == ["therock-upload"])
            #expect(request.headers["authorization"] == [])
        }
    }

    @Test("An API below a path is asked there, be there a slash at its end or not", arguments: ["/api/v3", "/api/v3/"])
    func enterprise(path: String) async throws {
        try await ScriptedServer.with([.answer(200, runJSON())]) { server in
            let configuration = try GitHubConfiguration(environment: ["GITHUB_API_URL": server.url + path])
            _ = try await GitHubClient.with(configuration) { try await $0.workflowRun("7", in: .theRock) }
            #expect(server.requests.map(\.path) == ["/api/v3/repos/ROCm/TheRock/actions/runs/7"])
        }
    }

    @Test("The whole lookup needs the environment alone")
    func entryPoint() async throws {
        try await ScriptedServer.with([.answer(200, runJSON(head: "null"))]) { server in
            let run = try await WorkflowRun.lookUp("7", in: .theRock, environment: ["GITHUB_API_URL": server.url])
            #expect(run.headRepository == nil)
        }
    }

    @Test("A run that GitHub does not know is explained")
    func unknownRun() async throws {
        let answer = ScriptedServer.Answer.answer(404, #"{"message": "Not Found", "status": "404"}"#)
        try await ScriptedServer.with([answer, answer]) { server in
            let anonymous = await #expect(throws: GitHubError.self) { try await server.lookUp() }
            #expect(anonymous?.code == .notFound)
            #expect(
                anonymous?.description == """
                    ROCm/TheRock has no workflow run 7, or you may not see it: \
                    https://github.com/ROCm/TheRock/actions/runs/7; check --run-id, and name the run's repository with \
                    --github-repository; a private repository needs a token in GITHUB_TOKEN or GH_TOKEN
                    """)
            let known = await #expect(throws: GitHubError.self) { try await server.lookUp(["GH_TOKEN": "secret"]) }
            #expect(known?.hint?.hasSuffix("the token in GH_TOKEN may not be allowed to see it") == true)
            #expect(server.requests.count == 2)
        }
    }

    @Test("Only numbers are asked for", arguments: ["local", "", "7/../8", "-7", "٧"])
    func illegalID(id: String) async throws {
        try await ScriptedServer.with([]) { server in
            let configuration = try server.configuration()
            let error = await #expect(throws: GitHubError.self) {
                try await GitHubClient.with(configuration) { try await $0.workflowRun(id, in: .theRock) }
            }
            #expect(error?.code == .misconfigured)
            #expect(server.requests.isEmpty)
        }
    }

    @Test(
        "An answer that cannot be understood is an error, and not asked for again",
        arguments: [
            ("<html>", "it is not JSON"), ("[]", "'' is not what it should be"), ("{}", "'head_repository' is missing"),
            (runJSON(head: "5"), "'head_repository' is not what it should be"),
            (runJSON(head: "{}"), "'head_repository.full_name' is missing"),
            (
                runJSON(updated: "\"yesterday\""),
                "'updated_at': 'yesterday' is not a date and time in UTC; expected YYYY-MM-DDTHH:MM:SSZ"
            ),
        ])
    func garbage(body: String, problem: String) async throws {
        try await ScriptedServer.with([.answer(200, body)]) { server in
            let error = await #expect(throws: GitHubError.self) { try await server.lookUp() }
            #expect(error?.code == .unreadableAnswer)
            #expect(
                error?.message == """
                    cannot look up workflow run 7 of ROCm/TheRock: GitHub's answer cannot be understood: \(problem), \
                    at \(server.url)/repos/ROCm/TheRock/actions/runs/7
                    """)
            #expect(server.requests.count == 1)
        }
    }
}
