import Foundation
import Testing
import UploadTestSupport

@Suite("The command line")
struct CommandLineTests {
    /// A plan whose parts succeed, fail or conflict as a test wishes.
    static let plan = """
        version: 1
        name: demo
        parameters:
          existing: {default: replace}
          group: {default: gfx94X}
        uploads:
          logs: {from: logs, include: ["*.log"], to: {log_dir: {artifact_group: "${group}"}}, missing: skip}
          same:
            when: {existing: identical}
            from: logs
            include: ["*.log"]
            to: {log_subdir: {path: same}}
            existing: identical
          gone: {when: {existing: gone}, file: absent.json, to: manifest_root}

        """

    private func makeTree() throws {
        try SampleTree(at: TemporaryDirectory.url()).make([
            "plan.yaml": .text(Self.plan), "bad.yaml": .text("version: 1\nname: x\nuploads: 3\n"),
            "logs/a.log": .text("a"), "logs/b.log": .text("bb"), "logs/notes.txt": .text("left over"),
            "logs/link": SampleEntry(.symlink(to: "a.log")), "out/12-linux/logs/same/a.log": .text("something else"),
        ])
    }

    /// Command lines, where one blank separates two arguments, and their exit codes.
    static let exitCodes: [(command: String, code: Int32)] = [
        ("plan plan.yaml", 0),
        ("apply plan.yaml --output-dir out", 0),
        ("validate plan.yaml", 0),
        ("vocabulary", 0),
        ("locate root", 0),
        ("plan plan.yaml --detailed-exitcode", 5),
        ("plan plan.yaml --detailed-exitcode --set existing=gone", 1),
        ("plan plan.yaml --set existing=gone", 1),
        ("apply plan.yaml --output-dir out --set existing=gone", 1),
        ("validate bad.yaml", 2),
        ("plan bad.yaml", 2),
        ("plan absent.yaml", 2),
        ("apply bad.yaml --output-dir out", 2),
        ("explain plan.yaml --why logs/a.log", 0),
        ("explain plan.yaml --why logs/c.log", 1),
        ("explain plan.yaml --why 12-linux/logs/gfx94X/c.log", 1),
        ("plan plan.yaml --set grupp=x", 2),
        ("plan plan.yaml --set group=a/b", 2),
        ("plan plan.yaml --set group=", 2),
        ("plan plan.yaml --github-repository TheRock", 2),
        ("plan plan.yaml --release-type bogus", 2),
        ("plan plan.yaml --release-type release", 2),
        ("plan plan.yaml --release-type ", 64),
        ("plan plan.yaml --release-type dev-bkc", 0),
        ("plan plan.yaml --run-id 1/2", 2),
        ("plan plan.yaml --buckets absent.yaml", 2),
        ("plan plan.yaml --bucket Not_A_Bucket", 2),
        ("locate rooot", 2),
        ("locate log_dir", 2),
        ("locate root group=x", 2),
        ("apply plan.yaml --output-dir out --set existing=identical", 3),
        ("plan plan.yaml plan.yaml", 2),
        ("plan plan.yaml ./plan.yaml", 2),
        ("plan", 64),
        ("plan plan.yaml --frobnicate", 64),
        ("frobnicate", 64),
        ("plan plan.yaml --set group", 64),
        ("plan plan.yaml --set =x", 64),
        ("plan plan.yaml --platform plan9", 64),
        ("plan plan.yaml --format xml", 64),
        ("apply plan.yaml --output-dir ", 64),
        ("apply plan.yaml --output-dir out --concurrency 0", 64),
        ("apply plan.yaml --output-dir out --progress loud", 64),
        ("locate root --form local", 64),
        ("locate", 64),
        ("vocabulary --format xml", 64),
    ]

    @Test("answers with the exit code that scripts rely on", .directoryInMemory, arguments: exitCodes)
    func exitCode(command: String, code: Int32) async throws {
        try makeTree()
        let arguments = command.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let outcome = try await Tool.run(arguments, environment: ["GITHUB_RUN_ID": "12"])
        #expect(outcome.exitCode == code, "\(outcome.errors)\(outcome.output)")
        // Whoever gets another code than 0 is told why.
        if ![0, 5].contains(code) { #expect(!(outcome.errors + outcome.output).isEmpty) }
        if code == 2 || code == 64 { #expect(outcome.output.isEmpty, "standard output is for data") }
    }

    /// Command lines that are wrong, and what is said about them.
    static let mistakes: [(arguments: [String], message: String, help: String)] = [
        ([], "no command was given", "the commands are plan, apply, finish"),
        (["aply", "plan.yaml"], "there is no command 'aply'", "did you mean `apply`?"),
        (["Plan"], "there is no command 'Plan'", "did you mean `plan`?"),
        (["xyzzy"], "there is no command 'xyzzy'", "the commands are plan"),
        (["plan"], "missing expected argument", "`therock-upload plan --help`"),
        (["apply", "p.yaml", "--frobnicate"], "unknown option '--frobnicate'", "`therock-upload apply --help`"),
        (["--frobnicate"], "unknown option '--frobnicate'", "`therock-upload --help`"),
        (["apply", "p.yaml", "--region", ""], "the value of --region is empty", "leave the option out"),
        (["apply", "p.yaml", "--region="], "the value of --region is empty", "leave the option out"),
        (["apply", "p.yaml", "--bucket", " \t"], "the value of --bucket is empty", "leave the option out"),
        (["fetch", "--artifact-group", ""], "the value of --artifact-group is empty", "leave the option out"),
        (["list", "artifacts", ""], "argument 3 is empty", "a variable probably came out empty"),
    ]

    @Test("a wrong command line is told in the style of all errors", .directoryInMemory, arguments: mistakes)
    func mistake(arguments: [String], message: String, help: String) async throws {
        let outcome = try await Tool.run(arguments)
        #expect(outcome.exitCode == 64 && outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("error: \(message)"), "\(outcome.errors)")
        #expect(outcome.errors.contains("  = help: ") && outcome.errors.contains(help), "\(outcome.errors)")
    }

    @Test("every option that takes a value refuses an empty one", .directoryInMemory)
    func emptyOptions() async throws {
        for command in try await Tool.run(["--help"]).output.matches(of: #/^  ([a-z-]+)  /#.anchorsMatchLineEndings())
            .map({ String($0.1) })
        {
            let help = try await Tool.run([command, "--help"]).output
            for option in help.matches(of: #/^  (--[a-z-]+) </#.anchorsMatchLineEndings()) {
                let outcome = try await Tool.run([command, "x", String(option.1), ""])
                #expect(outcome.exitCode == 64 && outcome.errors.contains("\(option.1) is empty"), "\(outcome.errors)")
            }
        }
    }

    @Test("arguments are known where there is no /proc", .directoryInMemory, .needsMounts)
    func withoutProc() async throws {
        try makeTree()
        let wrapper = ["/usr/bin/unshare", "-m", "/bin/sh", "-c", "umount -l /proc && exec \"$@\"", "sh"]
        let absent = try await Tool.process(["apply", "absent.yaml", "--output-dir", "out"], through: wrapper)
        #expect(absent.exitCode == 2 && absent.errors.contains("absent.yaml"), "\(absent.errors)")
        let store = ObjectStore()
        let answer: ScriptedServer.Script = { request in
            // Long enough for what libraries do every second.
            if store.objects.isEmpty { Thread.sleep(forTimeInterval: 1.2) }
            return store.answer(request)
        }
        let applied = try await ScriptedServer.with(answer) { server in
            try await Tool.process(
                ["apply", "plan.yaml", "--bucket", "bucket", "--run-id", "1", "--report", "r.json"],
                environment: ObjectStore.environment(server), through: wrapper)
        }
        #expect(applied.exitCode == 0, "\(applied.errors)")
        #expect(!store.objects.isEmpty)
    }

    /// Environments of minimal containers: no home, no locale, no user, nothing but the tool.
    static let bareEnvironments: [[String]] = [
        ["/usr/bin/env", "-i"], ["/usr/bin/env", "-i", "TMPDIR=", "HOME=", "LC_ALL=xx_YY.UTF-8", "USER="],
        ["/usr/bin/env", "-u", "HOME", "setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", "--"],
    ]

    @Test(
        "no variable of the environment is needed", .directoryInMemory, .needsUnprivilegedUser,
        arguments: bareEnvironments)
    func bareEnvironment(wrapper: [String]) async throws {
        try makeTree()
        let plan = """
            version: 1
            name: bare
            uploads:
              packed: {archive: {format: tar.zst, from: logs, include: ["*.log"]}, to: {log_file: {artifact_group: g, filename: l.tar.zst}}}

            """
        try SampleTree(at: TemporaryDirectory.url()).make(["bare.yaml": .text(plan)])
        let directory = try TemporaryDirectory.url().path
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: directory)
        let outcome = try await Tool.process(
            ["apply", "bare.yaml", "--output-dir", "bare-out", "--run-id", "12"], through: wrapper)
        #expect(outcome.exitCode == 0, "\(outcome.errors)\(outcome.output)")
    }

    @Test("a file system that is read-only needs none of its own files", .directoryInMemory, .needsMounts)
    func readOnly() async throws {
        try makeTree()
        let script = "mount -o bind,ro / / 2>/dev/null; mount -t tmpfs tmpfs /mnt && exec \"$@\""
        let outcome = try await Tool.process(
            ["apply", "plan.yaml", "--output-dir", "/mnt/out", "--run-id", "12"],
            through: ["/usr/bin/unshare", "-m", "/bin/sh", "-c", script, "sh"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)\(outcome.output)")
    }

    @Test("too little memory ends in a message, not in a signal", .directoryInMemory, arguments: [60, 120, 200, 400])
    func littleMemory(mebibytes: Int) async throws {
        try makeTree()
        let outcome = try await Tool.process(
            ["apply", "plan.yaml", "--output-dir", "small", "--run-id", "12"],
            through: ["/bin/bash", "-c", "ulimit -v $((\(mebibytes) * 1024)); exec \"$@\"", "bash"])
        #expect(outcome.exitCode >= 0, "signal \(-outcome.exitCode)")
        if outcome.exitCode != 0 { #expect(!outcome.errors.isEmpty) }
    }

    @Test("what a killed run leaves in an output directory is gone after the next run", .directoryInMemory)
    func killed() async throws {
        let directory = try TemporaryDirectory.url()
        let files = (0..<400).map {
            ("logs/\($0)-\(String(repeating: "x", count: 200)).log", SampleEntry.text("\($0)"))
        }
        try SampleTree(at: directory).make(Dictionary(uniqueKeysWithValues: files))
        try SampleTree(at: directory).make(["plan.yaml": .text(Self.plan)])
        let options = ["apply", "plan.yaml", "--output-dir", "out", "--progress", "plain", "--run-id"]
        func hidden() throws -> [String] {
            let names = FileManager.default.enumerator(atPath: directory.appending(path: "out").path)
            return (names?.compactMap { $0 as? String } ?? []).filter { $0.contains(".therock-upload-") }
        }
        let killed = try await Tool.child(options + ["12"]).run(interruptedBy: SIGKILL)
        #expect(killed.exitCode == -SIGKILL)
        #expect(try !hidden().isEmpty)
        #expect(try await Tool.run(options + ["13"]).exitCode == 0)
        #expect(try hidden().isEmpty)
    }

    @Test("a run that ignores SIGHUP, as with nohup, goes on", .directoryInMemory)
    func nohup() async throws {
        let files = (0..<400).map {
            ("logs/\($0)-\(String(repeating: "x", count: 200)).log", SampleEntry.text("\($0)"))
        }
        try SampleTree(at: TemporaryDirectory.url()).make(Dictionary(uniqueKeysWithValues: files))
        try SampleTree(at: TemporaryDirectory.url()).make(["plan.yaml": .text(Self.plan)])
        let outcome = try await Tool.child(
            ["apply", "plan.yaml", "--run-id", "12", "--output-dir", "out", "--progress", "plain"],
            through: ["/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh"]
        ).run(interruptedBy: SIGHUP)
        #expect(outcome.exitCode == 0, "\(outcome.errors.suffix(300))")
    }

    @Test("says its version and its commands", .directoryInMemory)
    func help() async throws {
        let version = try await Tool.run(["--version"])
        #expect(version.exitCode == 0)
        #expect(version.output.contains(/^\d+\.\d+\.\d+\n$/))
        let help = try await Tool.run(["--help"])
        #expect(help.exitCode == 0)
        for command in ["plan", "apply", "validate", "locate", "vocabulary"] {
            #expect(help.output.contains("  \(command)"))
            #expect(try await Tool.run([command, "--help"]).exitCode == 0)
        }
    }

    @Test("without a run id says the three ways to give one", .directoryInMemory)
    func noRun() async throws {
        try makeTree()
        let outcome = try await Tool.run(["apply", "plan.yaml"])
        #expect(outcome.exitCode == 2)
        #expect(outcome.errors.contains("--run-id") && outcome.errors.contains("GITHUB_RUN_ID"), "\(outcome.errors)")
    }

    // MARK: - Colour

    @Test("colour is for terminals", .directoryInMemory, .enabled(if: hasScript, "needs script(1)"))
    func color() async throws {
        try makeTree()
        let commands = [
            ["plan", "plan.yaml", "--explain", "--run-id", "12"], ["validate", "bad.yaml"],
            ["apply", "plan.yaml", "--output-dir", "out", "--run-id", "12", "--progress", "plain"],
        ]
        for command in commands {
            let piped = try await Tool.run(command)
            #expect(!(piped.output + piped.errors).contains("\u{1B}"))
            #expect(try await onTerminal(command, ["TERM": "xterm"]).contains("\u{1B}["))
            #expect(try await !onTerminal(command, ["TERM": "xterm", "NO_COLOR": "1"]).contains("\u{1B}["))
            #expect(try await !onTerminal(command, ["TERM": "dumb"]).contains("\u{1B}["))
            #expect(try await !onTerminal(command, ["TERM": "xterm", "CLICOLOR": "0"]).contains("\u{1B}["))
            let forced = try await Tool.run(command, environment: ["CLICOLOR_FORCE": "1"])
            #expect((forced.output + forced.errors).contains("\u{1B}["))
            let refused = try await Tool.run(command, environment: ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"])
            #expect(!(refused.output + refused.errors).contains("\u{1B}["))
        }
    }

    private static let hasScript = FileManager.default.isExecutableFile(atPath: "/usr/bin/script")

    private func onTerminal(_ command: [String], _ environment: [String: String]) async throws -> String {
        let line = ([ChildProcess.tool.path] + command).joined(separator: " ")
        return try await ChildProcess(
            URL(filePath: "/usr/bin/script"), ["-qec", line, "/dev/null"],
            environment: Tool.environment.merging(environment) { $1 }, in: TemporaryDirectory.url()
        ).run().output
    }

    // MARK: - plan and apply

    @Test("the same input gives the same bytes", .directoryInMemory)
    func deterministic() async throws {
        try makeTree()
        for options in [[], ["--explain"], ["--format", "json"]] {
            let command = ["plan", "plan.yaml", "--run-id", "12"] + options
            let first = try await Tool.run(command)
            let second = try await Tool.run(command)
            #expect(!first.output.isEmpty && first.outputBytes == second.outputBytes)
        }
    }

    @Test("a dry run is the explained plan, and writes nothing", .directoryInMemory)
    func dryRun() async throws {
        try makeTree()
        let tree = try SampleTree(at: TemporaryDirectory.url())
        let before = try tree.snapshot()
        for setting in ["replace", "gone"] {
            let options = ["plan.yaml", "--run-id", "12", "--set", "existing=\(setting)"]
            let planned = try await Tool.run(["plan", "--explain"] + options)
            let dry = try await Tool.run(
                ["apply", "--dry-run", "--output-dir", "new", "--report", "report.json"] + options)
            #expect(dry.outputBytes == planned.outputBytes && dry.errorBytes == planned.errorBytes)
            #expect(dry.exitCode == planned.exitCode)
        }
        #expect(try tree.snapshot() == before)
    }

    @Test("the plan as JSON names every operation", .directoryInMemory)
    func planJSON() async throws {
        try makeTree()
        let outcome = try await Tool.run(["plan", "plan.yaml", "--run-id", "12", "--format", "json"])
        let plan = try PlanDocument(outcome.outputBytes)
        #expect(plan.format == "therock-upload/plan/v1")
        #expect(plan.operations.map(\.key) == ["12-linux/logs/gfx94X/a.log", "12-linux/logs/gfx94X/b.log"])
        let operation = try #require(plan.operations.last)
        #expect(operation.rule == "logs" && operation.line == 7 && operation.source == "logs/b.log")
        #expect(
            operation.size == 2 && operation.bucket == "therock-ci-artifacts" && operation.contentType == "text/plain")
    }

    @Test("the report names every outcome", .directoryInMemory)
    func report() async throws {
        try makeTree()
        let outcome = try await Tool.run([
            "apply", "plan.yaml", "--run-id", "12", "--output-dir", "out", "--report", "report.json",
            "--set", "existing=identical",
        ])
        #expect(outcome.exitCode == 3)
        struct Report: Decodable {
            struct Operation: Decodable { var rule, key, outcome, sha256: String?, size: Int?, durationMs: Int }

            var format, status: String
            var operations: [Operation]
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let file = try TemporaryDirectory.url().appending(path: "report.json")
        let report = try decoder.decode(Report.self, from: Data(contentsOf: file))
        #expect(report.format == "therock-upload/report/v1" && report.status == "conflict")
        #expect(report.operations.map(\.outcome) == ["uploaded", "uploaded", "failed", "uploaded"])
        #expect(report.operations.first?.sha256 == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb")
    }

    @Test("progress goes to standard error, as it was asked for", .directoryInMemory)
    func progress() async throws {
        try makeTree()
        let command = ["apply", "plan.yaml", "--run-id", "12", "--output-dir", "out", "--progress"]
        let plain = try await Tool.run(command + ["plain"])
        #expect(plain.errors.contains("12-linux/logs/gfx94X/a.log"))
        let json = try await Tool.run(command + ["json"])
        for line in json.errors.split(separator: "\n") {
            _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
        }
        #expect(try await Tool.run(command + ["none"]).errors.isEmpty)
        // Nothing that moves a cursor where nobody sees it.
        #expect(try await !Tool.run(command + ["auto"]).errors.contains("\r"))
    }

    @Test(
        "an interrupted run stops cleanly and says what was finished", .directoryInMemory,
        arguments: [SIGINT, SIGTERM, SIGHUP])
    func interruption(signal: Int32) async throws {
        let directory = try TemporaryDirectory.url()
        let count = 1200
        let tree = SampleTree(at: directory)
        // Long names, so that the lines about them fill the pipe long before the run is over.
        try tree.makeLinks((0..<count).map { "logs/\($0)-\(String(repeating: "x", count: 200)).log" })
        try tree.make(["plan.yaml": .text(Self.plan)])
        let outcome = try await Tool.child([
            "apply", "plan.yaml", "--run-id", "12", "--output-dir", "out", "--progress", "plain",
            "--report", "report.json",
        ]).run(interruptedBy: signal)
        #expect(outcome.exitCode == 130)
        #expect(outcome.errors.contains("Stopping"))
        let written = try SampleTree(at: directory.appending(path: "out")).paths()
        #expect(written.count < count)
        #expect(!written.contains { $0.contains(".part") }, "half a file was left")
        let report = try String(contentsOf: directory.appending(path: "report.json"), encoding: .utf8)
        #expect(report.contains(#""status": "interrupted""#))
        #expect(report.matches(of: /"outcome": "uploaded"/).count == written.count)
    }
}
