import Foundation
import Testing
import UploadTestSupport

@Suite("Comparing plans")
struct DiffCommandTests {
    private static let plan = """
        version: 1
        name: demo
        uploads:
          logs: {from: build/logs, to: root}
          last: {file: build/m.json, to: manifest_root, after: [logs]}

        """
    private static let tests =
        "tests:\n  - {name: one, given: [build/logs/a, build/m.json], expect: [a, manifests/therock_manifest.json]}\n"

    private func put(_ files: [String: String]) throws {
        try SampleTree(at: TemporaryDirectory.url()).make(files.mapValues { .text($0) })
    }

    private func moved(_ plan: String = DiffCommandTests.plan) -> String {
        plan.replacing("to: root", with: "to: {log_subdir: {path: moved}}")
    }

    private static let formats = ["text", "json", "markdown", "html"]

    @Test(
        "Where nothing could be compared, every format says why, with exit code 2", .directoryInMemory,
        arguments: formats)
    func nothing(format: String) async throws {
        try put([
            "a.yaml": Self.plan, "b.yaml": moved(), "empty.txt": "", "other.txt": "elsewhere/a\n",
            "part.txt": "build/logs/a\n", "mixed.txt": "1 a\nb c d\n",
        ])
        let cases = [
            ([], "build/logs"), (["--files-from", "empty.txt"], "no rule finds a file"),
            (["--files-from", "other.txt"], "no rule finds a file"),
            (["--files-from", "part.txt"], "rule 'last' fails"),
            (["--files-from", "mixed.txt"], "listing"), (["--files-from", "absent.txt"], "absent.txt"),
            (["--buckets", "absent.yaml"], "absent.yaml"), (["--buckets", "part.txt"], "expected a mapping"),
        ]
        for (arguments, reason) in cases {
            for new in ["a.yaml", "b.yaml"] {
                let outcome = try await Tool.run(["diff", "a.yaml", new, "--format", format] + arguments)
                #expect(outcome.exitCode == 2, "\(arguments)")
                #expect(outcome.output.contains(reason), "\(arguments): \(outcome.output)")
                #expect(outcome.output.contains("compared") && !outcome.output.contains("No differences"))
            }
        }
    }

    @Test("A plan that cannot be read is not a difference", .directoryInMemory, arguments: formats)
    func unreadable(format: String) async throws {
        try put(["a.yaml": Self.plan, "bad.yaml": "version: 1\n", "l.txt": "build/logs/a\nbuild/m.json\n"])
        for new in ["bad.yaml", "absent.yaml"] {
            let outcome = try await Tool.run(["diff", "a.yaml", new, "--files-from", "l.txt", "--format", format])
            #expect(outcome.exitCode == 2)
        }
    }

    @Test("The exit code tells whether something differs", .directoryInMemory)
    func exitCodes() async throws {
        try put([
            "a.yaml": Self.plan, "b.yaml": moved(), "c.yaml": "# comment\n" + Self.plan,
            "d.yaml": Self.plan.replacing(", after: [logs]", with: ""), "l.txt": "build/logs/a\nbuild/m.json\n",
        ])
        for (new, code) in [("a.yaml", 0), ("c.yaml", 0), ("b.yaml", 5), ("d.yaml", 5)] as [(String, Int32)] {
            let arguments = ["diff", "a.yaml", new, "--files-from", "l.txt"]
            #expect(try await Tool.run(arguments).exitCode == 0)
            #expect(try await Tool.run(arguments + ["--detailed-exitcode"]).exitCode == code, "\(new)")
        }
    }

    @Test("Tests stand in for a build tree", .directoryInMemory)
    func tests() async throws {
        try put([
            "a.yaml": Self.plan + Self.tests, "b.yaml": moved() + Self.tests.replacing("[a,", with: "[logs/moved/a,"),
        ])
        let outcome = try await Tool.run(["diff", "a.yaml", "b.yaml", "--detailed-exitcode"])
        #expect(outcome.exitCode == 5)
        #expect(outcome.output.contains("with the test 'one'\n  logs\n    > a → logs/moved/a"), "\(outcome.output)")
        #expect(try await Tool.run(["diff", "a.yaml", "a.yaml", "--detailed-exitcode"]).exitCode == 0)
    }

    @Test("New plans, deleted plans and several plans of one job", .directoryInMemory)
    func sides() async throws {
        let other = Self.plan.replacing("demo", with: "other").replacing("build/logs", with: "build/more")
            .replacing("manifest_root", with: "{artifact: {filename: m.json}}").replacing(
                "to: root", with: "to: tarballs")
        try put([
            "a.yaml": Self.plan, "b.yaml": moved(), "o.yaml": other,
            "l.txt": "build/logs/a\nbuild/more/x\nbuild/m.json\n",
        ])
        let listing = ["--files-from", "l.txt", "--detailed-exitcode"]
        let new = try await Tool.run(["diff", "--new", "a.yaml"] + listing)
        #expect(new.exitCode == 5)
        #expect(
            new.output.contains("the plan 'demo' is new") && new.output.contains("+ a  ← build/logs/a"), "\(new.output)"
        )
        let gone = try await Tool.run(["diff", "--old", "a.yaml"] + listing)
        #expect(gone.exitCode == 5)
        #expect(
            gone.output.contains("! the plan 'demo' is gone") && gone.output.contains("- a  ← build/logs/a"),
            "\(gone.output)")
        let several = ["diff", "--old", "a.yaml", "--old", "o.yaml", "--new", "o.yaml", "--new"]
        #expect(try await Tool.run(several + ["a.yaml"] + listing).exitCode == 0)
        let moved = try await Tool.run(several + ["b.yaml"] + listing)
        #expect(moved.exitCode == 5)
        #expect(moved.output.contains("> a → logs/moved/a"), "\(moved.output)")
    }

    @Test("Bucket policies are compared by the runs that they send elsewhere", .directoryInMemory)
    func policies() async throws {
        let policy = try repositoryFile("manifests/buckets.yaml")
        try put([
            "old.yaml": policy, "new.yaml": policy.replacing("us-east-2", with: "us-west-1"), "plan.yaml": Self.plan,
        ])
        let outcome = try await Tool.run(["diff", "old.yaml", "new.yaml", "--detailed-exitcode"])
        #expect(outcome.exitCode == 5)
        #expect(outcome.output.contains("runs of any other repository"), "\(outcome.output)")
        #expect(try await Tool.run(["diff", "old.yaml", "old.yaml", "--detailed-exitcode"]).exitCode == 0)
        #expect(try await Tool.run(["diff", "old.yaml", "plan.yaml"]).exitCode == 2)
    }

    @Test("The page of a comparison has a table of changes", .directoryInMemory)
    func page() async throws {
        try put(["a.yaml": Self.plan, "b.yaml": moved(), "l.txt": "build/logs/a\nbuild/m.json\n"])
        let outcome = try await Tool.run(["diff", "a.yaml", "b.yaml", "--files-from", "l.txt", "--format", "html"])
        #expect(outcome.output.contains("a → logs/moved/a"), "\(outcome.output.suffix(300))")
    }
}

@Suite("Comparing plans with locks")
struct LockCommandTests {
    private func put(_ files: [String: String]) throws {
        try SampleTree(at: TemporaryDirectory.url()).make(files.mapValues { .text($0) })
    }

    private func diff(_ arguments: [String]) async throws -> ChildProcess.Outcome {
        try await Tool.run(["diff"] + arguments, environment: ["CI": "true"])
    }

    private static let listed = ["p.yaml", "--files-from", "l.txt", "--lock", "p.lock"]

    @Test("A policy has a lock, which fails when runs go elsewhere", .directoryInMemory)
    func policies() async throws {
        let policy = try repositoryFile("manifests/buckets.yaml")
        try put(["b.yaml": policy])
        let locked = ["b.yaml", "--lock", "b.lock"]
        #expect(try await diff(locked).exitCode == 2)
        #expect(try await diff(locked + ["--update-lock"]).exitCode == 0)
        #expect(try await diff(locked).exitCode == 0)
        try put(["b.yaml": "# said otherwise\n" + policy])
        #expect(try await diff(locked).exitCode == 0)
        try put(["b.yaml": policy.replacing("us-east-2", with: "us-west-1")])
        let moved = try await diff(locked)
        #expect(moved.exitCode == 1)
        #expect(moved.output.contains("~ bucket rule 'CI of TheRock': `region`: 'us-east-2' → 'us-west-1'"))
    }

    @Test("A lock is written when that is asked for, and never by the way", .directoryInMemory)
    func written() async throws {
        try put(["p.yaml": PlanWithBarrier.text, "l.txt": "build/a\nbuild/b\n"])
        let lock = try TemporaryDirectory.url().appending(path: "p.lock")
        let missing = try await diff(Self.listed)
        #expect(missing.exitCode == 2)
        #expect(missing.output.contains("--update-lock"), "\(missing.output)")
        #expect(!FileManager.default.fileExists(atPath: lock.path))
        #expect(try await diff(Self.listed + ["--update-lock"]).exitCode == 0)
        #expect(try await diff(Self.listed).exitCode == 0)
    }

    @Test("A lock that cannot be read, or is not the whole, fails with exit code 2", .directoryInMemory)
    func unusable() async throws {
        try put(["p.yaml": PlanWithBarrier.text, "l.txt": "build/a\nbuild/b\n", "none.txt": "other\n"])
        #expect(try await diff(Self.listed + ["--update-lock"]).exitCode == 0)
        let url = try TemporaryDirectory.url().appending(path: "p.lock")
        let text = try String(contentsOf: url, encoding: .utf8)
        for broken in [
            "", "x\n", "<<<<<<< HEAD\n" + text, text.replacing("lock v2", with: "lock v1"),
            text.replacing("lock v2", with: "lock v9"),
        ] {
            try broken.write(to: url, atomically: true, encoding: .utf8)
            #expect(try await diff(Self.listed).exitCode == 2, "\(broken.prefix(40))")
        }
        try text.write(to: url, atomically: true, encoding: .utf8)
        #expect(try await diff(["p.yaml", "--lock", "p.lock"]).exitCode == 2, "the listing is missing")
        #expect(try await diff(["p.yaml", "--files-from", "none.txt", "--lock", "p.lock"]).exitCode == 2)
        #expect(
            try await diff(["p.yaml", "--files-from", "none.txt", "--lock", "new.lock", "--update-lock"]).exitCode == 2)
    }

    @Test(
        "What a rule does is locked too", .directoryInMemory,
        arguments: [
            (", after: [logs]", "", 1), ("from: build,", "from: build, allow_secrets: [\"**\"],", 1),
            (", missing: skip", ", missing: warn", 1),
            ("to: root", "to: tarballs", 1), ("given: [build/a]", "given: [build/c]", 1),
            ("version: 1", "# comment\nversion: 1", 0),
        ] as [(String, String, Int32)])
    func behaviour(old: String, new: String, code: Int32) async throws {
        try put(["p.yaml": PlanWithBarrier.text, "l.txt": "build/a\nbuild/b\n"])
        #expect(try await diff(Self.listed + ["--update-lock"]).exitCode == 0)
        try #require(PlanWithBarrier.text.contains(old))
        try put(["p.yaml": PlanWithBarrier.text.replacing(old, with: new)])
        let outcome = try await diff(Self.listed)
        #expect(outcome.exitCode == code, "\(outcome.output)")
    }

    @Test("A directory of plans has a directory of locks", .directoryInMemory)
    func directory() async throws {
        try put([
            "plans/a.yaml": PlanWithBarrier.text, "plans/b.yml": PlanWithBarrier.text.replacing("demo", with: "b"),
            "plans/buckets.yaml": try repositoryFile("manifests/buckets.yaml"), "locks/.keep": "",
        ])
        let arguments = ["plans", "--lock-dir", "locks"]
        #expect(try await diff(arguments).exitCode == 2)
        #expect(try await diff(arguments + ["--update-lock"]).exitCode == 0)
        let names = try FileManager.default.contentsOfDirectory(
            atPath: TemporaryDirectory.url().appending(path: "locks").path)
        #expect(Set(names) == [".keep", "a.lock", "b.lock", "buckets.lock"])
        #expect(try await diff(arguments).exitCode == 0)
        try put(["plans/a.yaml": PlanWithBarrier.text.replacing("to: root", with: "to: tarballs")])
        let stale = try await diff(arguments)
        #expect(stale.exitCode == 1)
        #expect(stale.output.contains("plans/a.yaml\n") && stale.output.contains("a → tarballs/a"), "\(stale.output)")
        try FileManager.default.removeItem(at: TemporaryDirectory.url().appending(path: "plans/b.yml"))
        let orphan = try await diff(arguments)
        #expect(orphan.exitCode == 2)
        #expect(orphan.errors.contains("locks/b.lock matches none of the plans"), "\(orphan.errors)")
    }
}
