import Crypto
import Foundation
import Testing
import UploadTestSupport

@Suite("Layouts and policies of other projects")
struct LayoutCommandTests {
    private static let layout = """
        version: 1
        name: demo
        run: {prefix: "builds/${run_id}", arguments: {run_id: {env: GITHUB_RUN_ID, identifies_run: true}}}
        arguments: {filename: {kind: filename}}
        terms:
          logs: {directory: "logs"}
          package: {file: "dist/${filename}"}
        groups: {logs: {terms: [logs]}}
        """

    private static let plan = """
        version: 1
        name: demo
        layout: places/layout.yaml
        bucket: demo-outputs
        uploads:
          logs: {from: build, to: logs}
        """

    private func write(_ files: [String: String]) throws {
        try SampleTree(at: TemporaryDirectory.url()).make(files.mapValues { .text($0) })
    }

    private func run(_ command: String, _ environment: [String: String] = [:]) async throws -> ChildProcess.Outcome {
        try await Tool.run(command.split(separator: " ").map(String.init), environment: environment)
    }

    @Test("A plan names its layout and its bucket, so that a job needs no flags", .directoryInMemory)
    func namedByPlan() async throws {
        try write([
            "ci/places/layout.yaml": Self.layout, "ci/plan.yaml": Self.plan, "build/a.log": "a",
            "ci/other.yaml": Self.plan.replacing("name: demo\nlayout", with: "name: other\nlayout").replacing(
                "bucket: demo-outputs", with: "bucket: other-outputs"),
        ])
        let valid = try await run("validate ci/plan.yaml ci/places/layout.yaml")
        #expect(valid.exitCode == 0 && valid.output == "2 files valid.\n", "\(valid.errors)")
        let plan = try await run("plan ci/plan.yaml --explain --run-id 7")
        #expect(plan.exitCode == 0 && plan.output.contains("s3://demo-outputs/builds/7/logs"), "\(plan.errors)")
        #expect(plan.output.contains("bucket chosen by the plan"), "\(plan.output)")
        let applied = try await run("apply ci/plan.yaml --run-id 7 --output-dir out")
        #expect(applied.exitCode == 0, "\(applied.errors)")
        #expect(
            FileManager.default.fileExists(
                atPath: try TemporaryDirectory.url().appending(path: "out/builds/7/logs/a.log").path))
        let listed = try await run("list logs --run-id 7 --local-staging-dir out --layout ci/places/layout.yaml")
        #expect(listed.exitCode == 0 && listed.output.contains("logs/a.log"), "\(listed.errors)")
        let both = try await run("plan ci/plan.yaml ci/other.yaml --run-id 7")
        #expect(both.exitCode == 2 && both.errors.contains("two plans of one command name another `bucket`"))
    }

    @Test("A layout without places for single objects says so where one is wanted", .directoryInMemory)
    func noFileTerm() async throws {
        let plan = Self.plan.replacing("{from: build, to: logs}", with: "{file: a.log, to: logs}")
        let layout = Self.layout.replacing("  package: {file: \"dist/${filename}\"}\n", with: "")
        try write(["plan.yaml": plan.replacing("places/", with: ""), "layout.yaml": layout])
        let outcome = try await run("validate plan.yaml")
        #expect(outcome.exitCode == 2)
        #expect(outcome.errors.contains("= help: the layout 'demo' has no such term; add one with `file:`"))
    }

    @Test("What is wrong with a layout is told once, however many plans name it", .directoryInMemory)
    func toldOnce() async throws {
        let layout = Self.layout.replacing("directory: \"logs\"", with: "directory: \"/logs\"")
        let other = Self.plan.replacing("name: demo\nlayout", with: "name: other\nlayout")
        try write(["places/layout.yaml": layout, "plan.yaml": Self.plan, "other.yaml": other])
        let outcome = try await run("validate places/layout.yaml plan.yaml other.yaml")
        #expect(outcome.exitCode == 2 && outcome.errors.hasSuffix("\n1 error\n"), "\(outcome.errors)")
    }

    /// Commands that read a layout, and whether they read a policy too.
    static let readers = [
        ("validate plan.yaml", true), ("plan plan.yaml --run-id 7", true),
        ("apply plan.yaml --run-id 7 --output-dir out", true), ("finish plan.yaml --run-id 7 --output-dir out", true),
        ("diff plan.yaml plan.yaml --files-from files.txt", true), ("vocabulary --layout layout.yaml", false),
        ("list --run-id 7 --layout layout.yaml --buckets buckets.yaml", true),
        ("expire --keep-last 3 --layout layout.yaml --buckets buckets.yaml", true),
    ]

    @Test("What is wrong with a layout or a policy is shown in its text", .directoryInMemory, arguments: readers)
    func shownInText(command: String, readsPolicy: Bool) async throws {
        let plan = Self.plan.replacing("places/", with: "").replacing(
            "bucket: demo-outputs", with: "buckets: buckets.yaml")
        let policy = "version: 1\nrelease_types: []\nrules: []\n"
        try write(["layout.yaml": Self.layout, "buckets.yaml": policy, "plan.yaml": plan, "files.txt": "build/a.log\n"])
        if readsPolicy {
            let outcome = try await run(command)
            #expect(outcome.exitCode == 2)
            #expect(outcome.errors.contains("\n3 | rules: []\n  |        ^^\n"), "\(outcome.errors)")
        }
        try write(["layout.yaml": Self.layout.replacing("directory: \"logs\"", with: "directory: \"/logs\"")])
        let outcome = try await run(command)
        #expect(outcome.exitCode == 2)
        #expect(
            outcome.errors.contains(
                "\n6 |   logs: {directory: \"/logs\"}\n  |                     ^^^^^^^\n"),
            "\(outcome.errors)")
    }

    @Test("A receipt counts for the bucket and the job that it is of", .directoryInMemory)
    func foreignReceipts() async throws {
        try write(["places/layout.yaml": Self.layout, "plan.yaml": Self.plan, "build/a.log": "a"])
        let applied = try await run("apply plan.yaml --run-id 7 --output-dir out --receipt job")
        #expect(applied.exitCode == 0, "\(applied.errors)")
        let finish = "finish --layout places/layout.yaml --run-id 7 --output-dir out"
        let elsewhere = try await run("\(finish) --bucket other-outputs")
        #expect(elsewhere.exitCode == 2)
        #expect(elsewhere.errors.contains("it is about the bucket 'demo-outputs', and the run's is 'other-outputs'"))
        let complete = try await run("\(finish) --bucket demo-outputs")
        #expect(complete.exitCode == 0, "\(complete.errors)")
        let receipts = try TemporaryDirectory.url().appending(path: "out/builds/7/receipts")
        try FileManager.default.copyItem(
            at: receipts.appending(path: "job-1.json"), to: receipts.appending(path: "other-1.json"))
        let forged = try await run("\(finish) --bucket demo-outputs --run-attempt 2")
        #expect(forged.exitCode == 2 && forged.errors.contains("the receipt of another job or run"), "\(forged.errors)")
    }

    @Test(
        "A layout without groups says so where they are wanted", .directoryInMemory,
        arguments: [
            ("fetch --run-id 7 --local-staging-dir out --output-dir in", 2, "does not say where artifacts are"),
            ("copy artifacts --from-run 7 --to-run 8", 64, "it has none; --all copies the whole run"),
            ("list artifacts --run-id 7 --local-staging-dir out", 2, "unknown term 'artifacts'"),
        ])
    func noGroups(command: String, exitCode: Int32, words: String) async throws {
        let layout = Self.layout.replacing("groups: {logs: {terms: [logs]}}", with: "")
        try write(["layout.yaml": layout, "out/builds/7/logs/a.log": "a"])
        let outcome = try await run("\(command) --layout layout.yaml")
        #expect(outcome.exitCode == exitCode && outcome.errors.contains(words), "\(outcome.errors)")
    }

    @Test(
        "Receipts and checksums lie at their usual places where nothing else can, and nowhere otherwise",
        .directoryInMemory,
        arguments: [
            ("dist/${filename}", "", 0, "builds/7/receipts/job-1.json", "SHA256SUMS"),
            ("${filename}", "", 2, "gives the role `receipts` to no term, and its term `package` can lie", ""),
            ("${filename}", "roles: {receipts: slips, checksums: sums}", 0, "builds/7/.slips/job-1.json", "sums/all"),
            (
                "${filename}", "roles: {receipts: slips}", 2, "builds/7/.slips/job-1.json",
                "gives the role `checksums` to no term, and its term `package` can lie at the usual place, 'SHA256SUMS'"
            ),
        ])
    func rolesWithoutTerms(
        package: String, roles: String, exitCode: Int32, receipt: String, checksums: String
    ) async throws {
        let layout = Self.layout.replacing("dist/${filename}", with: package).replacing(
            "  logs: {directory: \"logs\"}",
            with: """
                  logs: {directory: "logs", inside: package}
                  slips: {directory: ".slips", inside: package}
                  sums: {file: "sums/all", inside: package}
                """)
        try write(["ci/places/layout.yaml": layout + "\n" + roles, "ci/plan.yaml": Self.plan, "build/a.log": "a"])
        let out = try TemporaryDirectory.url().appending(path: "out")
        let applied = try await run("apply ci/plan.yaml --run-id 7 --output-dir out --receipt job")
        let finished = try await run("finish ci/plan.yaml --run-id 7 --output-dir out")
        guard receipt.hasPrefix("builds") else {
            #expect(applied.exitCode == 2 && applied.errors.contains(receipt), "\(applied.errors)")
            #expect(applied.errors.contains("name a term for it in the layout: `roles: {receipts: TERM}`"))
            #expect(finished.exitCode == 2 && finished.errors.contains(receipt), "\(finished.errors)")
            #expect(!FileManager.default.fileExists(atPath: out.path))
            return
        }
        #expect(applied.exitCode == 0, "\(applied.errors)")
        let read = try JSONSerialization.jsonObject(with: Data(contentsOf: out.appending(path: receipt)))
        let inputs = try #require((read as? [String: Any])?["inputs"] as? [String: Any])
        #expect(inputs["layout"] as? String == (layout + "\n" + roles).sha256)
        #expect(finished.exitCode == exitCode, "\(finished.output)\(finished.errors)")
        if exitCode == 0 {
            let list = out.appending(path: "builds/7").appending(path: checksums)
            let check = try await ChildProcess(
                URL(filePath: "/usr/bin/sha256sum"), ["--check", "--strict", list.lastPathComponent],
                environment: [:], in: list.deletingLastPathComponent()
            ).run()
            #expect(check.exitCode == 0 && check.output.contains("logs/a.log: OK"), "\(check.output)\(check.errors)")
        } else {
            #expect(finished.errors.contains(checksums), "\(finished.errors)")
        }
    }

    @Test("Flags win over plans, and plans over the environment", .directoryInMemory)
    func precedence() async throws {
        try write(["layout.yaml": Self.layout, "plan.yaml": Self.plan.replacing("places/", with: ""), "build/a": "a"])
        let ofPlan = try await run("plan plan.yaml --explain --run-id 7", ["THEROCK_UPLOAD_BUCKET": "of-environment"])
        #expect(ofPlan.output.contains("s3://demo-outputs/"), "\(ofPlan.errors)")
        let ofFlag = try await run("plan plan.yaml --explain --run-id 7 --bucket of-flag")
        #expect(ofFlag.output.contains("s3://of-flag/"), "\(ofFlag.errors)")
        let ofEnvironment = try await run(
            "locate logs --run-id 7",
            ["THEROCK_UPLOAD_BUCKET": "of-environment", "THEROCK_UPLOAD_LAYOUT": "layout.yaml"])
        #expect(ofEnvironment.output == "s3://of-environment/builds/7/logs\n", "\(ofEnvironment.errors)")
        let vocabulary = try await run("vocabulary --layout layout.yaml")
        #expect(vocabulary.output.contains("P/dist/{filename}") && !vocabulary.output.contains("tarball"))
        let schema = try await run("schema plan --layout layout.yaml")
        #expect(schema.output.contains("\"package\"") && !schema.output.contains("tarball"))
        let term = try await run("locate log --run-id 7 --layout layout.yaml --bucket of-flag")
        #expect(term.exitCode == 2 && term.errors.contains("did you mean `logs`?"), "\(term.errors)")
    }

    @Test(
        "A repository that the built-in policy does not serve gets no bucket and no role", .directoryInMemory,
        arguments: ["locate root --run-id 7", "apply plan.yaml --run-id 7", "list --run-id 7", "plan plan.yaml"])
    func unserved(command: String) async throws {
        try write(["plan.yaml": "version: 1\nname: p\nuploads: {a: {from: build, to: root}}\n", "build/a": "a"])
        // A token endpoint that would answer shows that nobody asks it.
        let outcome = try await ScriptedServer.with({ _ in .answer(500, "") }) { server in
            let outcome = try await run(
                command,
                [
                    "GITHUB_REPOSITORY": "acme/library", "ACTIONS_ID_TOKEN_REQUEST_URL": server.url,
                    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t", "AWS_ENDPOINT_URL": server.url,
                ])
            #expect(server.requests.isEmpty)
            return outcome
        }
        #expect(outcome.exitCode == 2, "\(outcome.errors)")
        for line in ["acme/library", "rules:", "bucket: my-bucket", "--bucket", "THEROCK_UPLOAD_BUCKETS"] {
            #expect(outcome.errors.contains(line), "\(outcome.errors)")
        }
        #expect(!outcome.errors.contains("arn:aws"))
        let asked = try await run(
            "locate root --run-id 7 --buckets therock", ["GITHUB_REPOSITORY": "acme/library"])
        #expect(asked.output == "s3://therock-ci-artifacts-external/acme-library/7-linux\n", "\(asked.errors)")
    }

    @Test("A change of a layout is told by what moves, and a lock keeps what was reviewed", .directoryInMemory)
    func comparison() async throws {
        let changed = Self.layout.replacing("directory: \"logs\"", with: "directory: \"log\"")
        try write([
            "old.yaml": Self.layout, "new.yaml": changed,
            "plan.yaml": Self.plan.replacing("places/layout", with: "old"),
        ])
        let diff = try await run("diff old.yaml new.yaml --plans plan.yaml")
        #expect(diff.exitCode == 0, "\(diff.errors)")
        for line in [
            "'logs' moves from directory 'logs' to directory 'log': what rule 'logs' of plan 'demo' writes",
            "`list logs` looks at 'log', and looked at 'logs'",
        ] { #expect(diff.output.contains(line), "\(diff.output)") }
        let written = try await run("diff old.yaml --lock layout.lock --update-lock")
        #expect(written.exitCode == 0, "\(written.errors)")
        let same = try await run("diff old.yaml --lock layout.lock")
        #expect(same.exitCode == 0, "\(same.errors)\(same.output)")
        let other = try await run("diff new.yaml --lock layout.lock")
        #expect(other.exitCode == 1 && other.output.contains("log"), "\(other.errors)\(other.output)")
    }

    static let trees: [[String: String]] = [
        [:], ["dist/a-1.0.tar.gz": "a", "dist/a-1.0.tar.gz.sha256sums": "b"],
        ["dist/a.whl": "w", "build/reports/junit.xml": "x", "htmlcov/index.html": "h", "htmlcov/a.js": "j"],
        ["site/index.html": "h", "site/a/b.css": "c", "out/x.log": "l", "top.log": "l"],
        ["docs/index.html": "h", "docs/coverage/index.html": "c", "docs/tests/r.xml": "x", "docs/a.whl": "w"],
        ["build/symbols/liba.debug": "d", "build/a \"b\"/c: d.log": "l", "build/{x}/y[1].log": "l", ".git/x.log": "l"],
    ]

    @Test(
        "init writes files that all validate, for every kind of tree, and overwrites nothing", .directoryInMemory,
        arguments: trees)
    func initialFiles(tree: [String: String]) async throws {
        try write(tree.merging(["README": "r"]) { $1 })
        let outcome = try await run("init --name demo")
        #expect(outcome.exitCode == 0, "\(outcome.errors)\(outcome.output)")
        let valid = try await run("validate publish/layout.yaml publish/buckets.yaml publish/plan.yaml")
        #expect(valid.exitCode == 0 && valid.errors.isEmpty, "\(valid.errors)")
        let again = try await run("init --name demo")
        #expect(again.exitCode == 2 && again.errors.contains("exists already"))
        guard !tree.isEmpty else { return }
        let outputs = try TemporaryDirectory.url().path + "-outputs"
        defer { try? FileManager.default.removeItem(atPath: outputs) }
        let plan = try await run("apply publish/plan.yaml --run-id 1 --output-dir \(outputs)")
        #expect(plan.exitCode == 0, "\(plan.errors)\(plan.output)")
    }

    /// Several directories of one kind, with others between them and inside of them.
    @Test("init writes files that validate, whatever lies where", .directoryInMemory, arguments: 0..<12)
    func mixedTrees(seed: UInt64) async throws {
        let directories = ["a", "b", "packages", "docs", "coverage", "tests", "dist", "[x]", "test-results", "a*b"]
        let files = ["index.html", "p.whl", "r.xml", "app.tar.gz", "b.log", "c.debug", "d.dSYM.zip", "e.info"]
        var state = seed
        func draw(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        let paths = Set(
            (0...draw(14)).map { _ in
                ((0..<draw(4)).map { _ in directories[draw(directories.count)] } + [files[draw(files.count)]])
                    .joined(separator: "/")
            })
        try write(["listing.txt": paths.sorted().joined(separator: "\n") + "\n"])
        let outcome = try await run("init --from-listing listing.txt --name demo")
        #expect(outcome.exitCode == 0, "\(paths.sorted())\n\(outcome.errors)")
    }

    @Test("init reads a listing, and knows TheRock's layout", .directoryInMemory)
    func otherSources() async throws {
        try write(["listing.txt": "dist/a.whl\nbuild/logs/b.log\n"])
        let listing = try await run("init --from-listing listing.txt --directory one --name demo")
        #expect(listing.exitCode == 0 && listing.output.contains("wheels: 1 file in dist"), "\(listing.errors)")
        try FileManager.default.removeItem(at: TemporaryDirectory.url().appending(path: ".github"))
        let like = try await run("init --like therock --directory two")
        #expect(like.exitCode == 0, "\(like.errors)")
        let valid = try await run("validate two/layout.yaml two/buckets.yaml two/plan.yaml one/plan.yaml")
        #expect(valid.exitCode == 0, "\(valid.errors)")
    }
}

extension String {
    /// In lower-case hexadecimal.
    fileprivate var sha256: String {
        SHA256.hash(data: Data(utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
