public import ArgumentParser
public import UploadPlanning

/// `schema`: prints the JSON Schema of a kind of file.
struct SchemaCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of plans, bucket policies, layouts or requirements of a run.",
        discussion: """
            An editor with yaml-language-server completes and checks a file whose first line is \
            `# yaml-language-server: $schema=…`.
            """)

    @Argument(help: "The kind of file.")
    var kind = JSONSchema.plan

    @Option(
        help: ArgumentHelp(
            "The layout whose terms the schema of plans lists. (environment: THEROCK_UPLOAD_LAYOUT; default: TheRock's)",
            valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
    var layout: String?

    func run(in context: Context) async throws {
        context.output.data(kind.text(for: try await ChosenPlaces(.init(layout: layout), context).layout))
    }
}

extension JSONSchema: ExpressibleByArgument {}
