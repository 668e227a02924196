import ArgumentParser
import FoundationEssentials
import GitHubActions
import MarkedYAML
import UploadPlanning

/// `validate`: checks plan files without a run and without a build tree.
struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check plans and bucket policies, without a run or a build tree.",
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

    @Flag(help: "Apply the suggestions that are certain, then check again.")
    var fix = false

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        if fix { try await reportingExitCode { try await fixFiles() } }
        let files = await PlanFiles(plans)
        let problems = files.unreadable + files.contents.flatMap { FileCheck.diagnostics($0.bytes, file: $0.file) }
        let workspace = WorkspacePath(environment: environment)
        switch format {
        case .text: report(problems, files, environment)
        case .json: Output.data(DiagnosticJSON.render(problems))
        case .github: Output.data(problems.map { workspace.relative(Annotation($0)) }.lines())
        case .sarif:
            let located = problems.map(workspace.relative)
            Output.data(DiagnosticSARIF.render(located, version: ToolVersion.number))
        }
        if problems.contains(where: { $0.severity == .error }) { throw ToolExit.wrongInput }
    }

    private func report(_ problems: [Diagnostic], _ files: PlanFiles, _ environment: [String: String]) {
        Output.diagnostics(problems, sources: files.sources, environment: environment)
        let fixable = problems.count { $0.fixIts.contains(where: \.isCertain) }
        if fixable > 0 { Output.notice("\(fixable) can be fixed by `validate --fix`.\n") }
        guard !problems.contains(where: { $0.severity == .error }) else { return }
        Output.text("\(plans.count.counted("file")) valid.\n")
    }

    private func fixFiles() async throws {
        for (file, bytes) in await PlanFiles(plans).contents where file != "-" {
            let text = String(decoding: bytes, as: UTF8.self)
            let fixed = FileCheck.diagnostics(bytes, file: file).applyingCertainFixes(to: text, of: file)
            guard fixed.changes > 0 else { continue }
            try writeFile(fixed.text, to: file)
            Output.notice("\(file): \(fixed.changes.counted("place")) changed.\n")
        }
    }
}
