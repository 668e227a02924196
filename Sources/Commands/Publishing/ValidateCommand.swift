import ArgumentParser
import FoundationEssentials
import GitHubActions
import MarkedYAML
import UploadPlanning

/// `validate`: checks plan files without a run and without a build tree.
struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check plans, bucket policies and layouts, without a run or a build tree.",
        discussion: """
            Prints every problem with its file, line and column, and what to do about it, and runs the plans' own \
            tests. Exits with 0 or 2; warnings do not count. `therock-upload explain-code CODE` says more about a code.
            """)

    /// How problems are written.
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

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        if fix { try await reportingExitCode { try await fixFiles(environment) } }
        let files = await PlanFiles(plans)
        var sources = files.sources
        var problems = files.unreadable
        for (file, bytes) in files.contents {
            problems += await diagnostics(bytes, file: file, environment, sources: &sources)
        }
        let workspace = WorkspacePath(environment: environment)
        switch format {
        case .text: report(problems, sources, environment)
        case .json: Output.data(DiagnosticJSON.render(problems))
        case .github: Output.data(problems.map { workspace.relative(Annotation($0)) }.lines())
        case .sarif:
            let located = problems.map(workspace.relative)
            Output.data(DiagnosticSARIF.render(located, version: ToolVersion.number))
        }
        if problems.contains(where: { $0.severity == .error }) { throw ToolExit.wrongInput }
    }

    /// Checks a file; a plan with the layout that it names, or that the command does.
    private func diagnostics(
        _ bytes: [UInt8], file: String, _ environment: [String: String], sources: inout [String: SourceText]
    ) async -> [Diagnostic] {
        guard [.plan, .requirements].contains(FileCheck.kind(of: bytes)) else {
            return FileCheck.diagnostics(bytes, file: file)
        }
        do throws(PlanRejected) {
            let places = try await ChosenPlaces(
                .init(layout: layout), plans: [PlanPlaces(bytes, file: file)], environment: environment)
            sources.merge(places.sources) { $1 }
            return FileCheck.diagnostics(bytes, file: file, layout: places.layout)
        } catch {
            return error.diagnostics
        }
    }

    private func report(_ problems: [Diagnostic], _ sources: [String: SourceText], _ environment: [String: String]) {
        Output.diagnostics(problems, sources: sources, environment: environment)
        let fixable = problems.count { $0.fixIts.contains(where: \.isCertain) }
        if fixable > 0 { Output.notice("\(fixable) can be fixed by `validate --fix`.\n") }
        guard !problems.contains(where: { $0.severity == .error }) else { return }
        Output.text("\(plans.count.counted("file")) valid.\n")
    }

    private func fixFiles(_ environment: [String: String]) async throws {
        for (file, bytes) in await PlanFiles(plans).contents where file != "-" {
            let text = String(decoding: bytes, as: UTF8.self)
            var sources: [String: SourceText] = [:]
            let fixed = await diagnostics(bytes, file: file, environment, sources: &sources).applyingCertainFixes(
                to: text, of: file)
            guard fixed.changes > 0 else { continue }
            try writeFile(fixed.text, to: file)
            Output.notice("\(file): \(fixed.changes.counted("place")) changed.\n")
        }
    }
}
