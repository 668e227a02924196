import ArgumentParser
import RunOutputs
import UploadPlanning

/// `vocabulary`: prints every term and its path.
struct VocabularyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vocabulary", abstract: "Print every place where outputs may live.")

    /// How the vocabulary is written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, markdown
    }

    @Option(help: "How to write the vocabulary.")
    var format = Format.text

    func run() {
        switch format {
        case .text: Output.data(VocabularyText.plain)
        case .json: Output.data(VocabularyText.json)
        case .markdown: Output.data(VocabularyText.markdown)
        }
    }
}
