import Foundation
import Testing
import UploadTestSupport

/// Trees as no build should leave them: the right files go up, or a message says what is wrong; nothing crashes.
@Suite("Odd trees")
struct OddTreeTests {
    /// Names that a shell, a URL or a YAML file would have to quote.
    static let oddNames = [
        "plain.log", "with space.log", "a+b.log", "100%.log", "#1.log", "time 12:30.log", "~home.log", "'single'.log",
        "\"double\".log", "back\\slash.log", "$(sh).log", "a&b;c|d.log", "[x].log", "{a,b}.log", "*.log", "?.log",
        "-dash.log", "--set", ".hidden", "...", "trailing.", "Ünï.log", "日本語.log", "🚀.log", "e\u{301}.log",
        "no-ext", "a=b.log", "%2B.log", "<b>.log", "@at.log", "comma,.log", "!bang.log", "^.log", "`tick`.log",
    ]

    @Test("files with odd names are published under these names", .directoryInMemory, arguments: oddNames)
    func oddName(name: String) async throws {
        let outcome = try await publish([name: .text("content"), "dir/\(name)": .text("content")])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(try published() == ["12-linux/logs/g/\(name)", "12-linux/logs/g/dir/\(name)"].sorted())
    }

    @Test(
        "control characters in names never reach the terminal", .directoryInMemory,
        arguments: [
            "new\nline.log", "tab\there.log", "escape\u{1B}[31m.log", "bell\u{7}.log", "del\u{7F}.log", "\u{85}.log",
        ])
    func controlCharacters(name: String) async throws {
        let outcome = try await publish([name: .text("content"), "good.log": .text("content")])
        #expect([0, 1].contains(outcome.exitCode), "\(outcome.errors)")
        #expect(try published().contains("12-linux/logs/g/good.log"), "the others are published all the same")
        for text in [outcome.errors, outcome.output] {
            #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" })
        }
    }

    @Test("a file that an archive does not pick from a tree is left there, and explained", .directoryInMemory)
    func picked() async throws {
        let root = try TemporaryDirectory.url()
        for path in ["build/a/.ninja_log", "build/a/b.o", "build/logs/x.log"] {
            try TestFile.write(path, to: path, in: root)
        }
        let plan = """
            version: 1
            name: picks
            uploads:
              ninja: {archive: {format: tar.gz, from: build, include: ["**/.ninja_log"]}, to: {log_file: {artifact_group: g, filename: n.tar.gz}}}
              logs: {from: build/logs, to: root}
            """
        try TestFile.write(plan, to: "picks.yaml", in: root)
        let run = ["picks.yaml", "--run-id", "12"]
        let planned = try await Tool.run(["plan"] + run + ["--format", "json"])
        #expect(planned.exitCode == 0, "\(planned.errors)")
        #expect(planned.output.contains("build/a/.ninja_log") && planned.output.contains("build/logs/x.log"))
        #expect(planned.output.contains("\"leftovers\": []"))
        let why = try await Tool.run(["explain"] + run + ["--why", "build/a/b.o"])
        #expect(why.output.contains("no include matches: '**/.ninja_log'"), "\(why.output)\(why.errors)")
        #expect(!why.output.contains("no such file"))
    }

    /// What is not a regular file: skipped, and the plan says so.
    @Test("symlinks are skipped and reported", .directoryInMemory)
    func symlinks() async throws {
        try SampleTree(at: TemporaryDirectory.url()).make(["secret/key": .text("outside")])
        let tree: [String: SampleEntry] = [
            "real.log": .text("content"), "sub/inner.log": .text("content"),
            "to-file.log": SampleEntry(.symlink(to: "real.log")), "broken.log": SampleEntry(.symlink(to: "nowhere")),
            "to-dir": SampleEntry(.symlink(to: "sub")), "cycle": SampleEntry(.symlink(to: ".")),
            "self": SampleEntry(.symlink(to: "self")), "outside": SampleEntry(.symlink(to: "../secret/key")),
        ]
        let outcome = try await publish(tree)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(try published() == ["12-linux/logs/g/real.log", "12-linux/logs/g/sub/inner.log"])
        let plan = try await Tool.run(["plan", "--format", "json"] + arguments)
        for name in ["to-file.log", "broken.log", "to-dir", "cycle", "self", "outside"] {
            #expect(plan.output.contains("\"logs/\(name)\""), "\(plan.output)")
        }
        #expect(plan.output.matches(of: /"reason": "symlink"/).count == 6)
    }

    @Test("followed symlinks stay inside the source", .directoryInMemory)
    func followedSymlinks() async throws {
        try SampleTree(at: TemporaryDirectory.url()).make(["secret/key": .text("outside")])
        let tree: [String: SampleEntry] = [
            "real.log": .text("content"), "to-file.log": SampleEntry(.symlink(to: "real.log")),
            "outside": SampleEntry(.symlink(to: "../secret/key")), "cycle": SampleEntry(.symlink(to: ".")),
            "self": SampleEntry(.symlink(to: "self")), "broken": SampleEntry(.symlink(to: "nowhere")),
        ]
        let outcome = try await publish(tree, rule: "symlinks: follow")
        #expect([0, 1].contains(outcome.exitCode), "\(outcome.errors)")
        let keys = try published()
        #expect(keys.contains("12-linux/logs/g/to-file.log") && keys.contains("12-linux/logs/g/real.log"))
        #expect(!keys.contains { $0.hasSuffix("outside") }, "a symlink led out of the source")
    }

    @Test("empty files and directories", .directoryInMemory)
    func empty() async throws {
        let outcome = try await publish(["empty.log": .text(""), "nothing/in/here": SampleEntry(.directory)])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(try published() == ["12-linux/logs/g/empty.log"])
    }

    @Test("pipes, sockets and devices are skipped and not opened", .directoryInMemory)
    func specialFiles() async throws {
        let logs = try TemporaryDirectory.url().appending(path: "logs")
        try SampleTree(at: logs.deletingLastPathComponent()).make(["logs/good.log": .text("content")])
        let made = unsafe mkfifo(logs.path + "/pipe.log", 0o644)
        #expect(made == 0)
        let socket = try #require(UnixSocket(at: "socket.log", in: logs))
        defer { socket.close() }
        let outcome = try await publish([:])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(try published() == ["12-linux/logs/g/good.log"])
    }

    @Test(
        "names that differ only by case are two names and a warning, or an error where the rule says so",
        .directoryInMemory, arguments: [("warn", 0), ("error", 1)])
    func caseTwins(policy: String, exitCode: Int32) async throws {
        let outcome = try await publish(
            ["Build.log": .text("a"), "build.log": .text("b"), "other.log": .text("c")],
            rule: "case_collisions: \(policy)")
        #expect(outcome.exitCode == exitCode)
        #expect(outcome.errors.contains("Build.log") && outcome.errors.contains("build.log"))
        #expect(try published().count == (exitCode == 0 ? 3 : 1))
    }

    @Test(
        "one of two files for one key costs neither the other files nor the exit code of best effort",
        .directoryInMemory)
    func collision() async throws {
        let tree: [String: SampleEntry] = ["a/x.log": .text("a"), "b/x.log": .text("b"), "y.log": .text("c")]
        for (options, exitCode) in [("", Int32(1)), ("\n    best_effort: true", 0)] {
            let outcome = try await publish(tree, rule: "flatten: true\(options)")
            #expect(outcome.exitCode == exitCode, "\(outcome.errors)")
            #expect(outcome.errors.contains("logs/a/x.log") && outcome.errors.contains("logs/b/x.log"))
            #expect(try published() == ["12-linux/logs/g/y.log"])
        }
    }

    @Test("names that differ only by normalisation are two names, with a warning", .directoryInMemory)
    func normalisationTwins() async throws {
        let tree = try SampleTree(at: TemporaryDirectory.url())
        try tree.makeFile(named: [Array("logs".utf8), Array("\u{E9}.log".utf8)], contents: "composed")
        let outcome = try await publish(["e\u{301}.log": .text("decomposed")])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("warning"))
        #expect(try published().count == 2)
    }

    @Test("names that are not UTF-8 fail their rule, and only it", .directoryInMemory)
    func invalidNames() async throws {
        let tree = try SampleTree(at: TemporaryDirectory.url())
        try tree.makeFile(named: [Array("logs".utf8), [0x62, 0xFF, 0xC3, 0x28]], contents: "content")
        try tree.makeFile(named: [Array("logs".utf8), [0xC3], Array("inner.log".utf8)], contents: "content")
        let outcome = try await publish(["good.log": .text("content")])
        #expect(outcome.exitCode == 1)
        #expect(outcome.output.contains("not UTF-8"), "\(outcome.output)")
        #expect(try published() == ["12-linux/logs/g/good.log"])
    }

    @Test("paths that are too long for a key fail their rule", .directoryInMemory, arguments: [1200, 4000, 5000])
    func longPaths(length: Int) async throws {
        let component = Array(repeating: UInt8(ascii: "d"), count: 199)
        let path = [Array("logs".utf8)] + Array(repeating: component, count: length / 200) + [Array("deep.log".utf8)]
        try SampleTree(at: TemporaryDirectory.url()).makeFile(named: path, contents: "content")
        let outcome = try await publish(["good.log": .text("content")])
        #expect(outcome.exitCode == 1)
        #expect(outcome.output.contains("1024") || outcome.output.contains("too long"), "\(outcome.output)")
        #expect(try published() == ["12-linux/logs/g/good.log"])
        try await removeDeep("logs")
    }

    @Test("long paths that fit into a key are published", .directoryInMemory)
    func longPathsThatFit() async throws {
        let path = Array(repeating: String(repeating: "d", count: 190), count: 5).joined(separator: "/") + "/x.log"
        let outcome = try await publish([path: .text("content")])
        #expect(outcome.exitCode == 0, "\(outcome.errors)\(outcome.output)")
        #expect(try published() == ["12-linux/logs/g/\(path)"])
    }

    @Test("two thousand files in one directory and a hundred nested ones", .directoryInMemory)
    func many() async throws {
        try SampleTree(at: TemporaryDirectory.url()).makeLinks((0..<2000).map { "logs/wide/\($0).log" })
        let outcome = try await publish([
            Array(repeating: "n", count: 100).joined(separator: "/") + "/x.log": .text("content")
        ])
        #expect(outcome.exitCode == 0, "\(outcome.errors.suffix(500))")
        #expect(try published().count == 2001)
    }

    // MARK: - What the system refuses

    @Test("unreadable files fail one by one", .directoryInMemory, .needsUnprivilegedUser)
    func unreadableFile() async throws {
        let outcome = try await publish(
            ["secret.log": SampleEntry(.file(Data("x".utf8)), mode: 0o000), "good.log": .text("content")],
            through: Privileges.dropped)
        #expect(outcome.exitCode == 1)
        #expect(
            outcome.output.contains("secret.log") && outcome.output.contains("ermission denied"), "\(outcome.output)")
        #expect(try published() == ["12-linux/logs/g/good.log"])
    }

    @Test(
        "unreadable directories fail their rule", .directoryInMemory, .needsUnprivilegedUser,
        arguments: [0o000, 0o100, 0o400])
    func unreadableDirectory(mode: Int) async throws {
        let outcome = try await publish(
            [
                "closed/inner.log": .text("content"), "closed": SampleEntry(.directory, mode: mode_t(mode)),
                "good.log": .text("content"),
            ], through: Privileges.dropped)
        #expect(outcome.exitCode == 1)
        #expect(outcome.output.contains("closed"), "\(outcome.output)")
        #expect(try published() == ["12-linux/logs/g/good.log"])
    }

    @Test(
        "an output directory that cannot be written to fails every file with one message", .directoryInMemory,
        .needsUnprivilegedUser)
    func readOnlyOutput() async throws {
        try SampleTree(at: TemporaryDirectory.url()).make(["out": SampleEntry(.directory, mode: 0o555)])
        let outcome = try await publish(
            ["a.log": .text("a"), "b.log": .text("b")], through: Privileges.dropped, opensOutput: false)
        #expect(outcome.exitCode == 1)
        #expect(outcome.output.contains("ermission denied"), "\(outcome.output)")
    }

    @Test("a full disk fails what does not fit and leaves no half files", .directoryInMemory, .needsMounts)
    func fullDisk() async throws {
        try SampleTree(at: TemporaryDirectory.url()).make(["out": SampleEntry(.directory)])
        let script = """
            mount -t tmpfs -o size=256k tmpfs out || exit 99
            "$@"; code=$?
            find out -type f -printf '%s %f\\n' >&2
            exit $code
            """
        let outcome = try await publish(
            ["small.log": .text("content"), "big.log": SampleEntry(.file(Data(count: 1 << 20)))],
            options: ["--concurrency", "1"], through: ["/usr/bin/unshare", "-m", "/bin/sh", "-c", script, "sh"])
        #expect(outcome.exitCode == 1)
        #expect(outcome.output.contains("cannot be written: No space left"), "\(outcome.output)")
        #expect(outcome.errors.split(separator: "\n").last == "7 small.log", "\(outcome.errors)")
    }

    // MARK: - Where the output goes

    @Test("an output directory that is a symlink is used", .directoryInMemory)
    func symlinkedOutput() async throws {
        try SampleTree(at: TemporaryDirectory.url()).make([
            "elsewhere": SampleEntry(.directory), "out": SampleEntry(.symlink(to: "elsewhere")),
        ])
        let outcome = try await publish(["a.log": .text("a")])
        #expect(outcome.exitCode == 0, "\(outcome.errors)\(outcome.output)")
        let tree = try SampleTree(at: TemporaryDirectory.url().appending(path: "elsewhere"))
        #expect(try tree.paths() == ["12-linux/logs/g/a.log"])
    }

    @Test("a symlink inside the output directory leads nothing out of it", .directoryInMemory)
    func symlinkInOutput() async throws {
        try SampleTree(at: TemporaryDirectory.url()).make([
            "elsewhere": SampleEntry(.directory), "out/12-linux": SampleEntry(.symlink(to: "../elsewhere")),
        ])
        let outcome = try await publish(["a.log": .text("a")])
        #expect(outcome.exitCode == 1)
        let tree = try SampleTree(at: TemporaryDirectory.url().appending(path: "elsewhere"))
        #expect(try tree.paths() == [])
    }

    @Test("an output directory that is a file fails", .directoryInMemory)
    func fileAsOutput() async throws {
        try SampleTree(at: TemporaryDirectory.url()).make(["out": .text("a file")])
        let outcome = try await publish(["a.log": .text("a")])
        #expect(outcome.exitCode == 1)
        #expect(outcome.output.contains("out"), "\(outcome.output)")
    }

    @Test(
        "an output directory inside a source is refused, however it is spelled", .directoryInMemory,
        arguments: ["logs", "logs/out", "./logs/a/../new/out", "link/out"])
    func outputInsideSource(output: String) async throws {
        try writePlan()
        let tree = try SampleTree(at: TemporaryDirectory.url())
        try tree.make([
            "logs/a.log": .text("a"), "logs/a": SampleEntry(.directory), "link": SampleEntry(.symlink(to: "logs")),
        ])
        let before = try tree.paths()
        let outcome = try await Tool.run(["apply"] + arguments + ["--output-dir", output])
        #expect(outcome.exitCode == 2)
        #expect(outcome.errors.contains("output directory"), "\(outcome.errors)")
        #expect(try tree.paths() == before)
    }

    @Test(
        "an output directory below a source is used if no rule takes its files, and refused if one takes an earlier run's",
        .directoryInMemory,
        arguments: [
            ("include: [\"*.log\"]", false), ("exclude: [\"out/**\"]", false), ("include: [\"**/*.old\", a.log]", true),
        ])
    func outputBelowSource(rule: String, takesEarlier: Bool) async throws {
        try writePlan(rule: rule)
        let tree = try SampleTree(at: TemporaryDirectory.url())
        try tree.make(["logs/a.log": .text("a")])
        for _ in 1...2 {
            let outcome = try await Tool.run(["apply"] + arguments + ["--output-dir", "logs/out"])
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            #expect(try tree.paths() == ["logs/a.log", "logs/out/12-linux/logs/g/a.log", "plan.yaml"])
        }
        try tree.make(["logs/out/11-linux/x.old": .text("b")])
        let outcome = try await Tool.run(["apply"] + arguments + ["--output-dir", "logs/out"])
        #expect(outcome.exitCode == (takesEarlier ? 2 : 0), "\(outcome.errors)")
    }

    // MARK: - Helpers of the suite

    private let arguments = ["plan.yaml", "--run-id", "12"]

    private func writePlan(rule: String = "symlinks: skip") throws {
        let plan = """
            version: 1
            name: odd
            uploads:
              logs:
                from: logs
                to: {log_dir: {artifact_group: g}}
                \(rule)

            """
        try SampleTree(at: TemporaryDirectory.url()).make(["plan.yaml": .text(plan)])
    }

    /// Publishes `logs/` with these entries to `out/`.
    private func publish(
        _ entries: [String: SampleEntry], rule: String = "symlinks: skip", options: [String] = [],
        through wrapper: [String] = [],
        opensOutput: Bool = true
    ) async throws -> ChildProcess.Outcome {
        let directory = try TemporaryDirectory.url()
        try writePlan(rule: rule)
        try SampleTree(at: directory).make(Dictionary(uniqueKeysWithValues: entries.map { ("logs/\($0)", $1) }))
        if !wrapper.isEmpty, opensOutput {
            try SampleTree(at: directory).make(["out": SampleEntry(.directory, mode: 0o777)])
        }
        let command = ["apply"] + arguments + ["--output-dir", "out"] + options
        return try await wrapper.isEmpty ? Tool.run(command) : Tool.process(command, through: wrapper)
    }

    private func published() throws -> [String] {
        try SampleTree(at: TemporaryDirectory.url().appending(path: "out")).paths()
    }

    /// Removes a tree whose paths are longer than Foundation can name.
    private func removeDeep(_ name: String) async throws {
        _ = try await ChildProcess(
            URL(filePath: "/bin/rm"), ["-rf", name], environment: [:], in: TemporaryDirectory.url()
        ).run()
    }
}
