import ArgumentParser

/// `version`: prints the version, and what the program was built from.
struct VersionCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Print the version, the commit and the libraries of this program.",
        discussion: "`--version` prints the number alone, and with `--format json` what this command prints.")

    /// How the version is written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Option(help: "text or json.")
    var format = Format.text

    func run(in context: Context) async throws {
        switch format {
        case .text: context.output.text(VersionText.plain)
        case .json: context.output.data(VersionText.json)
        }
    }
}
