import Foundation
import Testing
import UploadTestSupport

/// The reference and the manual pages are made from the tool's help.
@Suite("The reference of commands")
struct CommandReferenceTests {
    /// What the tool says about its own command line, as `--experimental-dump-help` prints it.
    private struct Dump: Decodable {
        var command: Command

        struct Command: Decodable {
            var commandName: String
            var subcommands: [Command]?
            var arguments: [Argument]?
        }

        struct Argument: Decodable {
            struct Name: Decodable { var name: String }

            var shouldDisplay: Bool
            var abstract, defaultValue: String?
            var names: [Name]?
        }
    }

    private func commands() async throws -> [Dump.Command] {
        let outcome = try await Tool.run(["--experimental-dump-help"])
        let root = try JSONDecoder().decode(Dump.self, from: outcome.outputBytes).command
        return (root.subcommands ?? []).filter { $0.commandName != "help" }
    }

    private func python(_ arguments: [String]) async throws -> ChildProcess.Outcome {
        try await ChildProcess(
            URL(filePath: "/usr/bin/python3"), arguments, environment: Tool.environment, in: Tool.repository
        ).run()
    }

    @Test("docs/commands.md is what the parser says")
    func document() async throws {
        let outcome = try await python(["scripts/make-reference", "--check", ChildProcess.tool.path])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
    }

    @Test("each command has a manual page with all options that its help lists", .directoryInMemory)
    func manualPages() async throws {
        let directory = try TemporaryDirectory.url()
        let outcome = try await python([
            "scripts/release/manual.py", ChildProcess.tool.path, "1.2.3", "2026-01-02", directory.path,
        ])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let commands = try await commands()
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(Set(files) == Set(commands.map { "therock-upload-\($0.commandName).1" } + ["therock-upload.1"]))
        for command in commands {
            let file = directory.appending(path: "therock-upload-\(command.commandName).1")
            let page = try String(contentsOf: file, encoding: .utf8)
            for argument in command.arguments ?? [] {
                for name in argument.names ?? [] where name.name.count > 1 {
                    let option = "\\-\\-" + name.name.replacing("-", with: "\\-")
                    #expect(page.contains("\(option)\\fR") == argument.shouldDisplay, "\(file): \(option)")
                }
            }
        }
    }

    /// Options that a command has no use for.
    static let senseless = [
        ("plan", ["--fsync", "--checksum", "--require-atomic", "--progress", "--concurrency", "--local-staging-dir"]),
        ("doctor", ["--output-dir", "--fsync", "--checksum", "--require-atomic", "--progress", "--concurrency"]),
        ("list", ["--progress", "--concurrency", "--output-dir"]), ("find", ["--progress", "--concurrency"]),
        ("verify", ["--output-dir", "--fsync"]), ("locate", ["--endpoint-url", "--progress"]),
        ("explain", ["--endpoint-url", "--progress", "--fsync"]), ("validate", ["--run-id", "--endpoint-url"]),
    ]

    @Test("the help lists no option that makes no sense", .directoryInMemory, arguments: senseless)
    func senselessOptions(command: String, options: [String]) async throws {
        let help = try await Tool.run([command, "--help"]).output
        for option in options { #expect(!help.contains(option), "\(help)") }
    }

    @Test("the help explains every option, with one default, and names the variables that count", .directoryInMemory)
    func defaults() async throws {
        for command in try await commands() {
            for argument in command.arguments ?? [] where argument.shouldDisplay {
                let text = argument.abstract ?? ""
                #expect(!text.isEmpty, "\(command.commandName): \(argument.names?.first?.name ?? "an argument")")
                let defaults = text.components(separatedBy: "default: ").count - 1
                #expect(defaults + (argument.defaultValue == nil ? 0 : 1) <= 1, "\(command.commandName): \(text)")
            }
        }
        let help = try await Tool.run(["list", "--help"]).output
        #expect(help.contains("THEROCK_RUN_ID") && help.contains("GITHUB_RUN_ID"))
    }

    @Test("shells complete commands, terms and the parameters of plans", .directoryInMemory)
    func completion() async throws {
        try SampleTree(at: TemporaryDirectory.url()).make([
            "plan.yaml": .text(
                "version: 1\nname: x\nparameters: {group: {default: g}, stage: {default: s}}\n"
                    + "uploads: {a: {from: \"logs/${group}${stage}\", to: root}}\n")
        ])
        for shell in ["bash", "zsh", "fish"] {
            let script = try await Tool.run(["--generate-completion-script", shell])
            #expect(script.exitCode == 0 && script.output.contains("explain-code") && script.output.contains("TU012"))
        }
        let words = ["therock-upload", "plan", "plan.yaml", "--set", "s"]
        let outcome = try await Tool.run(["---completion", "plan", "--", "--set", "4", "1"] + words)
        #expect(outcome.exitCode == 0 && outcome.output == "stage=\n", "\(outcome.output)\(outcome.errors)")
        let layout = Tool.repository.appending(path: "examples/library/layout.yaml").path
        for (flags, expected) in [([], "log_dir"), (["--layout", layout], "logs"), (["--layout=\(layout)"], "logs")] {
            let words = ["therock-upload", "locate"] + flags + ["lo"]
            let found = try await Tool.run(
                ["---completion", "locate", "--", "positional@0", "\(words.count - 1)", "2"] + words)
            let names = found.output.split(separator: "\n").map(String.init)
            #expect(
                names.contains(expected) && names.allSatisfy { $0.hasPrefix("lo") }, "\(found.output)\(found.errors)")
        }
    }
}
