import ArgumentParser
import FoundationEssentials
import UploadExecution
import UploadPlanning
import UploadS3

/// `apply`: does what `plan` shows.
struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Upload what the plans say.",
        discussion: """
            Every file is tried and every failure is listed. Running it again is safe: what is there already is \
            treated as the rule's `existing` says.
            """)

    @OptionGroup var options: PlanOptions

    @OptionGroup(title: "Storage") var storageOptions: StorageOptions

    @Flag(help: "Show what would be uploaded, as `plan --explain` does, and stop.")
    var dryRun = false

    @Option(help: ArgumentHelp("Write what became of every object to this file, as JSON.", valueName: "file"))
    var report: String?

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let prepared = try await reportingExitCode {
            try await PreparedUpload(
                options, isLocal: storageOptions.outputDir != nil, outputDirectory: storageOptions.outputDir,
                isDryRun: dryRun, environment: environment)
        }
        try refuseOutputInsideSources(prepared, environment: environment)
        if dryRun { return try prepared.show(environment: environment) }
        let storage = try storage(for: prepared, environment: environment)
        let report = await carryOut(prepared, in: storage.backend, environment: environment)
        for notice in storage.notices {
            Output.notice("note: \(notice.message)\(notice.hint.map { " (\($0))" } ?? "")\n")
        }
        await storage.close()
        Output.text(ReportText(report, style: Output.style(environment: environment)).render())
        let isTold = JobReport(report, plans: prepared.plans, links: storage.links).tell(environment: environment)
        if let path = self.report { try write(report, to: path) }
        if let exitCode = report.status.exitCode { throw exitCode }
        if !isTold { throw ToolExit.someFailed }
    }

    private func refuseOutputInsideSources(_ prepared: PreparedUpload, environment: [String: String]) throws {
        guard let problem = storageOptions.outputDir.flatMap(prepared.ruleTakingOutput) else { return }
        Output.diagnostics([problem], sources: prepared.sources, environment: environment)
        throw ToolExit.wrongInput
    }

    private func storage(for prepared: PreparedUpload, environment: [String: String]) throws -> Storage {
        do {
            return try Storage(storageOptions, for: prepared.run.selection, environment: environment)
        } catch {
            Output.notice("error: \(error)\n")
            throw ToolExit.wrongInput
        }
    }

    private func carryOut(
        _ prepared: PreparedUpload, in backend: any UploadBackend, environment: [String: String]
    ) async -> UploadReport {
        let display = ProgressDisplay(prepared.upload, mode: storageOptions.store.progress, environment: environment)
        let executor = UploadExecutor(
            backend: backend, archives: LibArchiveMaker(), indexes: IndexPageMaker(),
            concurrency: storageOptions.store.transfers,
            spoolDirectory: environment["TMPDIR"] ?? "/tmp", wantsSHA256: report != nil,
            onEvent: { display.show($0) })
        return await untilInterrupted {
            let report = await executor.run(prepared.upload)
            display.finish()
            return report
        }
    }

    private func write(_ report: UploadReport, to path: String) throws {
        do {
            try Data(KnownSecrets.shared.redacted(report.json()).utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            Output.notice("error: the report cannot be written to '\(path)': \(error)\n")
            throw ToolExit.someFailed
        }
    }
}

extension UploadReport.Status {
    /// The exit code that tells it, or `nil` for success.
    fileprivate var exitCode: ExitCode? {
        switch self {
        case .succeeded: nil
        case .failed: ToolExit.someFailed
        case .conflict: ToolExit.conflict
        case .interrupted: ToolExit.interrupted
        }
    }
}
