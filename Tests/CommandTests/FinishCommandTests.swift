import Foundation
import Testing
import UploadTestSupport

@Suite("The commands apply --receipt and finish")
struct FinishCommandTests {
    /// Two jobs, of which each publishes one log.
    private static let requirements = """
        version: 1
        name: demo
        parameters:
          groups: {type: list}
        required:
          logs: {for_each: {g: groups}, to: {log_dir: {artifact_group: "${g}"}}, names: [x.log], receipt: "build-${g}"}
        """

    private static func makeJobs(_ groups: [String]) throws {
        let directory = try TemporaryDirectory.url()
        for group in groups {
            _ = try TestFile.write(Data("log of \(group)\n".utf8), to: "\(group)/x.log", in: directory)
            let plan = """
                version: 1
                name: \(group)
                uploads:
                  logs: {from: \(group), to: {log_dir: {artifact_group: \(group)}}}
                """
            _ = try TestFile.write(Data(plan.utf8), to: "\(group).yaml", in: directory)
        }
        _ = try TestFile.write(Data(requirements.utf8), to: "require.yaml", in: directory)
    }

    private static func apply(
        _ group: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> ChildProcess.Outcome {
        try await Tool.run(
            ["apply", "\(group).yaml", "--output-dir", "out", "--run-id", "7", "--receipt", "build-\(group)"]
                + arguments, environment: environment)
    }

    private static func finish(_ attempt: Int, _ arguments: [String] = []) async throws -> ChildProcess.Outcome {
        try await Tool.run(
            [
                "finish", "--require", "require.yaml", "--set", "groups=g1,g2", "--output-dir", "out", "--run-id", "7",
                "--run-attempt", "\(attempt)",
            ] + arguments)
    }

    private static func read(_ path: String) throws -> [String: Any] {
        let file = try TemporaryDirectory.url().appending(path: "out/7-linux/\(path)")
        return try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    }

    private static func exists(_ path: String) throws -> Bool {
        FileManager.default.fileExists(atPath: try TemporaryDirectory.url().appending(path: "out/7-linux/\(path)").path)
    }

    @Test("A run is complete when all jobs left receipts, and until then what is missing is named", .directoryInMemory)
    func wholeStory() async throws {
        try Self.makeJobs(["g1", "g2"])
        #expect(try await Self.apply("g1").exitCode == 0)
        let first = try await Self.finish(1)
        #expect(first.exitCode == 3)
        #expect(first.output.contains("job build-g2:\n  - receipt build-g2  missing"))
        #expect(first.output.contains("  - logs/g2/x.log  missing"))
        #expect(try Self.read("receipts/run.json")["complete"] as? Bool == false)

        #expect(try await Self.apply("g2").exitCode == 0)
        let second = try await Self.finish(2)
        #expect(second.exitCode == 0, "\(second.output)\(second.errors)")
        let record = try Self.read("receipts/run.json")
        #expect(record["complete"] as? Bool == true)
        #expect((record["receipts"] as? [Any])?.count == 2)
        #expect(try Self.read("receipts/run-1.json")["complete"] as? Bool == false)
        let sums = try await ChildProcess(
            URL(filePath: "/usr/bin/sha256sum"), ["-c", "SHA256SUMS"], environment: Tool.environment,
            in: TemporaryDirectory.url().appending(path: "out/7-linux")
        ).run()
        #expect(sums.exitCode == 0 && sums.output == "logs/g1/x.log: OK\nlogs/g2/x.log: OK\n")
        // The same again finds the same, and is not a conflict.
        #expect(try await Self.finish(2).exitCode == 0)
    }

    @Test("A second finish of one attempt that finds something else writes nothing", .directoryInMemory)
    func sameAttempt() async throws {
        try Self.makeJobs(["g1", "g2"])
        #expect(try await Self.apply("g1").exitCode == 0)
        #expect(try await Self.finish(1).exitCode == 3)
        let sums = try TemporaryDirectory.url().appending(path: "out/7-linux/SHA256SUMS")
        let before = try Data(contentsOf: sums)
        #expect(try await Self.apply("g2").exitCode == 0)
        let second = try await Self.finish(1)
        #expect(second.exitCode == 2)
        #expect(second.errors.contains("run-1.json: another finish of this attempt found something else"))
        #expect(try Data(contentsOf: sums) == before)
    }

    @Test(
        "An object that was changed after its receipt is told, whatever its size", .directoryInMemory,
        arguments: ["log of G1\n", "another size", nil])
    func lyingReceipt(content: String?) async throws {
        try Self.makeJobs(["g1", "g2"])
        for group in ["g1", "g2"] { #expect(try await Self.apply(group).exitCode == 0) }
        let file = try TemporaryDirectory.url().appending(path: "out/7-linux/logs/g1/x.log")
        if let content { try Data(content.utf8).write(to: file) } else { try FileManager.default.removeItem(at: file) }
        let outcome = try await Self.finish(1)
        #expect(outcome.exitCode == 3)
        #expect(outcome.output.contains("job build-g1:\n  - logs/g1/x.log  \(content == nil ? "missing" : "changed")"))
        #expect(!outcome.output.contains("job build-g2"))
    }

    @Test("A receipt is never overwritten, and the next attempt's counts", .directoryInMemory)
    func attempts() async throws {
        try Self.makeJobs(["g1", "g2"])
        for group in ["g1", "g2"] { #expect(try await Self.apply(group).exitCode == 0) }
        let again = try await Self.apply("g1")
        #expect(again.exitCode == 3)
        #expect(again.errors.contains("attempt 1 of this run has a receipt 'build-g1' already"))
        _ = try TestFile.write(Data("changed\n".utf8), to: "g1/x.log", in: TemporaryDirectory.url())
        #expect(try await Self.apply("g1", environment: ["GITHUB_RUN_ATTEMPT": "2"]).exitCode == 0)
        let outcome = try await Self.finish(2)
        #expect(outcome.exitCode == 0, "\(outcome.output)\(outcome.errors)")
        let receipts = try #require(try Self.read("receipts/run.json")["receipts"] as? [[String: Any]])
        #expect(receipts.map { $0["attempt"] as? Int } == [2, 1])
    }

    @Test("A job whose upload fails leaves a receipt that says so", .directoryInMemory)
    func failedJob() async throws {
        try Self.makeJobs(["g1", "g2"])
        #expect(try await Self.apply("g1").exitCode == 0)
        let plan = """
            version: 1
            name: g2
            uploads:
              logs: {from: g2, to: {log_dir: {artifact_group: g2}}}
              tools: {from: nowhere, to: root}
            """
        _ = try TestFile.write(Data(plan.utf8), to: "g2.yaml", in: TemporaryDirectory.url())
        #expect(try await Self.apply("g2").exitCode == 1)
        #expect(try Self.read("receipts/build-g2-1.json")["status"] as? String == "failed")
        let outcome = try await Self.finish(1)
        #expect(outcome.exitCode == 3)
        #expect(outcome.output.contains("job build-g2:\n  - receipt build-g2  failed: its upload ended as 'failed'"))
    }

    @Test("Two jobs that store different contents under one key conflict", .directoryInMemory)
    func conflict() async throws {
        try Self.makeJobs(["g1", "g2"])
        #expect(try await Self.apply("g1").exitCode == 0)
        let plan = "version: 1\nname: g2\nuploads:\n  logs: {from: g2, to: {log_dir: {artifact_group: g1}}}\n"
        _ = try TestFile.write(Data(plan.utf8), to: "g2.yaml", in: TemporaryDirectory.url())
        #expect(try await Self.apply("g2").exitCode == 0)
        let outcome = try await Tool.run(["finish", "--output-dir", "out", "--run-id", "7"])
        #expect(outcome.exitCode == 3)
        #expect(outcome.output.contains("logs/g1/x.log  conflict of build-g1, build-g2"))
    }

    @Test(
        "A receipt that is damaged, or another's, makes it impossible to tell", .directoryInMemory,
        arguments: ["{", "{\"format\": \"therock-upload/receipt/v9\"}", "another"])
    func damagedReceipt(content: String) async throws {
        try Self.makeJobs(["g1", "g2"])
        for group in ["g1", "g2"] { #expect(try await Self.apply(group).exitCode == 0) }
        let receipts = try TemporaryDirectory.url().appending(path: "out/7-linux/receipts")
        let bytes =
            content == "another"
            ? try Data(contentsOf: receipts.appending(path: "build-g2-1.json")) : Data(content.utf8)
        try bytes.write(to: receipts.appending(path: "build-g1-1.json"))
        let outcome = try await Self.finish(1)
        #expect(outcome.exitCode == 2)
        #expect(outcome.errors.contains("the receipt 7-linux/receipts/build-g1-1.json: "))
        #expect(try !Self.exists("receipts/run.json"))
    }

    @Test("A run without receipts is not complete because nothing is asked of it", .directoryInMemory)
    func nothingAsked() async throws {
        try Self.makeJobs(["g1"])
        let apply = try await Tool.run(["apply", "g1.yaml", "--output-dir", "out", "--run-id", "7"])
        #expect(apply.exitCode == 0)
        let outcome = try await Tool.run(["finish", "--output-dir", "out", "--run-id", "7"])
        #expect(outcome.exitCode == 2 && outcome.errors.contains("holds no receipts"), "\(outcome.errors)")
        #expect(try !Self.exists("receipts/run.json"))
    }

    @Test("--dry-run says the same and writes nothing", .directoryInMemory)
    func dryRun() async throws {
        try Self.makeJobs(["g1", "g2"])
        #expect(try await Self.apply("g1").exitCode == 0)
        #expect(try await Self.finish(1, ["--dry-run"]).exitCode == 3)
        #expect(try !Self.exists("receipts/run.json") && !Self.exists("SHA256SUMS"))
    }

    @Test(
        "What is wrong with the command is told before anything is written", .directoryInMemory,
        arguments: [
            (["--receipt", "run"], "must not be 'run'"), (["--receipt", "a/b"], "contains '/'"),
            (["--receipt", ".."], "contains '..'"), (["--receipt-matrix", "null"], "needs GITHUB_JOB"),
        ])
    func wrongNames(arguments: [String], message: String) async throws {
        try Self.makeJobs(["g1"])
        let outcome = try await Tool.run(["apply", "g1.yaml", "--output-dir", "out", "--run-id", "7"] + arguments)
        #expect(outcome.exitCode == 2)
        #expect(outcome.errors.contains(message))
        #expect(try !FileManager.default.fileExists(atPath: TemporaryDirectory.url().appending(path: "out").path))
    }

    @Test(
        "A receipt may be called after the job and its matrix", .directoryInMemory,
        arguments: [
            ("null", "build"),
            (#"{"os": "linux", "family": "gfx942", "n": 3, "x": true}"#, "build-gfx942-3-linux-true"),
        ])
    func matrixName(matrix: String, name: String) async throws {
        try Self.makeJobs(["g1"])
        let outcome = try await Tool.run(
            ["apply", "g1.yaml", "--output-dir", "out", "--receipt-matrix", matrix],
            environment: ["GITHUB_JOB": "build", "GITHUB_RUN_ID": "7", "GITHUB_SHA": "abc", "GITHUB_RUN_ATTEMPT": "3"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let run = try #require(try Self.read("receipts/\(name)-3.json")["run"] as? [String: String])
        #expect(run["job"] == "build" && run["commit"] == "abc" && run["id"] == "7")
    }

    @Test("A receipt holds neither secrets nor absolute paths", .directoryInMemory)
    func discretion() async throws {
        let directory = try TemporaryDirectory.url()
        _ = try TestFile.write(Data("x".utf8), to: "tree/s3cr3t-word.log", in: directory)
        let plan = """
            version: 1
            name: p
            uploads:
              all: {from: \(directory.path)/tree, to: root}
              gone: {from: \(directory.path)/gone, to: root}
            """
        _ = try TestFile.write(Data(plan.utf8), to: "plan.yaml", in: directory)
        let outcome = try await Tool.run(
            ["apply", "\(directory.path)/plan.yaml", "--output-dir", "out", "--run-id", "7", "--receipt", "a"],
            environment: ["GITHUB_TOKEN": "s3cr3t-word"])
        #expect(outcome.exitCode == 1, "\(outcome.errors)")
        let receipt = try String(
            contentsOf: directory.appending(path: "out/7-linux/receipts/a-1.json"), encoding: .utf8)
        #expect(!receipt.contains("s3cr3t-word") && !receipt.contains(directory.path))
        #expect(receipt.contains(#""plan": "plan.yaml", "rule": "gone", "outcome": "failed""#))
    }

    @Test("A receipt of more than a mebibyte is compressed, and read back", .directoryInMemory)
    func largeReceipt() async throws {
        let directory = try TemporaryDirectory.url()
        let long = String(repeating: "x", count: 200)
        try SampleTree(at: directory).makeLinks((0..<2000).map { "tree/\(long)/\(long)/\($0)-\(long)" })
        let plan = "version: 1\nname: p\nuploads:\n  all: {from: tree, to: {log_subdir: {path: all}}}\n"
        _ = try TestFile.write(Data(plan.utf8), to: "plan.yaml", in: directory)
        let outcome = try await Tool.run(
            ["apply", "plan.yaml", "--output-dir", "out", "--run-id", "7", "--receipt", "big"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let file = directory.appending(path: "out/7-linux/receipts/big-1.json.zst")
        #expect(try Data(contentsOf: file).prefix(4) == Data([0x28, 0xB5, 0x2F, 0xFD]))
        let finished = try await Tool.run(["finish", "--output-dir", "out", "--run-id", "7"])
        #expect(finished.exitCode == 0, "\(finished.errors)")
        #expect(finished.output.hasPrefix("Complete: 2000 objects"))
    }
}

@Suite("The commands that read receipts")
struct ReceiptReadingTests {
    private static func makeRun() async throws {
        let directory = try TemporaryDirectory.url()
        for job in ["one", "two"] {
            _ = try TestFile.write(
                Data("archive of \(job)".utf8), to: "\(job)/\(job)_lib_generic.tar.zst", in: directory)
            _ = try TestFile.write(Data("log of \(job)".utf8), to: "\(job)/logs/\(job).log", in: directory)
            let plan = """
                version: 1
                name: \(job)
                uploads:
                  archives: {from: \(job), include: ["*.zst"], to: root}
                  logs: {from: \(job)/logs, to: {log_subdir: {path: \(job)}}}
                """
            _ = try TestFile.write(Data(plan.utf8), to: "\(job).yaml", in: directory)
            let outcome = try await Tool.run(
                ["apply", "\(job).yaml", "--output-dir", "out", "--run-id", "7", "--receipt", job])
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
        }
    }

    private static func file(_ path: String) throws -> URL {
        try TemporaryDirectory.url().appending(path: "out/7-linux/\(path)")
    }

    private static func read(_ command: String) async throws -> ChildProcess.Outcome {
        try await Tool.run(
            command.split(separator: " ").map(String.init) + ["--run-id", "7", "--local-staging-dir", "out"])
    }

    @Test("verify --run compares everything with the receipts and with what finish wrote", .directoryInMemory)
    func verifyRun() async throws {
        try await Self.makeRun()
        #expect(try await Self.read("verify --run").exitCode == 0)
        #expect(try await Tool.run(["finish", "--output-dir", "out", "--run-id", "7"]).exitCode == 0)
        let whole = try await Self.read("verify --run --fail-on-extra")
        #expect(whole.exitCode == 0 && whole.output == "Verified 2 receipts: 4 identical.\n", "\(whole.output)")
        try Data("?".utf8).write(to: Self.file("extra"))
        #expect(try await Self.read("verify --run").exitCode == 0)
        #expect(try await Self.read("verify --run --fail-on-extra").exitCode == 3)
        try Data("log of 0ne".utf8).write(to: Self.file("logs/one/one.log"))
        let changed = try await Self.read("verify --run")
        #expect(changed.exitCode == 3 && changed.output.contains("- logs/one/one.log  changed"))
        try FileManager.default.removeItem(at: Self.file("SHA256SUMS"))
        #expect(try await Self.read("verify --run").output.contains("- SHA256SUMS  missing"))
        try FileManager.default.removeItem(at: Self.file("receipts"))
        let none = try await Self.read("verify --run")
        #expect(none.exitCode == 1 && none.errors.contains("the run holds no receipts"))
    }

    @Test("list --from-receipts lists what receipts name, also what is gone", .directoryInMemory)
    func listFromReceipts() async throws {
        try await Self.makeRun()
        try FileManager.default.removeItem(at: Self.file("logs/two/two.log"))
        let logs = try await Self.read("list logs --from-receipts --format urls")
        #expect(logs.output == "out/7-linux/logs/one/one.log\nout/7-linux/logs/two/two.log\n", "\(logs.errors)")
        let artifacts = try await Self.read("list artifacts --from-receipts --format json")
        #expect(artifacts.output.split(separator: "\n").count == 2)
        #expect(artifacts.output.contains(#""sha256": ""#))
    }

    @Test("fetch --wait-for takes what is there, and gives up in the end", .directoryInMemory)
    func waitFor() async throws {
        try await Self.makeRun()
        let there = try await Self.read("fetch --no-extract --wait-for one --wait-for two --output-dir got")
        #expect(there.exitCode == 0, "\(there.errors)")
        let never = try await Self.read("fetch --no-extract --wait-for three --timeout 0s --output-dir got")
        #expect(never.exitCode == 1)
        #expect(never.errors.contains("no receipt 'three' in out/7-linux after 0 s"))
        #expect(try await Self.read("fetch --wait-for three --timeout soon").exitCode == 64)
    }

    @Test("fetch --require-checksum compares an archive without a checksum file with the receipts", .directoryInMemory)
    func receiptDigests() async throws {
        try await Self.makeRun()
        let good = try await Self.read("fetch --no-extract --require-checksum --output-dir got")
        #expect(good.exitCode == 0, "\(good.errors)")
        try Data("archive of 0ne".utf8).write(to: Self.file("one_lib_generic.tar.zst"))
        for flags in ["--require-checksum", "--wait-for one"] {
            let damaged = try await Self.read("fetch --no-extract \(flags) --output-dir other one")
            #expect(damaged.exitCode == 1, "\(flags)")
            let place = try TemporaryDirectory.url().appending(path: "other/one_lib_generic.tar.zst").path
            #expect(!FileManager.default.fileExists(atPath: place), "\(flags)")
        }
        try FileManager.default.removeItem(at: Self.file("receipts"))
        let none = try await Self.read("fetch --no-extract --require-checksum --output-dir third")
        #expect(none.exitCode == 1)
    }

    @Test("fetch --wait-for does not wait for a job that failed", .directoryInMemory)
    func waitForFailed() async throws {
        try await Self.makeRun()
        let plan = "version: 1\nname: p\nuploads:\n  a: {from: nowhere, to: root}\n"
        _ = try TestFile.write(Data(plan.utf8), to: "three.yaml", in: TemporaryDirectory.url())
        let apply = try await Tool.run(
            ["apply", "three.yaml", "--output-dir", "out", "--run-id", "7", "--receipt", "three"])
        #expect(apply.exitCode == 1)
        let outcome = try await Self.read("fetch --wait-for three --output-dir got")
        #expect(outcome.exitCode == 1 && outcome.errors.contains("the upload of 'three' ended as 'failed'"))
    }

    @Test("finish writes the pages over the whole run", .directoryInMemory)
    func pages() async throws {
        try await Self.makeRun()
        let plan = """
            version: 1
            name: pages
            uploads:
              logs: {index: {under: {log_subdir: {path: one}}, title: Logs}, to: log_root_index}
              all: {index: {under: root, each_directory: true}, to: root}
            """
        _ = try TestFile.write(Data(plan.utf8), to: "pages.yaml", in: TemporaryDirectory.url())
        for _ in 0..<2 {
            let outcome = try await Tool.run(["finish", "pages.yaml", "--output-dir", "out", "--run-id", "7"])
            #expect(outcome.exitCode == 0, "\(outcome.output)\(outcome.errors)")
        }
        let page = try String(contentsOf: Self.file("logs/index.html"), encoding: .utf8)
        #expect(page.contains("one/one.log") && !page.contains("two.log"))
        #expect(try String(contentsOf: Self.file("logs/two/index.html"), encoding: .utf8).contains("two.log"))
        let sums = try await ChildProcess(
            URL(filePath: "/usr/bin/sha256sum"), ["--quiet", "-c", "SHA256SUMS"], environment: Tool.environment,
            in: Self.file("")
        ).run()
        #expect(sums.exitCode == 0)
        #expect(try await Self.read("verify --run --fail-on-extra").exitCode == 0)
        // For apply the page is none of its business.
        let apply = try await Tool.run(["apply", "pages.yaml", "--output-dir", "other", "--run-id", "7"])
        #expect(apply.exitCode == 0 && apply.output.contains("`finish` writes the pages of the whole run"))
    }

    @Test(
        "A signed statement is verified with its key, and with no other", .directoryInMemory,
        arguments: [
            ["-algorithm", "ed25519"], ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        ])
    func statement(algorithm: [String]) async throws {
        try await Self.makeRun()
        for name in ["key", "other"] {
            try await openssl(["genpkey"] + algorithm + ["-out", "\(name).pem"])
            try await openssl(["pkey", "-in", "\(name).pem", "-pubout", "-out", "\(name).pub"])
        }
        let finish = try await Tool.run([
            "finish", "--output-dir", "out", "--run-id", "7", "--statement", "run.dsse", "--sign-key", "key.pem",
        ])
        #expect(finish.exitCode == 0, "\(finish.errors)")
        let good = try await Self.read("verify --statement run.dsse --key key.pub")
        #expect(good.exitCode == 0 && good.output.contains("4 identical"), "\(good.output)\(good.errors)")
        #expect(try await Self.read("verify --statement run.dsse --key other.pub").exitCode == 3)
        try Data("log of 0ne".utf8).write(to: Self.file("logs/one/one.log"))
        #expect(try await Self.read("verify --statement run.dsse --key key.pub").exitCode == 3)
        let wrong = try await Tool.run([
            "finish", "--output-dir", "out", "--run-id", "7", "--statement", "x", "--sign-key", "key.pub",
        ])
        #expect(wrong.exitCode == 2 && wrong.errors.contains("it is a public key"))
    }

    private func openssl(_ arguments: [String]) async throws {
        let outcome = try await ChildProcess(
            URL(filePath: "/usr/bin/openssl"), arguments, environment: Tool.environment, in: TemporaryDirectory.url()
        ).run()
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
    }
}
