import RunOutputs
import Testing

@Suite("Run context")
struct RunContextTests {
    private func context(
        _ flags: RunContext.Flags = .init(runID: "7"), _ environment: [String: String] = [:],
        event: ForkEvidence? = nil
    ) throws -> RunContext {
        try RunContext(flags: flags, environment: environment, machine: .linux, event: event)
    }

    @Test("Flags win over the environment, the environment over defaults")
    func precedence() throws {
        let environment = ["GITHUB_RUN_ID": "8", "GITHUB_REPOSITORY": "someone/TheRock", "RELEASE_TYPE": "nightly"]
        let flags = RunContext.Flags(runID: "7", platform: .windows, repository: "a/b", releaseType: "dev")

        let fromFlags = try context(flags, environment)
        #expect(fromFlags.runID == .init("7", from: .flag("--run-id")))
        #expect(fromFlags.platform == .init(.windows, from: .flag("--platform")))
        #expect(fromFlags.repository == .init(try RepositoryName("a/b"), from: .flag("--github-repository")))
        #expect(fromFlags.releaseType == .init("dev", from: .flag("--release-type")))

        let fromEnvironment = try context(.init(), environment)
        #expect(fromEnvironment.runID == .init("8", from: .environment("GITHUB_RUN_ID")))
        #expect(fromEnvironment.platform == .init(.linux, from: .machine))
        #expect(
            fromEnvironment.repository
                == .init(try RepositoryName("someone/TheRock"), from: .environment("GITHUB_REPOSITORY")))
        #expect(fromEnvironment.releaseType == .init("nightly", from: .environment("RELEASE_TYPE")))

        let fromDefaults = try context(.init(runID: "7"), ["GITHUB_REPOSITORY": ""])
        #expect(fromDefaults.repository == .init(.theRock, from: .default))
        #expect(fromDefaults.releaseType == .init("ci", from: .default))
    }

    @Test("An empty release type is kept, so that a bucket policy can refuse it")
    func emptyReleaseType() throws {
        let flags = RunContext.Flags(runID: "7", releaseType: "")
        #expect(try context(flags, ["RELEASE_TYPE": "dev"]).releaseType == .init("", from: .flag("--release-type")))
        let fromVariable = try context(.init(runID: "7"), ["RELEASE_TYPE": ""]).releaseType
        #expect(fromVariable == .init("", from: .environment("RELEASE_TYPE")))
    }

    @Test("Without a run id the error names both ways to give one", arguments: [[:], ["GITHUB_RUN_ID": ""]])
    func missingRunID(environment: [String: String]) {
        let error = #expect(throws: RunContextError.missingRunID(flag: "--run-id")) {
            try context(.init(), environment)
        }
        #expect(error?.description.contains("--run-id") == true)
        #expect(error?.description.contains("GITHUB_RUN_ID") == true)
    }

    @Test(
        "A run id is one segment of a key",
        arguments: [
            ("", "the run id from --run-id is empty"),
            ("1/2", "the run id '1/2' from --run-id contains '/'"),
            ("1\n2", "the run id '1\\u{A}2' from --run-id contains the control character U+000A"),
        ])
    func invalidRunID(runID: String, message: String) {
        let error = #expect(throws: RunContextError.self) { try context(.init(runID: runID)) }
        #expect(error?.description == message)
    }

    @Test("A repository is owner/name", arguments: ["", "TheRock", "a/b/c", "/b", "a/", "a b/c", "a/..", "\u{e9}/b"])
    func invalidRepository(text: String) {
        let error = #expect(throws: RunContextError.self) { try context(.init(runID: "7", repository: text)) }
        #expect(
            error?.description
                == "--github-repository: '\(text)' is not a repository's name; expected owner/name, like ROCm/TheRock")
    }

    @Test(
        "Evidence of a fork",
        arguments: [
            (nil, nil, false, "no sign of one"),
            ("true", nil, true, "IS_PR_FROM_FORK=true"),
            ("True", nil, false, "IS_PR_FROM_FORK=True"),
            ("1", nil, false, "IS_PR_FROM_FORK=1"),
            ("", nil, false, "no sign of one"),
            (nil, .deletedHeadRepository, true, "head repository deleted"),
            (
                "false", .pullRequest(headRepository: "someone/TheRock", isFork: true), true,
                "event payload: head repository is someone/TheRock"
            ),
            (
                "true", .pullRequest(headRepository: "ROCm/TheRock", isFork: false), true, "IS_PR_FROM_FORK=true"
            ),
            (
                "false", .pullRequest(headRepository: nil, isFork: false), false,
                "event payload: head repository is not a fork"
            ),
        ] as [(String?, ForkEvidence?, Bool, String)])
    func fork(variable: String?, event: ForkEvidence?, isFork: Bool, words: String) throws {
        let environment = variable.map { ["IS_PR_FROM_FORK": $0] } ?? [:]
        let fork = try context(.init(runID: "7"), environment, event: event).fork
        #expect(fork.isFork == isFork)
        #expect(fork.description == words)
    }

    @Test(
        "What a lookup says beats the environment",
        arguments: [
            ("ROCm/TheRock", false, "looked-up run: head repository is ROCm/TheRock"),
            ("rocm/therock", true, "looked-up run: head repository is rocm/therock"),
            ("someone/TheRock", true, "looked-up run: head repository is someone/TheRock"),
            (nil, true, "head repository deleted"),
        ] as [(String?, Bool, String)])
    func lookup(head: String?, isFork: Bool, words: String) throws {
        let date = try UTCTimestamp("2025-11-11T16:18:48Z")
        for variable in ["true", "false"] {
            let context = try context(.init(runID: "7"), ["IS_PR_FROM_FORK": variable])
                .lookedUp(WorkflowRun(headRepository: head, updatedAt: date))
            #expect(context.fork.isFork == isFork)
            #expect(context.fork.description == words)
            #expect(context.date == date)
        }
    }
}

@Suite("UTC timestamps")
struct UTCTimestampTests {
    @Test("Legal", arguments: ["2025-11-11T16:18:48Z", "2024-02-29T23:59:59Z", "2000-02-29T00:00:00Z"])
    func legal(text: String) throws {
        #expect(try UTCTimestamp(text).text == text)
    }

    @Test(
        "Illegal",
        arguments: [
            "", "2025-11-11", "2025-11-11 16:18:48Z", "2025-11-11T16:18:48", "2025-11-11T16:18:48z",
            "2025-11-11T16:18:48+00:00", "2025-11-11T16:18:48.000Z", "2025-1-1T1:1:1Z", "2025-13-01T00:00:00Z",
            "2025-00-01T00:00:00Z", "2025-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2025-04-31T00:00:00Z",
            "2025-11-00T00:00:00Z", "2025-11-11T24:00:00Z", "2025-11-11T00:60:00Z", "2025-11-11T00:00:60Z",
            "\u{0662}025-11-11T00:00:00Z",
        ])
    func illegal(text: String) {
        #expect(throws: InvalidTimestamp(text: text)) { try UTCTimestamp(text) }
    }

    @Test("Order")
    func order() throws {
        let ordered = try ["2024-12-31T23:59:59Z", "2025-11-11T16:18:48Z", "2025-11-11T16:18:49Z"].map {
            try UTCTimestamp($0)
        }
        #expect(ordered.reversed().sorted() == ordered)
    }
}
