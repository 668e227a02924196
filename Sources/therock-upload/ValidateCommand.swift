import ArgumentParser
import FoundationEssentials
import UploadPlanning

/// `validate`: checks plan files without a run and without a build tree.
struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check plan files; needs neither a run nor a build tree.",
        discussion: "Prints every problem with its file, line and column, and what to do about it. Exits with 0 or 2.")

    @Argument(help: "The plan files.", completion: .file(extensions: ["yaml", "yml"]))
    var plans: [String]

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        let files = PlanFiles(plans)
        var problems = files.unreadable
        _ = files.validated(&problems)
        Output.diagnostics(problems, sources: files.sources, environment: environment)
        if problems.contains(where: { $0.severity == .error }) { throw ToolExit.wrongInput }
        Output.data("\(plans.count.counted("plan")) valid.\n")
    }
}
