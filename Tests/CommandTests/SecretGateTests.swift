import Foundation
import Testing
import UploadTestSupport

@Suite("The secret gate")
struct SecretGateTests {
    private static let token = "ghp_" + "Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv1Wx2"

    /// A plan whose rule `logs` takes a log with a token in it.
    private func makeTree(rule: String = "") throws {
        let plan = """
            version: 1
            name: gate
            uploads:
              logs: {from: logs, to: {log_dir: {artifact_group: g}}\(rule)}
              data: {from: data, to: root}
              packed: {archive: {format: zip, from: logs, include: [env.log]}, to: {artifact: {filename: e.zip}}\(rule)}

            """
        try SampleTree(at: TemporaryDirectory.url()).make([
            "plan.yaml": .text(plan), "logs/env.log": .text("HOME=/\nGH_TOKEN=\(Self.token)\n"),
            "logs/build.log": .text("all is well"), "data/file": .text("content"),
        ])
    }

    private static let message = """
        error[TU044]: 'logs/env.log' looks like a secret: line 2 holds a token of GitHub ('ghp_…'); exclude it, or \
        waive it by name with `allow_secrets`
         --> plan.yaml:4:3
        """

    @Test(
        "fails the rule before any of its files moves, and no other", .directoryInMemory,
        arguments: [["plan"], ["apply", "--dry-run"], ["apply", "--output-dir", "out"]])
    func refused(command: [String]) async throws {
        try makeTree()
        let outcome = try await Tool.run(command + ["plan.yaml", "--run-id", "12"])
        #expect(outcome.exitCode == 1)
        #expect(outcome.errors.contains(Self.message), "\(outcome.errors)")
        #expect(outcome.errors.contains(" --> plan.yaml:6:3"), "the archive holds it too")
        #expect(!outcome.errors.contains(Self.token) && !outcome.output.contains(Self.token))
        let published = try SampleTree(at: TemporaryDirectory.url().appending(path: "out")).paths()
        #expect(published == (command.last == "out" ? ["12-linux/file"] : []))
    }

    @Test("lets through what the rule waives", .directoryInMemory)
    func waived() async throws {
        try makeTree(rule: ", allow_secrets: [env.log]")
        let outcome = try await Tool.run(["apply", "--output-dir", "out", "plan.yaml", "--run-id", "12"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let published = try SampleTree(at: TemporaryDirectory.url().appending(path: "out")).paths()
        #expect(published.count == 4)
    }

    @Test("goes by names where there is only a listing, and says so", .directoryInMemory)
    func listing() async throws {
        try makeTree()
        let listing = Data("logs/env.log\nlogs/build.log\ndata/file\n".utf8)
        let outcome = try await Tool.run(["plan", "plan.yaml", "--run-id", "12", "--files-from", "-"], input: listing)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("a listing has no contents"))
    }

    @Test("does not open every file of a large tree for a plan, and says so", .directoryInMemory)
    func largeTree() async throws {
        let plan = "version: 1\nname: large\nuploads:\n  logs: {from: logs, to: root}\n"
        let directory = try TemporaryDirectory.url()
        try SampleTree(at: directory).make(["plan.yaml": .text(plan)])
        try SampleTree(at: directory).makeLinks((0...20_000).map { "logs/\($0)" })
        let outcome = try await Tool.run(["plan", "plan.yaml", "--run-id", "12"])
        #expect(outcome.exitCode == 0)
        #expect(outcome.errors.contains("20000 of 20001 files were searched"), "\(outcome.errors)")
    }
}
