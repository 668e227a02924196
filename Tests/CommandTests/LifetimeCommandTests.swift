import Foundation
import Testing
import UploadTestSupport

@Suite("The commands about runs over their lifetime")
struct LifetimeCommandTests {
    /// Two runs in one directory; the second changes, adds and removes something.
    private static func makeRuns() async throws {
        let place = try TemporaryDirectory.url()
        for (run, files) in [
            ("7", ["a_lib_generic.tar.zst": "one", "b_lib_generic.tar.zst": "two", "c_lib_generic.tar.zst": "three"]),
            ("8", ["a_lib_generic.tar.zst": "one", "b_lib_generic.tar.zst": "TWO", "d_lib_generic.tar.zst": "four"]),
        ] {
            try SampleTree(at: place.appending(path: "build-\(run)")).make(files.mapValues { .text($0) })
            let plan = "version: 1\nname: p\nuploads: {root: {from: build-\(run), to: root}}\n"
            try plan.write(to: place.appending(path: "plan-\(run).yaml"), atomically: true, encoding: .utf8)
            let outcome = try await Tool.run(
                ["apply", "plan-\(run).yaml", "--output-dir", "store", "--run-id", run, "--receipt", "build"])
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
        }
    }

    private static func run(_ command: String, environment: [String: String] = [:]) async throws -> ChildProcess.Outcome
    {
        try await Tool.run(
            command.split(separator: " ").map(String.init) + ["--local-staging-dir", "store"], environment: environment)
    }

    @Test("Two runs are compared by what their receipts say", .directoryInMemory)
    func diffRuns() async throws {
        try await Self.makeRuns()
        let text = try await Self.run("diff-runs 7 8 --detailed-exitcode")
        #expect(text.exitCode == 5, "\(text.errors)")
        #expect(
            text.output == """
                store/7-linux  →  store/8-linux
                  ~ b_lib_generic.tar.zst  3 B
                  - c_lib_generic.tar.zst  5 B
                  + d_lib_generic.tar.zst  4 B
                1 same · 1 changed · 1 added · 1 removed  11 B → 10 B (-1 B)

                """)
        let same = try await Self.run("diff-runs 7 7 --detailed-exitcode --all")
        #expect(same.exitCode == 0 && same.output.contains("  = a_lib_generic.tar.zst  3 B\n"), "\(same.output)")
        // A directory has no tags: equal sizes tell nothing.
        let listed = try await Self.run("diff-runs 7 8 --from-listing --format json")
        #expect(
            listed.exitCode == 0 && listed.output.contains(#""changed": 0, "added": 1, "removed": 1, "unknown": 2"#))
        let absent = try await Self.run("diff-runs 7 9")
        #expect(absent.exitCode == 1 && absent.errors.contains("holds no receipts"), "\(absent.errors)")
    }

    @Test("usage counts a directory, its receipts and an inventory", .directoryInMemory)
    func usage() async throws {
        try await Self.makeRuns()
        let json = try await Self.run("usage --format json --records")
        #expect(json.exitCode == 0, "\(json.errors)")
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let runs = try #require(document["runs"] as? [[String: Any]])
        #expect(runs.map { $0["prefix"] as? String } == ["7-linux", "8-linux"])
        #expect(runs.map { $0["objects"] as? Int } == [4, 4])
        let receipts = try await Self.run("usage --from-receipts")
        #expect(
            receipts.output.hasSuffix("6 objects, 21 B, 2 runs · held more than once: 1 object, 3 B\n"),
            "\(receipts.output)\(receipts.errors)")
        let page = try await Self.run("usage --format html --out usage.html")
        #expect(page.exitCode == 0 && page.output.isEmpty)
        let text = try String(contentsOf: try TemporaryDirectory.url().appending(path: "usage.html"), encoding: .utf8)
        #expect(text.contains("7-linux/artifact") && !text.contains("http://"))
        let inventory = Tool.repository.appending(
            path: "Tests/UploadExecutionTests/Fixtures/inventory/2026-11-25T01-00Z/manifest.json")
        let csv = try await Tool.run(["usage", "--inventory", inventory.path, "--format", "csv"])
        #expect(csv.exitCode == 0, "\(csv.errors)")
        #expect(csv.output.contains("7-linux,log_file,1,10,2026-11-20,2026-11-20,,,\n"), "\(csv.output)")
        let broken = try await Tool.run(["usage", "--inventory", "plan-7.yaml"])
        #expect(broken.exitCode == 2 && broken.errors.contains("manifest.json of an S3 Inventory"), "\(broken.errors)")
    }

    @Test("expire shows what would go, and removes nothing", .directoryInMemory)
    func expire() async throws {
        try await Self.makeRuns()
        let shown = try await Self.run("expire --keep-last 0")
        #expect(shown.exitCode == 0, "\(shown.errors)")
        #expect(shown.output.contains("Would go: 2 runs, 8 objects"), "\(shown.output)")
        let within = try await Self.run("expire --keep-within 1d --format json")
        #expect(within.output.contains(#"{"prefix": "7-linux", "goes": false, "stays": "written within 1 days""#))
        let names = try FileManager.default.contentsOfDirectory(
            atPath: TemporaryDirectory.url().appending(path: "store").path)
        #expect(names.sorted() == ["7-linux", "8-linux"])
    }

    @Test("Shards of a copy leave receipts, and finish misses the one that did not", .directoryInMemory)
    func shards() async throws {
        try await Self.makeRuns()
        func copy(_ shard: String) async throws -> Int32 {
            try await Self.run("copy --from-run 7 --to-run 9 --all --shard \(shard) --receipt promote").exitCode
        }
        func finish(_ attempt: Int) async throws -> ChildProcess.Outcome {
            try await Tool.run(["finish", "--run-id", "9", "--output-dir", "store", "--run-attempt", "\(attempt)"])
        }
        #expect(try await copy("1/3") == 0)
        #expect(try await copy("3/3") == 0)
        let incomplete = try await finish(1)
        #expect(incomplete.exitCode == 3)
        #expect(
            incomplete.output.contains("receipt promote-2of3  missing: other shards of the same command left theirs"),
            "\(incomplete.output)")
        #expect(try await copy("2/3") == 0)
        #expect(try await copy("2/3") == 3)
        let complete = try await finish(2)
        #expect(complete.exitCode == 0, "\(complete.output)\(complete.errors)")
        #expect(complete.output.contains("Complete: 3 objects, 11 B, proven by 3 receipts."), "\(complete.output)")
        var sums = 0
        for number in 1...2 {
            let verified = try await Self.run("verify --run --run-id 9 --shard \(number)/2")
            #expect(verified.exitCode == 0, "\(verified.output)")
            sums += try Int(#require(verified.output.firstMatch(of: /([0-9]+) identical/)).1) ?? 0
        }
        #expect(sums == 3)
    }

    @Test("A shard of verify finds what is wrong with its own objects", .directoryInMemory)
    func shardedVerify() async throws {
        try await Self.makeRuns()
        let place = try TemporaryDirectory.url().appending(path: "store/7-linux")
        try FileManager.default.removeItem(at: place.appending(path: "b_lib_generic.tar.zst"))
        try "x".write(to: place.appending(path: "extra.tar.zst"), atomically: true, encoding: .utf8)
        var (missing, extra) = (0, 0)
        for number in 1...3 {
            let outcome = try await Self.run("verify --run --run-id 7 --shard \(number)/3")
            let isMissing = outcome.output.contains("b_lib_generic.tar.zst  missing")
            #expect(outcome.exitCode == (isMissing ? 3 : 0), "\(outcome.output)")
            missing += isMissing ? 1 : 0
            extra += outcome.output.contains("extra.tar.zst  extra") ? 1 : 0
        }
        #expect(missing == 1 && extra == 1)
    }

    @Test(
        "What cannot be meant is refused with what to do", .directoryInMemory,
        arguments: [
            ("apply p.yaml --shard 1/2", "apply takes no --shard: runners share no disk"),
            ("copy --from-run 7 --shard 3/2", "'3/2' is invalid"),
            ("copy --from-run 7 --all --term logs", "--all copies everything"), ("expire", "say what stays"),
            ("expire --keep-within 30", "such as 30d"), ("expire --keep-within forever", "such as 30d"),
            ("expire --keep-last=-1", "from 0"), ("pin 7 --reason=", "--reason"), ("pin 7", "--reason"),
            ("usage --inventory m.json --records", "--inventory asks no store"),
            ("expire --keep-last 1 --inventory m.json --branch main", "does not know branches"),
            ("lifecycle --offline --apply", "--offline asks no bucket"),
        ])
    func refused(command: String, words: String) async throws {
        let outcome = try await Tool.run(command.split(separator: " ").map(String.init))
        #expect(outcome.exitCode == 64 && outcome.errors.contains(words), "\(outcome.errors)")
    }

    @Test("lifecycle prints rules without a bucket", .directoryInMemory)
    func lifecycle() async throws {
        let layout = """
            version: 1
            name: t
            run: {prefix: "${run_id}", arguments: {run_id: {identifies_run: true}}}
            terms: {root: {directory: "", retain: [{when: {release_type: ci}, for: 30d}, {for: forever}]}}
            """
        let plan = """
            version: 1
            name: p
            uploads: {a: {from: a, to: root, retain: 3d}, b: {from: b, to: root}}
            """
        let place = try TemporaryDirectory.url()
        try layout.write(to: place.appending(path: "layout.yaml"), atomically: true, encoding: .utf8)
        try plan.write(to: place.appending(path: "plan.yaml"), atomically: true, encoding: .utf8)
        let outcome = try await Tool.run(
            ["lifecycle", "plan.yaml", "--layout", "layout.yaml", "--offline", "--format", "aws"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let document = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: [[String: Any]]]
        #expect(document?["Rules"]?.compactMap { $0["ID"] as? String } == ["therock-retain-3d", "therock-retain-30d"])
        let shown = try await Tool.run(["lifecycle", "plan.yaml", "--layout", "layout.yaml", "--offline"])
        #expect(
            shown.output == """
                  therock-retain-3d   removes what is tagged therock:retain=3d after 3 days
                  therock-retain-30d  removes what is tagged therock:retain=30d after 30 days

                """)
    }
}
