import ArgumentParser
import UploadPlanning

/// `explain-code`: prints what a check is about.
struct ExplainCodeCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "explain-code",
        abstract: "Explain a diagnostic code: an example, the reason and the fix.",
        discussion: "Lists all codes if none is given.")

    @Argument(
        help: "The code, such as TU012. (default: list all codes)",
        completion: .list(DiagnosticCode.allCases.map(\.rawValue)))
    var code: String?

    func run(in context: Context) async throws {
        guard let code else {
            let lines = CheckDocument.entries.map { "\($0.code.rawValue)  \($0.title)\n" }
            return context.output.data(lines.joined())
        }
        let entry = try await checkingInput { try CheckDocument.entry(named: code) }
        context.output.data("\(entry.code.rawValue): \(entry.title)\n\n\(entry.text)")
    }
}
