import ArgumentParser
import FoundationEssentials
import RunOutputs
import UploadPlanning

/// `vocabulary`: prints every term and its path.
struct VocabularyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vocabulary", abstract: "Print every place where outputs may live.")

    /// How the vocabulary is written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, markdown
    }

    @Option(help: "How to write the vocabulary.")
    var format = Format.text

    @Option(
        help: ArgumentHelp("The layout. (environment: THEROCK_UPLOAD_LAYOUT; default: TheRock's)", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var layout: String?

    func run() async throws {
        let text = VocabularyText(try await Self.layout(layout))
        switch format {
        case .text: Output.data(text.plain)
        case .json: Output.data(text.json)
        case .markdown: Output.data(text.markdown)
        }
    }

    /// Reads the layout that a flag or the environment names; what is wrong with it is told.
    static func layout(_ file: String?) async throws -> Layout {
        let environment = ProcessInfo.processInfo.environment
        do throws(PlanRejected) {
            return try await ChosenPlaces(.init(layout: file), environment: environment).layout
        } catch {
            Output.diagnostics(error.diagnostics, sources: [:], environment: environment)
            throw ToolExit.wrongInput
        }
    }
}
