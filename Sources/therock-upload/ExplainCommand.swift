import ArgumentParser
import FoundationEssentials
import UploadPlanning

/// `explain`: says why a file is uploaded or not, and where a key comes from.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what becomes of a file, or where a key comes from.",
        discussion: "Which rule takes the file, by which pattern, or which exclude removes it.")

    @OptionGroup var options: PlanOptions

    @OptionGroup var listing: ListingOptions

    @Option(help: ArgumentHelp("A file, a key, or an s3:// location; may be repeated.", valueName: "path-or-key"))
    var why: [String]

    @Option(help: ArgumentHelp("Explain for a local output directory, as `apply` uses it.", valueName: "dir"))
    var outputDir: String?

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        try await reportingExitCode {
            let isLocal = outputDir != nil || listing.filesFrom != nil
            let prepared = try await PreparedUpload(
                options, isLocal: isLocal, outputDirectory: outputDir, listing: listing.read(), isDryRun: true,
                environment: environment)
            var unknown: [Diagnostic] = []
            for name in why {
                let reasons = prepared.upload.reasons(for: name, plans: prepared.plans, inventory: prepared.inventory)
                if let reasons {
                    Output.text(reasons)
                } else {
                    unknown.append(.unknown(name))
                }
            }
            guard !unknown.isEmpty else { return }
            Output.diagnostics(unknown, sources: [:], environment: environment)
            throw ToolExit.wrongInput
        }
    }
}

extension Diagnostic {
    fileprivate static func unknown(_ name: String) -> Diagnostic {
        var diagnostic = Diagnostic(
            severity: .error, code: .unknownName, message: "'\(name)' is neither a file that a rule looks at nor a key")
        diagnostic.help = [
            "write paths as the plan does, relative to where it starts",
            "`therock-upload plan --explain` shows every file and every key",
        ]
        return diagnostic
    }
}
