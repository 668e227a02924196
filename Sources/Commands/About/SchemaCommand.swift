public import ArgumentParser
public import UploadPlanning

/// `schema`: prints the JSON Schema of a kind of file.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of plans, bucket policies or requirements of a run.",
        discussion: """
            An editor with yaml-language-server completes and checks a file whose first line is \
            `# yaml-language-server: $schema=…`.
            """)

    @Argument(help: "The kind of file.")
    var kind = JSONSchema.plan

    func run() { Output.data(kind.text) }
}

extension JSONSchema: ExpressibleByArgument {}
