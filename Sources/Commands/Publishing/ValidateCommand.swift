import ArgumentParser
import GitHubActions
import MarkedYAML
import UploadPlanning

/// `validate`: checks plan files without a run and without a build tree.
struct ValidateCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check plans, bucket policies and layouts, without a run or a build tree.",
        discussion: """
            Prints every problem with its file, line and column, and what to do about it, and runs the plans' own \
            tests. Exits with 0 or 2; warnings do not count. `therock-upload explain-code CODE` says more about a code.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, github, sarif
    }

    @Argument(
        help: ArgumentHelp("Plans and bucket policies.", valueName: "files"),
        completion: .file(extensions: ["yaml", "yml"]))
    var plans: [String]

    @Option(help: "How to write problems: json is one object per line, github is annotations.")
    var format = Format.text

    @Option(
        help: ArgumentHelp("The layout of the plans. (default: the one that each plan names)", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var layout: String?

    @Flag(help: "Apply the suggestions that are certain, then check again.")
    var fix = false

    func run(in context: Context) async throws {
        if fix { try await fixFiles(context) }
        let files = await PlanFiles(plans, context)
        var sources = files.sources
        var problems = files.unreadable
        for (file, bytes) in files.contents {
            let found = await diagnostics(bytes, file: file, context, sources: &sources)
            // A layout is looked at for itself, and with each plan that names it.
            problems += files.contents.count == 1 ? found : found.filter { !problems.contains($0) }
        }
        let workspace = WorkspacePath(environment: context.environment)
        switch format {
        case .text: report(problems, sources, context)
        case .json: context.output.data(DiagnosticJSON.render(problems))
        case .github: context.output.data(problems.map { workspace.relative(Annotation($0)) }.lines())
        case .sarif:
            let located = problems.map(workspace.relative)
            context.output.data(DiagnosticSARIF.render(located, version: ToolVersion.number))
        }
        if problems.contains(where: { $0.severity == .error }) { throw ToolExit.wrongInput }
    }

    /// Checks a file; a plan with the layout that it names, or that the command does.
    private func diagnostics(
        _ bytes: [UInt8], file: String, _ context: Context, sources: inout [String: SourceText]
    ) async -> [Diagnostic] {
        guard [.plan, .requirements].contains(FileCheck.kind(of: bytes)) else {
            return FileCheck.diagnostics(bytes, file: file)
        }
        do throws(PlanRejected) {
            let places = try await ChosenPlaces(.init(layout: layout), plans: [PlanPlaces(bytes, file: file)], context)
            sources.merge(places.sources) { $1 }
            return FileCheck.diagnostics(bytes, file: file, layout: places.layout)
        } catch {
            sources.merge(error.sources) { $1 }
            return error.diagnostics
        }
    }

    private func report(_ problems: [Diagnostic], _ sources: [String: SourceText], _ context: Context) {
        context.output.diagnostics(problems, sources: sources)
        let fixable = problems.count { $0.fixIts.contains(where: \.isCertain) }
        if fixable > 0 { context.output.notice("\(fixable) can be fixed by `validate --fix`.\n") }
        guard !problems.contains(where: { $0.severity == .error }) else { return }
        context.output.text("\(plans.count.counted("file")) valid.\n")
    }

    private func fixFiles(_ context: Context) async throws {
        for (file, bytes) in await PlanFiles(plans, context).contents where file != "-" {
            let text = String(decoding: bytes, as: UTF8.self)
            var sources: [String: SourceText] = [:]
            let fixed = await diagnostics(bytes, file: file, context, sources: &sources).applyingCertainFixes(
                to: text, of: file)
            guard fixed.changes > 0 else { continue }
            try context.writeFile(fixed.text, to: file)
            context.output.notice("\(file): \(fixed.changes.counted("place")) changed.\n")
        }
    }
}
