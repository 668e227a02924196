import Foundation
import Testing
import UploadTestSupport

@Suite("Secret parameters")
struct SecretParameterTests {
    private static let plan = """
        version: 1
        name: secret
        parameters:
          token: {env: UPLOAD_TOKEN, secret: true, strip_prefix: "token="}
        uploads:
          logs: {from: logs, to: {log_subdir: {path: "${token}"}}}
          more: {from: "${token}", to: root}
        summary:
          - markdown: "With ${token}"

        """

    /// Spelled in other ways in JSON, in URLs and in HTML.
    private static let secret = "open \"sesame\" <& é>"
    private static let spellings = [secret, "open \\\"sesame", "open &quot;sesame", "sesame%22", "sesame"]

    @Test(
        "are seen nowhere, however they are given and spelled", .directoryInMemory,
        arguments: [
            ["plan"], ["plan", "--explain"], ["plan", "--format", "json"], ["plan", "--format", "html"],
            ["plan", "--format", "markdown"], ["apply", "--output-dir", "out", "--report", "report.json"],
        ], [[], ["--set", "token=token=\(secret)"]])
    func redacted(_ command: [String], _ setting: [String]) async throws {
        let directory = try TemporaryDirectory.url()
        try SampleTree(at: directory).make(["plan.yaml": .text(Self.plan), "logs/a.log": .text("a")])
        let outcome = try await Tool.run(
            command + ["plan.yaml", "--run-id", "12"] + setting,
            environment: ["UPLOAD_TOKEN": Self.secret, "GITHUB_STEP_SUMMARY": directory.path + "/summary.md"])
        #expect(outcome.exitCode == 1, "\(outcome.errors)")
        let files = ["report.json", "summary.md"].map {
            try? String(contentsOf: directory.appending(path: $0), encoding: .utf8)
        }
        let shown = [outcome.output, outcome.errors] + files.compactMap(\.self)
        #expect(shown.contains { $0.contains("***") })
        for text in shown {
            for spelling in Self.spellings { #expect(!text.contains(spelling), "\(text)") }
        }
    }
}
