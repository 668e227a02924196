import Foundation
import Testing
import UploadTestSupport

/// The action's `review`, in a repository of its own and with a `gh` that notes what it is asked.
@Suite("The review of a pull request")
struct ReviewScriptTests {
    /// Answers with one comment of an earlier run, and keeps what is written.
    private static let github = """
        #!/bin/bash
        echo "$*" >> "$GH_LOG"
        case "$*" in
            *--paginate*) [ -z "$GH_FOUND" ] || echo "$GH_FOUND" ;;
            *) for argument in "$@"; do case $argument in body=@*) cp "${argument#body=@}" "$GH_BODY" ;; esac; done ;;
        esac

        """

    private func put(_ files: [String: String]) throws {
        try SampleTree(at: TemporaryDirectory.url()).make(files.mapValues { .text($0) })
    }

    @discardableResult
    private func git(_ arguments: String...) async throws -> String {
        let identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
        let child = ChildProcess(
            URL(filePath: "/usr/bin/git"), identity + arguments, environment: Tool.environment,
            in: try TemporaryDirectory.url().appending(path: "repository"), input: Data())
        let outcome = try await child.run()
        try #require(outcome.exitCode == 0, "\(outcome.errors)")
        return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Commits files as the base, and others on top; `nil` removes one.
    private func makeRepository(base: [String: String], head: [String: String?]) async throws -> String {
        try put(["bin/gh": Self.github, "repository/.keep": ""])
        let directory = try TemporaryDirectory.url()
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: directory.appending(path: "bin/gh").path)
        try put(Dictionary(uniqueKeysWithValues: base.map { ("repository/\($0)", $1) }))
        try await git("init", "-q")
        try await git("add", "-A")
        try await git("commit", "-qm", "base")
        let commit = try await git("rev-parse", "HEAD")
        for (path, text) in head {
            if let text {
                try put(["repository/\(path)": text])
            } else {
                try FileManager.default.removeItem(at: directory.appending(path: "repository/\(path)"))
            }
        }
        try await git("add", "-A")
        try await git("commit", "-qm", "head")
        return commit
    }

    private func review(
        _ base: String, _ arguments: [String] = [], locks: String = "", comment: String = ""
    ) async throws -> (outcome: ChildProcess.Outcome, body: String, calls: String) {
        let directory = try TemporaryDirectory.url()
        let path = { (name: String) in directory.appending(path: name).path }
        let environment = [
            "PATH": "\(path("bin")):/usr/bin:/bin", "BINARY": ChildProcess.tool.path, "BASE": base, "LOCK_DIR": locks,
            "NUMBER": "7", "GH_TOKEN": "x", "GITHUB_REPOSITORY": "o/r", "GH_LOG": path("calls"),
            "GH_BODY": path("body"),
            "GH_FOUND": comment, "GITHUB_WORKSPACE": path("repository"),
        ]
        let script = Tool.repository.appending(path: "scripts/review-plans")
        let child = ChildProcess(
            script, arguments, environment: Tool.environment.merging(environment) { $1 },
            in: directory.appending(path: "repository"), input: Data())
        let outcome = try await child.run()
        let read = { (name: String) in (try? String(contentsOfFile: path(name), encoding: .utf8)) ?? "" }
        return (outcome, read("body"), read("calls"))
    }

    @Test("Changed, new, deleted and renamed plans are told in one comment", .directoryInMemory)
    func comment() async throws {
        let base = try await makeRepository(
            base: [
                "p/a.yaml": PlanWithBarrier.text, "p/gone.yaml": PlanWithBarrier.text.replacing("demo", with: "gone"),
                "p/old-name.yaml": PlanWithBarrier.text.replacing("demo", with: "renamed")
                    + String(repeating: "# x\n", count: 40),
                "ci.yaml": "on: push\n",
            ],
            head: [
                "p/a.yaml": PlanWithBarrier.text.replacing(", after: [logs]", with: ""), "p/gone.yaml": nil,
                "p/new.yaml":
                    "version: 1\nname: new\nuploads: {x: {from: y, to: root}}\ntests: [{name: t, given: [y/z], expect: [z]}]\n",
                "p/old-name.yaml": nil,
                "p/new-name.yaml": PlanWithBarrier.text.replacing("demo", with: "renamed")
                    + String(repeating: "# x\n", count: 40),
                "ci.yaml": "on: pull_request\n",
            ])
        let (outcome, body, calls) = try await review(base)
        #expect(outcome.exitCode == 0, "\(outcome.output)\(outcome.errors)")
        #expect(body.hasPrefix("<!-- therock-upload review -->\n"), "\(body)")
        #expect(body.contains("rule 'last' no longer waits for 'logs'"), "\(body)")
        #expect(body.contains("the plan 'gone' is gone") && body.contains("the plan 'new' is new"), "\(body)")
        #expect(body.contains("`p/new-name.yaml`") && !body.contains("ci.yaml"), "\(body)")
        #expect(calls.contains("--method POST repos/o/r/issues/7/comments"), "\(calls)")
    }

    @Test("The comment of an earlier run is rewritten", .directoryInMemory)
    func update() async throws {
        let base = try await makeRepository(
            base: ["a.yaml": PlanWithBarrier.text],
            head: ["a.yaml": PlanWithBarrier.text.replacing("to: root", with: "to: tarballs")])
        let (_, _, calls) = try await review(base, comment: "42")
        #expect(calls.contains("--method PATCH repos/o/r/issues/comments/42"), "\(calls)")
        #expect(!calls.contains("POST"))
    }

    @Test("A plan that is wrong fails the job, and is shown at its line", .directoryInMemory)
    func wrong() async throws {
        let base = try await makeRepository(
            base: ["a.yaml": PlanWithBarrier.text],
            head: ["a.yaml": PlanWithBarrier.text.replacing("to: root", with: "two: root")])
        let (outcome, body, _) = try await review(base)
        #expect(outcome.exitCode == 2)
        #expect(outcome.output.contains("::error file=a.yaml,line=4"), "\(outcome.output)")
        #expect(body.contains("Not compared"), "\(body)")
    }

    @Test("A stale lock fails the job, one that is missing too", .directoryInMemory)
    func locks() async throws {
        let base = try await makeRepository(
            base: ["p/a.yaml": PlanWithBarrier.text, "locks/.keep": ""],
            head: ["p/a.yaml": PlanWithBarrier.text.replacing(", after: [logs]", with: "")])
        #expect(try await review(base, ["p"], locks: "locks").outcome.exitCode == 2)
        let directory = try TemporaryDirectory.url().appending(path: "repository")
        _ = try await Tool.run(["diff", "p", "--lock-dir", "locks", "--update-lock"], in: directory)
        #expect(try await review(base, ["p"], locks: "locks").outcome.exitCode == 0)
        try put(["repository/p/a.yaml": PlanWithBarrier.text])
        let (outcome, body, _) = try await review(base, ["p"], locks: "locks")
        #expect(outcome.exitCode == 1)
        #expect(body.contains("--update-lock"), "\(body)")
    }
}
