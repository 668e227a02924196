import ArgumentParser
import FoundationEssentials
import RunOutputs
import UploadPlanning

/// `vocabulary`: prints every term and its path.
struct VocabularyCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "vocabulary", abstract: "Print every place where outputs may live.")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, markdown
    }

    @Option(help: "How to write the vocabulary.")
    var format = Format.text

    @Option(
        help: ArgumentHelp("The layout. (environment: THEROCK_UPLOAD_LAYOUT; default: TheRock's)", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var layout: String?

    func run(in context: Context) async throws {
        let text = VocabularyText(try await ChosenPlaces(.init(layout: layout), context).layout)
        switch format {
        case .text: context.output.data(text.plain)
        case .json: context.output.data(text.json)
        case .markdown: context.output.data(text.markdown)
        }
    }
}
