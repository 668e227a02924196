import Foundation
import NIOHTTP1
import RunOutputs
import Testing
import UploadTestSupport

@testable import GitHubActions

@Suite("The client of GitHub's REST API")
struct GitHubClientTests {
    static let run = ScriptedServer.Answer.answer(200, runJSON())

    // MARK: - Failures that pass

    @Test(
        "Failures of the server and of the connection are repeated, after growing waits",
        arguments: [
            [.answer(502, "<html>Bad Gateway</html>"), .answer(500, "{}"), .answer(503, "")],
            [ScriptedServer.Answer.hangUp, .hangUp, .hangUp],
        ])
    func retries(failures: [ScriptedServer.Answer]) async throws {
        let waits = RecordedWaits()
        let found = try await ScriptedServer.with(failures + [Self.run]) { try await $0.lookUp(waits: waits) }
        #expect(found.headRepository == "ROCm/TheRock")
        #expect(waits.durations == [.milliseconds(250), .milliseconds(500), .seconds(1)])
    }

    @Test("A server that goes on failing is given up, with what it said last")
    func serverErrors() async throws {
        let waits = RecordedWaits()
        try await ScriptedServer.with(Array(repeating: .answer(500, #"{"message": "Server Error"}"#), count: 9)) {
            server in
            let error = await #expect(throws: GitHubError.self) { try await server.lookUp(waits: waits) }
            #expect(error?.code == .unavailable)
            #expect(
                error?.message == """
                    cannot look up workflow run 7 of ROCm/TheRock: GitHub could not answer \
                    \(server.url)/repos/ROCm/TheRock/actions/runs/7 (500: Server Error), after 5 attempts
                    """)
            #expect(server.requests.count == 5)
            #expect(waits.durations.count == 4)
        }
    }

    @Test("A wait that the server asks for is kept")
    func retryAfter() async throws {
        let waits = RecordedWaits()
        let busy = ScriptedServer.Answer.answer(503, ["Retry-After": "12"], "")
        _ = try await ScriptedServer.with([busy, Self.run]) { try await $0.lookUp(waits: waits) }
        #expect(waits.durations == [.milliseconds(12_250)])
    }

    @Test("No server at all is explained")
    func connectionRefused() async throws {
        try await ClosedPort.with { url in
            let waits = RecordedWaits()
            let configuration = try GitHubConfiguration(environment: ["GITHUB_API_URL": url])
            let error = await #expect(throws: GitHubError.self) {
                try await GitHubClient.with(configuration, pacing: waits.pacing) {
                    try await $0.workflowRun("7", in: .theRock)
                }
            }
            #expect(error?.code == .unreachable)
            #expect(
                error?.message == """
                    cannot look up workflow run 7 of ROCm/TheRock: GitHub cannot be reached at \
                    \(url)/repos/ROCm/TheRock/actions/runs/7: Connection refused, after 5 attempts
                    """)
            #expect(
                error?.hint
                    == "check the network, the proxy and GITHUB_API_URL; without --lookup-workflow-run no network is used"
            )
            #expect(waits.durations.count == 4)
        }
    }

    @Test("A server that does not answer is given up in time")
    func silence() async throws {
        var pacing = RecordedWaits().pacing
        pacing.maximumAttempts = 1
        try await ScriptedServer.with([.silence]) { server in
            var configuration = try server.configuration()
            configuration.attemptTimeout = .milliseconds(50)
            let error = await #expect(throws: GitHubError.self) {
                try await GitHubClient.with(configuration, pacing: pacing) { try await $0.get("x") }
            }
            #expect(error?.message == "GitHub did not answer \(server.url)/x in time")
        }
    }

    @Test("A task that is cancelled while it waits asks no more")
    func cancellation() async throws {
        var pacing = GitHubRetryPolicy()
        pacing.sleep = { _ in throw CancellationError() }
        try await ScriptedServer.with([.hangUp, Self.run]) { server in
            let configuration = try server.configuration()
            await #expect(throws: CancellationError.self) {
                try await GitHubClient.with(configuration, pacing: pacing) { try await $0.get("x") }
            }
            #expect(server.requests.count == 1)
        }
    }

    // MARK: - Rate limits

    static func limited(reset: Int, status: Int = 403) -> ScriptedServer.Answer {
        let headers: HTTPHeaders = [
            "x-ratelimit-limit": "60", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "\(1_762_876_800 + reset)",
        ]
        return .answer(status, headers, #"{"message": "API rate limit exceeded for 192.0.2.1."}"#)
    }

    @Test("A rate limit that is renewed soon is waited for", arguments: [403, 429])
    func shortLimit(status: Int) async throws {
        let waits = RecordedWaits()
        let script = [Self.limited(reset: 30, status: status), Self.run]
        _ = try await ScriptedServer.with(script) { try await $0.lookUp(waits: waits) }
        #expect(waits.durations == [.milliseconds(30_250)])
    }

    @Test("A rate limit that holds for long is explained at once")
    func longLimit() async throws {
        try await ScriptedServer.with([Self.limited(reset: 2295), Self.limited(reset: 2295)]) { server in
            let waits = RecordedWaits()
            let error = await #expect(throws: GitHubError.self) { try await server.lookUp(waits: waits) }
            #expect(error?.code == .rateLimited)
            #expect(
                error?.description == """
                    cannot look up workflow run 7 of ROCm/TheRock: GitHub's rate limit of 60 requests is used up until \
                    2025-11-11T16:38:15Z (in 39 minutes); set GITHUB_TOKEN or GH_TOKEN: with a token the limit is far \
                    higher
                    """)
            #expect(waits.durations.isEmpty)
            let known = await #expect(throws: GitHubError.self) { try await server.lookUp(["GITHUB_TOKEN": "t"]) }
            #expect(known?.hint == "try again after that time")
        }
    }

    @Test("A secondary rate limit is waited for as long as GitHub asks, a minute unless it says", arguments: [7, nil])
    func secondaryLimit(seconds: Int?) async throws {
        let waits = RecordedWaits()
        let headers: HTTPHeaders = seconds.map { ["retry-after": "\($0)", "x-ratelimit-remaining": "4000"] } ?? [:]
        let message = #"{"message": "You have exceeded a secondary rate limit."}"#
        let script = [ScriptedServer.Answer.answer(403, headers, message), Self.run]
        _ = try await ScriptedServer.with(script) { try await $0.lookUp(waits: waits) }
        #expect(waits.durations == [.seconds(seconds ?? 60) + .milliseconds(250)])
    }

    @Test("Waiting has an end: GitHub's wishes add up to minutes at most")
    func patience() async throws {
        let waits = RecordedWaits()
        let script = Array(repeating: ScriptedServer.Answer.answer(429, ""), count: 5)
        try await ScriptedServer.with(script) { server in
            let error = await #expect(throws: GitHubError.self) { try await server.lookUp(waits: waits) }
            #expect(
                error?.message == """
                    cannot look up workflow run 7 of ROCm/TheRock: GitHub asks for fewer requests (secondary rate \
                    limit) until 2025-11-11T16:01:00Z, after 3 attempts
                    """)
            #expect(waits.durations.reduce(.zero, +) < .seconds(180))
        }
    }

    // MARK: - Refusals

    @Test(
        "Refusals are explained, and not repeated",
        arguments: [
            (
                401, "GITHUB_TOKEN", .unauthorized,
                "renew the token in GITHUB_TOKEN, or unset it: public repositories can be read without"
            ),
            (
                403, "GH_TOKEN", .forbidden,
                "the token in GH_TOKEN needs the permission 'actions: read' for that repository"
            ),
            (403, "NONE", .forbidden, "set GITHUB_TOKEN or GH_TOKEN to a token that may read it"),
            (410, "NONE", .unreadableAnswer, "does GITHUB_API_URL name GitHub's API?"),
            (422, "NONE", .unprocessable, nil),
        ] as [(Int, String, GitHubError.Code, String?)])
    func refusals(status: Int, variable: String, code: GitHubError.Code, hint: String?) async throws {
        try await ScriptedServer.with([.answer(status, #"{"message": "No\n::error::no"}"#)]) { server in
            let error = await #expect(throws: GitHubError.self) { try await server.lookUp([variable: "gh-secret"]) }
            #expect(error?.code == code)
            #expect(error?.hint == hint)
            #expect(error?.message.contains("\(status): No\\u{A}::error::no") == true)
            #expect(error?.description.contains("gh-secret") == false)
            #expect(server.requests.count == 1)
        }
    }

    // MARK: - The token

    @Test(
        "The token is sent, GITHUB_TOKEN before GH_TOKEN",
        arguments: [
            (["GITHUB_TOKEN": "one", "GH_TOKEN": "two"], "Bearer one"), (["GH_TOKEN": "two"], "Bearer two"),
            (["GITHUB_TOKEN": "", "GH_TOKEN": "two\n"], "Bearer two"),
        ])
    func token(environment: [String: String], header: String) async throws {
        try await ScriptedServer.with([Self.run]) { server in
            _ = try await server.lookUp(environment)
            #expect(server.requests.first?.headers["authorization"] == [header])
        }
    }

    @Test("A redirection on the same host keeps the token, one to another host does not get it")
    func redirections() async throws {
        try await ScriptedServer.with([Self.run]) { other in
            let away = ScriptedServer.Answer.answer(302, ["location": "\(other.url)/elsewhere"], "")
            let moved = ScriptedServer.Answer.answer(301, ["location": "/repositories/9/actions/runs/7"], "")
            try await ScriptedServer.with([moved, away]) { server in
                _ = try await server.lookUp(["GITHUB_TOKEN": "secret"])
                #expect(server.requests.map { $0.headers["authorization"] } == [["Bearer secret"], ["Bearer secret"]])
                #expect(other.requests.map(\.path) == ["/elsewhere"])
                #expect(other.requests.map { $0.headers["authorization"] } == [[]])
            }
        }
    }

    @Test(
        "A token that cannot be one is refused without printing it", arguments: ["a secret", "sec\nret", " ", "sécret"])
    func illegalToken(text: String) {
        let error = #expect(throws: GitHubError.self) { try GitHubConfiguration(environment: ["GH_TOKEN": text]) }
        #expect(error?.code == .misconfigured)
        #expect(error?.description.hasPrefix("GH_TOKEN holds no token") == true)
        #expect(error?.description.contains("ret") == false)
    }

    @Test("A configuration does not show its token, however it is printed")
    func hiddenToken() throws {
        let configuration = try GitHubConfiguration(environment: ["GITHUB_TOKEN": "gh-secret"])
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!"\(configuration) \(String(reflecting: configuration)) \(dumped)".contains("gh-secret"))
    }

    @Test(
        "The API's URL must be one, and a token goes through TLS only",
        arguments: [
            ("api.github.com", false), ("ftp://e.org", false), ("https://", false), ("https://e.org?x", false),
            ("http://e.org", true),
        ])
    func illegalURL(url: String, isLegalWithoutToken: Bool) {
        #expect(throws: GitHubError.self) {
            try GitHubConfiguration(environment: ["GITHUB_API_URL": url, "GITHUB_TOKEN": "t"])
        }
        #expect(((try? GitHubConfiguration(environment: ["GITHUB_API_URL": url])) != nil) == isLegalWithoutToken)
    }

    // MARK: - Lists

    /// What a `Link` header says, `API` standing for the API's URL, and where the next page is.
    static let links: [(header: String, next: NextPage)] = [
        ("<API/runs?page=1>; rel=\"prev\", <API/runs?page=3>; rel=\"next\"", .path("runs?page=3")),
        ("<API/runs?page=3>;rel=next", .path("runs?page=3")), ("<API/runs?a=1,2>; rel=\"next\"", .path("runs?a=1,2")),
        ("<API/a>; title=\"x, <b>; rel=next\"; rel=\"next last\"", .path("a")),
        ("<API/a>; REL=\"Next\"", .path("a")), ("</a/b?page=2>; rel=\"next\"", .path("a/b?page=2")),
        ("<API/runs?page=1>; rel=\"prev\"", .none), ("<API/runs?page=1>; rel=\"prev\"; rel=\"next\"", .none),
        ("", .none), ("nonsense", .none), ("<https://e.example/a>; rel=\"prev\"", .none),
        ("<https://e.example/a>; rel=\"next\"", .elsewhere("https://e.example/a")),
        ("<//e.example/a>; rel=\"next\"", .elsewhere("//e.example/a")),
        ("<API/../../a>; rel=\"next\"; x", .elsewhere("API/../../a")),
        ("<ftp://e.example>; rel=\"next\"", .elsewhere("ftp://e.example")),
        ("API/runs?page=3; rel=\"next\"", .elsewhere("API/runs?page=3; rel=\"next\"")),
        ("<API/runs?page=3>; rel=\"next", .elsewhere("<API/runs?page=3>; rel=\"next")),
    ]

    @Test("A page of a list names the next one, which must be below the API's URL", arguments: links.indices)
    func pages(_ index: Int) {
        let (header, next) = Self.links[index]
        for url in ["https://api.example", "http://127.0.0.1:8080"] {
            let found = NextPage([header.replacing("API", with: url)], below: url)
            guard case .elsewhere(let place) = next else {
                #expect(found == next, "\(header)")
                continue
            }
            #expect(found == .elsewhere(place.replacing("API", with: url)), "\(header)")
        }
    }

    @Test(
        "The next page must have the API's scheme, host, port and path",
        arguments: [
            "http://git.example/api/v3/a", "https://git.example:444/api/v3/a", "https://git.example/api/v30/a",
            "https://git.example/a", "https://git.example.evil/api/v3/a", "https://git.example@evil/api/v3/a",
            "https://user:word@git.example/api/v3/a",
        ])
    func pageElsewhere(url: String) {
        let base = "https://git.example/api/v3"
        #expect(NextPage(["<\(url)>; rel=\"next\""], below: base) == .elsewhere(url))
        let good = ["<HTTPS://Git.Example:443/api/v3/a>; rel=\"next\""]
        #expect(NextPage(good, below: base) == .path("a"))
    }
}
