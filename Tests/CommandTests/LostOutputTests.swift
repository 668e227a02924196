import Foundation
import SystemPackage
import Testing
import UploadTestSupport

/// What becomes of a command whose standard output takes nothing.
@Suite("Lost output")
struct LostOutputTests {
    private static let plan = """
        version: 1
        name: demo
        uploads:
          logs: {from: logs, to: {log_dir: {artifact_group: g}}}

        """

    /// Commands that end with 0 where their output can be written.
    static let commands = [
        "--help", "--version", "help plan", "plan --help", "validate plan.yaml", "vocabulary", "schema plan",
        "explain-code TU012", "explain-code", "locate root --run-id 1", "plan plan.yaml --run-id 1",
        "plan plan.yaml --run-id 1 --format json", "explain plan.yaml --run-id 1 --why logs/a.log",
        "diff plan.yaml plan.yaml --run-id 1", "list --run-id 1 --local-staging-dir store",
        "list --run-id 1 --local-staging-dir store --format json",
        "verify plan.yaml --run-id 1 --local-staging-dir store",
        "fetch --run-id 1 --local-staging-dir store --dry-run",
        "copy --from-run 1 --to-run 2 --term logs --local-staging-dir store --progress none",
        "apply plan.yaml --run-id 3 --output-dir new --progress none --report report.json",
    ]

    private func makeTree() async throws {
        try SampleTree(at: TemporaryDirectory.url()).make([
            "plan.yaml": .text(Self.plan), "logs/a.log": .text("a"), "store/1-linux/a_lib_generic.tar.xz": .text("x"),
            "store/1-linux/logs/g/a.log": .text("a"),
        ])
    }

    private func run(_ command: String, redirectedBy redirection: String) async throws -> ChildProcess.Outcome {
        try await Tool.process(
            command.split(separator: " ").map(String.init),
            through: ["/bin/bash", "-c", "\"$@\" \(redirection)", "bash"])
    }

    private func run(_ command: String, losing error: Errno) async throws -> ChildProcess.Outcome {
        try await Tool.run(command.split(separator: " ").map(String.init), lostOutput: error)
    }

    @Test("is not a success, and says why", .temporaryDirectory, arguments: commands)
    func lost(command: String) async throws {
        try await makeTree()
        for (error, reason) in [
            (Errno.noSpace, "No space left on device"), (.badFileDescriptor, "Bad file descriptor"),
        ] {
            let outcome = try await run(command, losing: error)
            #expect(outcome.exitCode == 1, "\(outcome.errors)")
            #expect(outcome.errors.contains("error: standard output cannot be written: \(reason)"), "\(outcome.errors)")
        }
    }

    @Test(
        "is told by the system", .temporaryDirectory,
        arguments: [("> /dev/full", "No space left on device"), (">&-", "Bad file descriptor")])
    func fullOrClosed(redirection: String, reason: String) async throws {
        try await makeTree()
        let outcome = try await run("plan plan.yaml --run-id 1", redirectedBy: redirection)
        #expect(outcome.exitCode == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains("error: standard output cannot be written: \(reason)"), "\(outcome.errors)")
    }

    @Test("whose reader is gone ends the command without a word", .temporaryDirectory, arguments: commands)
    func readerGone(command: String) async throws {
        try await makeTree()
        let outcome = try await run(command, losing: .brokenPipe)
        #expect(outcome.exitCode == 141, "\(outcome.errors)")
        #expect(!outcome.errors.contains("error"), "\(outcome.errors)")
    }

    @Test("whose reader is gone is not a signal that ends the process", .temporaryDirectory)
    func brokenPipe() async throws {
        try await makeTree()
        // The pipe has lost its reader before the command starts.
        let outcome = try await Tool.process(
            ["plan", "plan.yaml", "--run-id", "1"],
            through: [
                "/bin/bash", "-c", "mkfifo pipe; (exec 3<pipe) & exec 4>pipe; wait; exec \"$@\" >&4 4>&-", "bash",
            ])
        #expect(outcome.exitCode == 141, "\(outcome.errors)")
        #expect(!outcome.errors.contains("error"), "\(outcome.errors)")
    }

    @Test(
        "never stops an upload: its report is there", .temporaryDirectory,
        arguments: ["> /dev/full", ">&-", "> /dev/full 2>&-"])
    func upload(redirection: String) async throws {
        try await makeTree()
        let outcome = try await run(
            "apply plan.yaml --run-id 3 --output-dir new --report report.json", redirectedBy: redirection)
        #expect(outcome.exitCode == 1)
        let directory = try TemporaryDirectory.url()
        #expect(FileManager.default.fileExists(atPath: directory.appending(path: "new/3-linux/logs/g/a.log").path))
        let report = try String(contentsOf: directory.appending(path: "report.json"), encoding: .utf8)
        #expect(report.contains(#""status": "succeeded""#))
    }

    @Test("a worse exit code is kept", .temporaryDirectory)
    func worse() async throws {
        try await makeTree()
        try SampleTree(at: TemporaryDirectory.url()).make(["store/1-linux/logs/g/a.log": .text("b")])
        let outcome = try await run(
            "verify plan.yaml --run-id 1 --local-staging-dir store", redirectedBy: "> /dev/full")
        #expect(outcome.exitCode == 3)
    }
}
