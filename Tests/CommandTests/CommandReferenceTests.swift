import Foundation
import Testing
import UploadTestSupport

/// The reference and the manual pages are made from the tool's help: `scripts/make-reference` rewrites them.
@Suite("The reference of commands")
struct CommandReferenceTests {
    private func reference() async throws -> CommandReference {
        let outcome = try await Tool.run(["--experimental-dump-help"])
        #expect(outcome.exitCode == 0)
        return try JSONDecoder().decode(CommandReference.self, from: outcome.outputBytes)
    }

    @Test("docs/commands.md is what the tool says of itself", .temporaryDirectory)
    func document() async throws {
        try await Fixture.expect(
            reference().markdown, inFile: Tool.repository.appending(path: "docs/commands.md"))
    }

    @Test("so are the manual pages, and there is one for each command", .temporaryDirectory)
    func manualPages() async throws {
        let pages = try await reference().manualPages
        let directory = Tool.repository.appending(path: "docs/man")
        for page in pages { try Fixture.expect(page.text, inFile: directory.appending(path: page.name)) }
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(files.sorted() == pages.map(\.name).sorted())
    }

    /// Options that a command has no use for.
    static let senseless = [
        ("plan", ["--fsync", "--checksum", "--require-atomic", "--progress", "--concurrency", "--local-staging-dir"]),
        ("doctor", ["--output-dir", "--fsync", "--checksum", "--require-atomic", "--progress", "--concurrency"]),
        ("list", ["--progress", "--concurrency", "--output-dir"]), ("find", ["--progress", "--concurrency"]),
        ("verify", ["--output-dir", "--fsync"]), ("locate", ["--endpoint-url", "--progress"]),
    ]

    @Test("the help lists no option that makes no sense", .temporaryDirectory, arguments: senseless)
    func senselessOptions(command: String, options: [String]) async throws {
        let help = try await Tool.run([command, "--help"]).output
        for option in options { #expect(!help.contains(option), "\(help)") }
    }

    @Test("the help gives one default, and names the variables that count", .temporaryDirectory)
    func defaults() async throws {
        for command in try await reference().command.listedSubcommands {
            let help = try await Tool.run([command.commandName, "--help"]).output.split(separator: "\n\n").joined()
            for argument in command.arguments ?? [] where argument.shouldDisplay {
                #expect(argument.text.matches(of: /default: /).count <= 1, "\(command.commandName): \(argument.text)")
                #expect(argument.abstract?.isEmpty == false, "\(command.commandName): \(argument.form) is not explained")
            }
            if help.contains("--run-id <") { #expect(help.contains("GITHUB_RUN_ID") || command.commandName == "find") }
        }
        #expect(try await Tool.run(["list", "--help"]).output.contains("THEROCK_RUN_ID"))
    }

    @Test("shells complete commands, terms and the parameters of plans", .temporaryDirectory)
    func completion() async throws {
        try SampleTree(at: TemporaryDirectory.url()).make([
            "plan.yaml": .text(
                "version: 1\nname: x\nparameters: {group: {default: g}, stage: {default: s}}\n"
                    + "uploads: {a: {from: \"logs/${group}${stage}\", to: root}}\n"),
        ])
        for shell in ["bash", "zsh", "fish"] {
            let script = try await Tool.run(["--generate-completion-script", shell])
            #expect(script.exitCode == 0 && script.output.contains("explain-code") && script.output.contains("log_dir"))
        }
        let words = ["therock-upload", "plan", "plan.yaml", "--set", "s"]
        let outcome = try await Tool.run(["---completion", "plan", "--", "--set", "4", "1"] + words)
        #expect(outcome.exitCode == 0 && outcome.output == "stage=\n", "\(outcome.output)\(outcome.errors)")
    }
}
