import Foundation
import Testing
import UploadTestSupport

/// The files that commands write their results to: `--report`, `--out`, `--lock`, and those of a step.
@Suite("Result files")
struct ResultFileTests {
    private static let plan = """
        version: 1
        name: demo
        uploads:
          logs: {from: logs, to: {log_dir: {artifact_group: g}}}

        """
    private static let apply = [
        "apply", "plan.yaml", "--run-id", "1", "--output-dir", "out", "--progress", "none", "--report",
    ]

    private func makeTree() throws -> URL {
        let directory = try TemporaryDirectory.url()
        try SampleTree(at: directory).make([
            "plan.yaml": .text(Self.plan), "logs/a.log": .text("a"), "directory/x": .text("x"), "file": .text("f"),
            "read-only": SampleEntry(.file(Data("kept".utf8)), mode: 0o444), "reports/old.json": .text("old"),
            "link": SampleEntry(.symlink(to: "reports/old.json")),
            "dangling": SampleEntry(.symlink(to: "reports/new.json")),
        ])
        return directory
    }

    /// Paths that cannot be written.
    static let unwritable = [
        "directory", "file/report.json", "absent/report.json", "read-only", "/dev/fd/77", "/dev/fd/0",
        "/proc/self/fd/77", "new/",
    ]

    @Test("that cannot be written are found out before the first upload", .directoryInMemory, arguments: unwritable)
    func refused(path: String) async throws {
        let directory = try makeTree()
        // Only a process has descriptors of its own.
        let outcome = try await path.hasPrefix("/") ? Tool.process(Self.apply + [path]) : Tool.run(Self.apply + [path])
        #expect(outcome.exitCode == 2)
        #expect(outcome.errors.hasPrefix("error: cannot write '\(path)': "), "\(outcome.errors)")
        #expect(!outcome.errors.contains(/Error|NS[A-Z]/))
        #expect(!FileManager.default.fileExists(atPath: directory.appending(path: "out").path))
        #expect(try String(contentsOf: directory.appending(path: "read-only"), encoding: .utf8) == "kept")
        for command in [
            ["plan", "plan.yaml", "--run-id", "1", "--out", path],
            ["diff", "plan.yaml", "--lock", path, "--update-lock"],
        ] {
            let outcome = try await path.hasPrefix("/") ? Tool.process(command) : Tool.run(command)
            #expect(outcome.exitCode == 2 && outcome.errors.contains("'\(path)'"), "\(outcome.errors)")
            #expect(!outcome.errors.contains(/[a-z]Error|NS[A-Z]/))
        }
    }

    @Test(
        "of a step are tried before the first upload too", .directoryInMemory,
        arguments: ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"])
    func stepFile(variable: String) async throws {
        let directory = try makeTree()
        let outcome = try await Tool.run(Self.apply + ["r.json"], environment: [variable: "directory"])
        #expect(outcome.exitCode == 2 && outcome.errors.contains(variable), "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: directory.appending(path: "out").path))
    }

    @Test("on a full disk leave what was there", .directoryInMemory, .needsMounts)
    func fullDisk() async throws {
        let directory = try makeTree()
        try FileManager.default.createDirectory(
            at: directory.appending(path: "full"), withIntermediateDirectories: true)
        let script = """
            mount -t tmpfs -o size=64k tmpfs full && echo old > full/report.json
            dd if=/dev/zero of=full/filler bs=1k count=100 2>/dev/null; "$@"; code=$?; cat full/report.json; exit $code
            """
        let outcome = try await Tool.process(
            Self.apply + ["full/report.json"], through: ["/usr/bin/unshare", "-m", "/bin/sh", "-c", script, "sh"])
        #expect(outcome.exitCode == 2 && outcome.output == "old\n", "\(outcome.output)")
        #expect(
            outcome.errors.hasPrefix("error: cannot write 'full/report.json': No space left on device"),
            "\(outcome.errors)")
    }

    @Test("that are links keep their place, and what they lead to is written", .directoryInMemory)
    func links() async throws {
        let directory = try makeTree()
        for (link, target) in [("link", "reports/old.json"), ("dangling", "reports/new.json")] {
            #expect(try await Tool.run(Self.apply + [link]).exitCode == 0)
            #expect(
                try FileManager.default.destinationOfSymbolicLink(atPath: directory.appending(path: link).path)
                    == target)
            let report = try String(contentsOf: directory.appending(path: target), encoding: .utf8)
            #expect(report.contains(#""status": "succeeded""#))
        }
    }

    /// Ways to hand a stream to the tool, and where the report comes out.
    static let streams = [
        "mkfifo pipe; cat pipe > got & \"$@\" pipe; code=$?; wait; test -p pipe || exit 9; cat got; exit $code",
        "mkfifo pipe; { sleep 0.3; cat pipe; } > got & \"$@\" pipe; code=$?; wait; cat got; exit $code",
        "\"$@\" >(cat > got; echo > done); code=$?; while ! test -e done; do sleep 0.05; done; cat got; exit $code",
        "\"$@\" /dev/fd/7 7>got; code=$?; cat got; exit $code",
        "\"$@\" /dev/stdout", "\"$@\" /dev/stdout > got; code=$?; cat got; exit $code",
        "ln -s /dev/stdout alias; \"$@\" alias", "\"$@\" /proc/self/fd/1 | cat",
    ]

    @Test("that are streams are written to", .directoryInMemory, arguments: streams)
    func stream(script: String) async throws {
        _ = try makeTree()
        let outcome = try await Tool.process(
            Self.apply, through: ["/bin/bash", "-c", script.replacing("\"$@\"", with: "\"$@\" 2>errors"), "bash"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let start = try #require(outcome.output.firstIndex(of: "{"))
        let report = try JSONSerialization.jsonObject(with: Data(outcome.output[start...].utf8)) as? [String: Any]
        #expect(report?["status"] as? String == "succeeded")
    }

    @Test("keep their permissions when they are replaced", .directoryInMemory)
    func permissions() async throws {
        let file = try makeTree().appending(path: "reports/old.json").path
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
        #expect(try await Tool.run(Self.apply + [file]).exitCode == 0)
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o640)
    }
}
