import Foundation
import Testing
import UploadTestSupport

@Suite("The commands fetch and verify")
struct FetchCommandTests {
    private static let plan = """
        version: 1
        name: demo
        uploads:
          artifacts: {from: build/artifacts, include: ["*.tar.zst", "*.sha256sum"], to: root}
          logs: {from: build/logs, include: ["**/*.log"], to: {log_dir: {artifact_group: gfx94X}}}

        """

    private func directory(_ name: String) throws -> URL { try TemporaryDirectory.url().appending(path: name) }

    /// Builds a tree with two artifacts and publishes it into `store`.
    private func publish() async throws {
        try SampleTree(at: TemporaryDirectory.url()).make([
            "plan.yaml": .text(Self.plan), "build/logs/a.log": .text("log"), "build/logs/deep/b.log": .text("log 2"),
            "build/artifacts/.keep": .text(""),
        ])
        for (name, family) in [("blas", "gfx94X"), ("base", "generic")] {
            var archive = TarArchive()
            archive.add("artifact_manifest.txt", content: Data("\(name)/stage\n".utf8))
            archive.add("\(name)/stage/bin/\(name)", content: Data("program \(name)".utf8), mode: 0o755)
            let filename = "\(name)_run_\(family).tar.zst"
            try archive.data.write(to: directory("build/artifacts/\(filename)"))
            try Data("\(BackendContract.sha256(archive.data))\n".utf8)
                .write(to: directory("build/artifacts/\(filename).sha256sum"))
        }
        let outcome = try await run("apply plan.yaml --run-id 7 --output-dir store --report report.json")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
    }

    private func run(_ command: String, _ environment: [String: String] = [:]) async throws -> ChildProcess.Outcome {
        try await Tool.run(command.split(separator: " ").map(String.init), environment: environment)
    }

    private func text(_ path: String) throws -> String? {
        FileManager.default.contents(atPath: try directory(path).path).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("fetches what apply has published", .directoryInMemory)
    func roundTrip() async throws {
        try await publish()
        let dry = try await run("fetch --run-id 7 --local-staging-dir store --dry-run")
        #expect(dry.exitCode == 0 && dry.output.contains("Would fetch 2 artifacts"), "\(dry.errors)")
        #expect(try !FileManager.default.fileExists(atPath: directory("build/artifacts/blas_run_gfx94X").path))
        let fetched = try await run("fetch --run-id 7 --local-staging-dir store --output-dir out")
        #expect(fetched.exitCode == 0, "\(fetched.errors)\(fetched.output)")
        #expect(fetched.output.contains("Fetched: 2 downloaded"))
        #expect(try text("out/blas_run_gfx94X/blas/stage/bin/blas") == "program blas")
        let flattened = try await run(
            "fetch --local-staging-dir store --flatten --output-dir flat --no-delete-after-extract",
            ["THEROCK_RUN_ID": "7"])
        #expect(flattened.exitCode == 0, "\(flattened.errors)")
        #expect(try text("flat/bin/blas") == "program blas" && text("flat/bin/base") == "program base")
        #expect(try text("flat/blas_run_gfx94X.tar.zst") != nil)
        let kept = try await run("fetch base --run-id 7 --local-staging-dir store --no-extract --output-dir kept")
        #expect(kept.exitCode == 0)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: directory("kept").path).sorted()
                == ["base_run_generic.tar.zst", "base_run_generic.tar.zst.sha256sum"])
    }

    static let failures: [(command: String, code: Int32, words: String)] = [
        ("fetch --run-id 8 --local-staging-dir store", 1, "no artifact is selected in store/8-linux"),
        ("fetch rocfft --run-id 7 --local-staging-dir store", 1, "no artifact matches 'rocfft'"),
        ("fetch --artifact-group gfx950 --run-id 7 --local-staging-dir store", 1, "no artifact is for gfx950"),
        ("fetch --run-id 7 --local-staging-dir absent", 1, "absent"),
        ("fetch --run-id 7 --local-staging-dir store --output-dir plan.yaml", 1, "plan.yaml"),
        ("fetch [ --run-id 7 --local-staging-dir store", 64, "not a valid regular expression"),
        ("fetch --flatten --no-extract --run-id 7 --local-staging-dir store", 64, "flatten"),
        ("fetch --generic-only --artifact-group x --run-id 7 --local-staging-dir store", 64, "generic-only"),
        ("verify --local-staging-dir store", 64, "--report"),
        ("verify plan.yaml --report report.json --local-staging-dir store", 64, "--report"),
        ("verify --report absent.json --local-staging-dir store", 2, "absent.json"),
        ("verify --report plan.yaml --local-staging-dir store", 2, "not a report"),
        ("verify absent.yaml --run-id 7 --local-staging-dir store", 2, "absent.yaml"),
        ("verify --report report.json --local-staging-dir absent", 1, "absent"),
    ]

    @Test("says what is wrong", .directoryInMemory, arguments: failures)
    func failure(command: String, code: Int32, words: String) async throws {
        try await publish()
        let outcome = try await run(command)
        #expect(outcome.exitCode == code, "\(outcome.errors)\(outcome.output)")
        #expect((outcome.errors + outcome.output).contains(words), "\(outcome.errors)\(outcome.output)")
    }

    @Test("a damaged archive leaves nothing extracted", .directoryInMemory)
    func damaged() async throws {
        try await publish()
        try Data("damage".utf8).write(to: directory("store/7-linux/blas_run_gfx94X.tar.zst"))
        let outcome = try await run("fetch --run-id 7 --local-staging-dir store --output-dir out")
        #expect(outcome.exitCode == 1)
        #expect(outcome.output.contains(/error: it has SHA-256 .*\n    blas_run_gfx94X.tar.zst\n/), "\(outcome.output)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory("out").path) == [".therock-fetch"])
    }

    // MARK: - verify

    private static let verifications = [
        "verify --report report.json --local-staging-dir store",
        "verify plan.yaml --run-id 7 --local-staging-dir store",
        "verify plan.yaml --run-id 7 --local-staging-dir store --read-all",
    ]

    @Test(
        "verifies a run, and tells what is missing, different and extra", .directoryInMemory, arguments: verifications)
    func verify(command: String) async throws {
        try await publish()
        let good = try await run(command)
        #expect(good.exitCode == 0, "\(good.errors)\(good.output)")
        #expect(good.output == "Verified 6 objects: 6 identical.\n")

        try Data("extra".utf8).write(to: directory("store/7-linux/logs/gfx94X/extra.log"))
        let extra = try await run(command)
        #expect(extra.exitCode == 0)
        #expect(extra.output.contains("+ 7-linux/logs/gfx94X/extra.log  extra, 5 B"))
        #expect(try await run("\(command) --fail-on-extra").exitCode == 3)

        try FileManager.default.removeItem(at: directory("store/7-linux/logs/gfx94X/a.log"))
        try Data("LOG 2".utf8).write(to: directory("store/7-linux/logs/gfx94X/deep/b.log"))
        let bad = try await run(command)
        #expect(bad.exitCode == 3)
        #expect(bad.output.contains("- 7-linux/logs/gfx94X/a.log  missing"))
        #expect(bad.output.contains("~ 7-linux/logs/gfx94X/deep/b.log  different: its SHA-256 is"))
        #expect(bad.output.contains("Verified 6 objects: 4 identical · 1 missing · 1 different · 1 extra."))
    }

    @Test("a rule that failed, or an upload that failed, is not a success of verify", .directoryInMemory)
    func verifyFailedRules() async throws {
        let plan = """
            version: 1
            name: partly
            uploads:
              logs: {from: logs, include: ["*.log"], to: {log_subdir: {path: x}}}
              gone: {from: absent, to: {log_subdir: {path: y}}, best_effort: BEST_EFFORT}

            """
        try SampleTree(at: directory("")).make([
            "logs/a.log": .text("a"), "hard.yaml": .text(plan.replacing("BEST_EFFORT", with: "false")),
            "soft.yaml": .text(plan.replacing("BEST_EFFORT", with: "true")),
        ])
        for (name, code) in [("hard", Int32(1)), ("soft", 0)] {
            let applied = try await run("apply \(name).yaml --run-id 7 --output-dir store --report \(name).json")
            #expect(applied.exitCode == code)
            for command in ["verify \(name).yaml --run-id 7", "verify --report \(name).json"] {
                let outcome = try await run("\(command) --local-staging-dir store")
                #expect(outcome.exitCode == code, "\(command): \(outcome.errors)")
                #expect(outcome.output == "Verified 1 object: 1 identical.\n")
                #expect(outcome.errors.contains("error: rule 'gone'") == (code == 1), "\(outcome.errors)")
            }
        }
    }

    @Test("archives are made again to be verified, and index pages have to exist", .directoryInMemory)
    func madeObjects() async throws {
        let plan = """
            version: 1
            name: made
            uploads:
              packed:
                archive: {format: tar.gz, from: logs, include: ["*.log"]}
                to: {log_file: {artifact_group: x, filename: logs.tar.gz}}
              pages: {index: {of: [packed]}, to: {log_index: {artifact_group: x}}, after: [packed]}

            """
        try SampleTree(at: TemporaryDirectory.url()).make(["plan.yaml": .text(plan), "logs/a.log": .text("a")])
        let applied = try await run("apply plan.yaml --run-id 7 --output-dir store")
        #expect(applied.exitCode == 0, "\(applied.errors)")
        let command = "verify plan.yaml --run-id 7 --local-staging-dir store"
        let good = try await run(command)
        #expect(good.output == "Verified 2 objects: 1 identical · 1 present.\n", "\(good.errors)\(good.output)")
        try Data("b".utf8).write(to: directory("logs/a.log"))
        let bad = try await run(command)
        #expect(bad.exitCode == 3)
        #expect(bad.output.contains("made again"), "\(bad.output)")
    }
}
