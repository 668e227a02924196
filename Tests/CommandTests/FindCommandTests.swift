import Foundation
import NIOHTTP1
import Synchronization
import Testing
import UploadTestSupport

@Suite("find", .needsVectors("github/workflow_run-completed.json"))
struct FindCommandTests {
    static let commit = String(repeating: "a", count: 40)
    static let old = "2025-11-11T16:18:48Z"

    /// Runs `find`, and notes what was asked of the server.
    private func find(
        _ arguments: [String], in services: RecordedServices, environment: [String: String] = [:]
    ) async throws -> (outcome: ChildProcess.Outcome, requests: [String]) {
        try await ScriptedServer.with(services.answer) { server in
            let outcome = try await Tool.run(
                ["find"] + arguments,
                environment: RecordedServices.environment(server).merging(environment) { $1 })
            return (outcome, server.requests.map(\.path))
        }
    }

    private static func keys(_ run: Int, _ families: [String], prefix: String = "") -> [String] {
        families.flatMap { family in
            ["", ".sha256sum"].map { "\(prefix)\(run)-linux/rocblas_lib_\(family).tar.zst\($0)" }
        } + ["\(prefix)\(run)-linux/logs/x/ccache_logs_gfx94X-dcgpu.tar.zst", "\(prefix)\(run)-linux/index.html"]
    }

    /// Three runs for one commit, of which the newest has generic artifacts only.
    private static let services = RecordedServices(
        runs: [
            RecordedRun(id: 100, createdAt: "2026-01-01T00:00:00Z"),
            RecordedRun(id: 300, createdAt: "2026-01-03T00:00:00Z", status: "in_progress", conclusion: nil),
            RecordedRun(id: 200, createdAt: "2026-01-02T00:00:00Z", conclusion: "failure"),
        ],
        buckets: [
            "therock-ci-artifacts": keys(300, ["generic"]) + keys(200, ["generic", "gfx94X-dcgpu", "gfx942:xnack+"])
                + keys(100, ["gfx94X-dcgpu", "gfx110X-all"])
        ])

    /// Flags, one blank between two, and the run that they find.
    static let requirementCases: [(flags: String, run: String?)] = [
        ("", "300"), ("--artifact-group generic", "300"), ("--artifact-group gfx94X-dcgpu", "200"),
        ("--artifact-group gfx94X-all", "200"), ("--artifact-group dcgpu-all", "200"),
        ("--artifact-group gfx110X-dgpu", nil), ("--amdgpu-target gfx942", "200"),
        ("--artifact-group gfx942", "200"), ("--artifact-group gfx942:xnack+", "200"),
        // Run 200 has one of both, and is newer: deviation 39.
        ("--artifact-group gfx94X-dcgpu --artifact-group gfx110X-all", "100"),
        ("--require ^rocblas_lib_gfx1", "100"), ("--require gfx94 --require generic", "200"),
        ("--require-successful", "100"), ("--artifact-group gfx94", nil), ("--artifact-group gfx94X-dcgpu:x", nil),
        ("--require sha256sum", nil), ("--require ccache", nil), ("--platform windows", nil),
        ("--require-successful --artifact-group generic", nil),
    ]

    @Test("The newest run that holds all that is asked for is found", .directoryInMemory, arguments: requirementCases)
    func requirements(flags: String, run: String?) async throws {
        let (outcome, _) = try await find(["--commit", Self.commit, "--format", "id"] + flags.words, in: Self.services)
        #expect(outcome.output == (run.map { $0 + "\n" } ?? ""))
        #expect(outcome.exitCode == (run == nil ? 1 : 0), "\(outcome.errors)")
    }

    static let outputs: [(name: String, flags: String, code: Int32)] = [
        ("found", "--artifact-group gfx110X-all --require-successful", 0),
        ("none", "--artifact-group gfx1151 --require hip.*lib", 1), ("undecided", "--bucket no-such-bucket", 2),
    ]

    @Test("The result, and why each other run is not it", .directoryInMemory, arguments: outputs)
    func output(name: String, flags: String, code: Int32) async throws {
        let goldens = Fixture.directory(of: #filePath).appending(path: "find")
        for format in ["text", "json"] {
            let command = ["--commit", Self.commit, "--format", format] + flags.words
            let (outcome, _) = try await find(command, in: Self.services)
            #expect(outcome.exitCode == code, "\(outcome.errors)")
            let golden = goldens.appending(path: "\(name).\(format == "json" ? "json" : "txt")")
            try Fixture.expect(format == "json" ? outcome.output : outcome.output + outcome.errors, inFile: golden)
        }
    }

    static let placeCases: [(run: RecordedRun, bucket: String, prefix: String)] = [
        (RecordedRun(id: 7), "therock-ci-artifacts", "7-linux/"),
        (
            RecordedRun(id: 7, head: .repository("someone/TheRock")), "therock-ci-artifacts-external",
            "ROCm-TheRock/7-linux/"
        ),
        (RecordedRun(id: 7, head: .deleted), "therock-ci-artifacts-external", "ROCm-TheRock/7-linux/"),
        (RecordedRun(id: 7, updatedAt: old), "therock-ci-artifacts", "7-linux/"),
    ]

    /// The policy of state A, which has rules for old runs.
    private static let datedPolicy = [
        "--buckets", Tool.repository.appending(path: "Tests/RunOutputsTests/Fixtures/buckets-state-a.yaml").path,
    ]

    @Test(
        "A policy with dates sends a run to the bucket of its own date", .directoryInMemory,
        arguments: [
            (RecordedRun(id: 7, updatedAt: old), "therock-artifacts", "7-linux/"),
            (RecordedRun(id: 7, head: .deleted, updatedAt: old), "therock-artifacts-external", "ROCm-TheRock/7-linux/"),
        ])
    func dates(run: RecordedRun, bucket: String, prefix: String) async throws {
        var services = RecordedServices(runs: [run])
        services.buckets[bucket] = ["\(prefix)rocblas_lib_generic.tar.xz"]
        let (outcome, _) = try await find(
            ["--commit", Self.commit, "--format", "json"] + Self.datedPolicy, in: services)
        #expect(
            outcome.output.contains("\"bucket\": \"\(bucket)\", \"prefix\": \"\(prefix.dropLast())\""),
            "\(outcome.errors)")
    }

    @Test(
        "A run is looked for in the bucket of its fork", .directoryInMemory,
        arguments: placeCases.indices)
    func places(index: Int) async throws {
        let (run, bucket, prefix) = Self.placeCases[index]
        var services = RecordedServices(runs: [run])
        services.buckets[bucket] = ["\(prefix)rocblas_lib_generic.tar.xz"]
        // The environment describes the job that asks, and not the run that is asked for.
        let environment = ["IS_PR_FROM_FORK": "true", "GITHUB_RUN_ID": "5", "GITHUB_EVENT_PATH": "/nonexistent"]
        let (outcome, requests) = try await find(
            ["--commit", Self.commit, "--format", "json"], in: services, environment: environment)
        #expect(outcome.exitCode == 0, "\(outcome.errors)\(outcome.output)")
        #expect(outcome.output.contains("\"bucket\": \"\(bucket)\", \"prefix\": \"\(prefix.dropLast())\""))
        #expect(requests.filter { !$0.hasPrefix("/repos/") }.allSatisfy { $0.hasPrefix("/\(bucket)?") })
        #expect(requests.last?.contains(prefix.replacing("/", with: "%2F")) == true)
        let (locating, _) = try await locateRun(services)
        #expect(locating.output == "s3://\(bucket)/\(prefix.dropLast())\n", "\(locating.errors)")
    }

    /// Asks `locate` about run 7.
    private func locateRun(_ services: RecordedServices) async throws -> (ChildProcess.Outcome, [String]) {
        try await ScriptedServer.with(services.answer) { server in
            let outcome = try await Tool.run(
                ["locate", "root", "--run-id", "7", "--lookup-workflow-run"],
                environment: RecordedServices.environment(server))
            return (outcome, server.requests.map(\.path))
        }
    }

    @Test("Runs are looked at on all pages", .directoryInMemory)
    func pages() async throws {
        let runs = (1...257).map { number in
            RecordedRun(id: 1000 + number, createdAt: "2026-01-01T0\(number / 60):\(10 + number % 50):00Z")
        }
        let oldest = try #require(runs.min { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) })
        let services = RecordedServices(
            runs: runs, buckets: ["therock-ci-artifacts": Self.keys(oldest.id, ["generic"])])
        let (outcome, requests) = try await find(["--commit", Self.commit, "--format", "id"], in: services)
        #expect(outcome.output == "\(oldest.id)\n", "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 256)
        #expect(requests.filter { $0.hasPrefix("/repos/") }.count == 3)
    }

    @Test("A run of another commit is not taken, whatever GitHub lists", .directoryInMemory)
    func otherCommits() async throws {
        var services = Self.services
        services.ignoresCommit = true
        services.runs += [RecordedRun(id: 900, commit: String(repeating: "f", count: 40))]
        services.buckets["therock-ci-artifacts"]?.append("900-linux/rocblas_lib_generic.tar.zst")
        let (outcome, _) = try await find(["--commit", Self.commit, "--format", "id"], in: services)
        #expect(outcome.exitCode == 0 && outcome.output == "300\n", "\(outcome.errors)")
        services.runs.removeAll { $0.commit == Self.commit }
        let (none, _) = try await find(["--commit", Self.commit, "--format", "id"], in: services)
        #expect(none.exitCode == 1 && none.output.isEmpty, "\(none.errors)")
    }

    @Test("A page that cannot be asked for is never taken for the last one", .directoryInMemory)
    func pageElsewhere() async throws {
        var services = Self.services
        services.fault = { request in
            guard request.path.contains("/commits?") else { return nil }
            let next = "<https://api.internal.example/repos/ROCm/TheRock/commits?page=2>; rel=\"next\""
            return .answer(200, ["link": next], #"[{"sha": "\#(String(repeating: "b", count: 40))"}]"#)
        }
        let (outcome, _) = try await find(["--branch", "main", "--format", "id"], in: services)
        #expect(outcome.exitCode == 2 && outcome.output.isEmpty)
        #expect(outcome.errors.contains("api.internal.example"), "\(outcome.errors)")
    }

    @Test("The newest commits of a branch are looked at until one has what is asked for", .directoryInMemory)
    func branch() async throws {
        let commits = ["c", "b", "a", "0"].map { String(repeating: $0, count: 40) }
        var services = RecordedServices(
            runs: [
                RecordedRun(id: 9, commit: commits[1]), RecordedRun(id: 8, commit: commits[2]),
                RecordedRun(id: 7, commit: commits[3]),
            ], commits: commits)
        services.buckets["therock-ci-artifacts"] = Self.keys(8, ["generic"]) + Self.keys(7, ["generic"])
        let (outcome, requests) = try await find(["--branch", "main", "--format", "id"], in: services)
        #expect(outcome.output == "8\n")
        #expect(
            outcome.errors == """
                commit cccccccccccc: no run of multi_arch_ci.yml
                run 9 of 2026-01-01T00:00:00Z, commit bbbbbbbbbbbb: no artifacts, in s3://therock-ci-artifacts/9-linux

                """)
        #expect(!requests.contains { $0.contains(commits[3]) })
        let (none, _) = try await find(["--branch", "main", "--max-commits", "2"], in: services)
        #expect(none.exitCode == 1 && none.output.isEmpty)
        let (unknown, _) = try await find(["--branch", "mian"], in: services)
        #expect(unknown.exitCode == 2 && unknown.errors.contains("has no branch 'mian'"), "\(unknown.errors)")
    }

    @Test("One run is looked at by its id", .directoryInMemory)
    func oneRun() async throws {
        let (outcome, _) = try await find(["--run-id", "200", "--format", "id"], in: Self.services)
        #expect(outcome.output == "200\n")
        let (lacking, _) = try await find(["--run-id", "200", "--artifact-group", "gfx1151"], in: Self.services)
        #expect(lacking.exitCode == 1)
        let (unknown, _) = try await find(["--run-id", "201"], in: Self.services)
        #expect(unknown.exitCode == 2 && unknown.errors.contains("has no workflow run 201"), "\(unknown.errors)")
    }

    // MARK: - What it cannot tell

    /// Failures of GitHub that stay, and what the tool says of them.
    static let failures: [(answer: ScriptedServer.Answer, words: String)] = [
        (
            .answer(
                403, ["x-ratelimit-remaining": "0", "x-ratelimit-reset": "4000000000"],
                #"{"message": "API rate limit exceeded"}"#), "rate limit is used up until 2096"
        ),
        (.answer(429, ["retry-after": "3600"], "{}"), "secondary rate limit"),
        (.answer(503, ["retry-after": "3600"], "{}"), "GitHub could not answer"),
        (.answer(401, #"{"message": "Bad credentials"}"#), "GitHub does not accept"),
        (.answer(404, #"{"message": "Not Found"}"#), "or you may not see it"),
        (.answer(200, "<html>"), "it is not JSON"),
    ]

    @Test("A failure of GitHub is never taken for absence", .directoryInMemory, arguments: failures.indices)
    func githubFails(index: Int) async throws {
        let failure = Self.failures[index]
        var services = Self.services
        services.fault = { $0.path.hasPrefix("/repos/") ? failure.answer : nil }
        let (outcome, _) = try await find(["--commit", Self.commit, "--format", "json"], in: services)
        #expect(outcome.exitCode == 2 && outcome.errors.contains(failure.words), "\(outcome.errors)")
        #expect(outcome.output.contains(#""outcome": "undecided""#))
        let (locating, _) = try await locateRun(services)
        #expect(locating.exitCode == 2 && locating.errors.contains(failure.words), "\(locating.errors)")
        #expect(locating.output.isEmpty)
    }

    @Test(
        "Without a network the reason is told", .directoryInMemory,
        arguments: ["find --commit \(commit)", "locate root --run-id 7 --lookup-workflow-run"])
    func noNetwork(command: String) async throws {
        let outcome = try await ClosedPort.with { url in
            try await Tool.run(command.words, environment: ["GITHUB_API_URL": url])
        }
        #expect(outcome.exitCode == 2)
        #expect(outcome.errors.contains("GitHub cannot be reached"), "\(outcome.errors)")
        #expect(outcome.errors.contains("Connection refused, after 5 attempts"), "\(outcome.errors)")
    }

    @Test("A store that does not tell ends the search: an older run is not the newest", .directoryInMemory)
    func storeFails() async throws {
        var services = Self.services
        services.fault = { request in
            guard request.path.contains("300-linux") else { return nil }
            return .answer(403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
        }
        let (outcome, _) = try await find(["--commit", Self.commit], in: services)
        #expect(outcome.exitCode == 2 && outcome.output.isEmpty)
        #expect(
            outcome.errors.contains("cannot tell what run 300 holds in s3://therock-ci-artifacts/300-linux"),
            "\(outcome.errors)")
    }

    @Test(
        "A failure that passes does not matter", .directoryInMemory,
        arguments: [
            ScriptedServer.Answer.answer(502, ""), .hangUp,
            .answer(403, ["retry-after": "0"], #"{"message": "You have exceeded a secondary rate limit"}"#),
        ])
    func passingFailures(answer: ScriptedServer.Answer) async throws {
        let seen = FirstOnly()
        var services = Self.services
        services.fault = { request in
            request.path.hasPrefix("/repos/") && seen.isFirst(request.path) ? answer : nil
        }
        let (outcome, _) = try await find(["--commit", Self.commit, "--format", "id"], in: services)
        #expect(outcome.output == "300\n", "\(outcome.errors)")
    }

    // MARK: - The command line

    /// Flags, one blank between two, and their exit code.
    static let wrongFlags: [(flags: String, code: Int32)] = [
        ("", 64), ("--commit a --branch b", 64), ("--commit a --run-id 1", 64), ("--commit ", 64),
        ("--branch b --max-commits 0", 64), ("--commit a --require [", 64), ("--branch b --artifact-group ", 64),
        ("--branch b --github-repository TheRock", 2), ("--branch b --release-type bogus", 2),
        ("--branch b --buckets absent.yaml", 2), ("--branch b --bucket Not_A_Bucket", 2),
    ]

    @Test("Wrong command lines are refused before anything is asked", .directoryInMemory, arguments: wrongFlags)
    func commandLine(flags: String, code: Int32) async throws {
        let (outcome, requests) = try await find(flags.words, in: Self.services)
        #expect(outcome.exitCode == code, "\(outcome.errors)")
        #expect(!outcome.errors.isEmpty && requests.isEmpty)
    }

    @Test("The documentation shows real output", .directoryInMemory)
    func documented() async throws {
        let page = try repositoryFile("docs/github-actions.md")
        let example = try #require(page.between("```console\n$ therock-upload find ", "```"))
        let lines = example.split(separator: "\n", maxSplits: 1)
        let services = RecordedServices(
            runs: [RecordedRun(id: 26_595_281_971)], commits: [Self.commit],
            buckets: ["therock-ci-artifacts": Self.keys(26_595_281_971, ["gfx94X-dcgpu"])])
        let (outcome, _) = try await find(String(lines[0]).words, in: services)
        #expect(outcome.output == lines[1] && outcome.errors.isEmpty, "\(outcome.errors)")
        let json = try await find(["--commit", Self.commit, "--format", "json"], in: services).outcome.outputBytes
        let report = try #require(JSONSerialization.jsonObject(with: json) as? [String: Any])
        let run = try #require(report["run"] as? [String: Any])
        for member in Set(report.keys).union(run.keys) { #expect(page.contains("`\(member)`"), "\(member)") }
    }

    @Test("What apply wrote to a directory is found there", .directoryInMemory)
    func directory() async throws {
        try SampleTree(at: TemporaryDirectory.url()).make([
            "build/artifacts/rocblas_lib_gfx94X-dcgpu.tar.xz": .text("archive"),
            "plan.yaml": .text(
                "version: 1\nname: a\nuploads:\n  all: {from: build/artifacts, include: [\"*.tar.xz\"], to: root}\n"),
        ])
        let applied = try await Tool.run(["apply", "plan.yaml", "--run-id", "100", "--output-dir", "out"])
        #expect(applied.exitCode == 0, "\(applied.errors)")
        for options in [["--local-staging-dir", "out"], []] {
            let (outcome, _) = try await find(
                ["--commit", Self.commit, "--artifact-group", "gfx94X-dcgpu"] + options, in: Self.services,
                environment: options.isEmpty ? ["THEROCK_LOCAL_STAGING_DIR": "out", "AWS_ENDPOINT_URL_S3": ""] : [:])
            #expect(outcome.output.hasPrefix("run 100: 1 artifact\n  outputs  out/100-linux\n"), "\(outcome.errors)")
        }
    }
}

extension String {
    /// The words between single blanks; an empty text has none.
    fileprivate var words: [String] {
        isEmpty ? [] : split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    }
}

/// Tells a path that comes for the first time from one that came before.
private final class FirstOnly: Sendable {
    private let seen = Mutex<Set<String>>([])

    func isFirst(_ path: String) -> Bool { seen.withLock { $0.insert(path).inserted } }
}
