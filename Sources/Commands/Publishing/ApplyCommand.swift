import ArgumentParser
import FoundationEssentials
import GitHubActions
import RunOutputs
import UploadExecution
import UploadPlanning
import UploadS3

/// `apply`: does what `plan` shows.
struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Upload the files that plans select.",
        discussion: """
            Every file is tried, and every failure is reported. Running the command again is safe: each rule's \
            `existing` decides what happens to objects that are already there.
            """)

    @OptionGroup var options: PlanOptions

    @OptionGroup(title: "Storage") var storageOptions: StorageOptions

    @OptionGroup(title: "Transfer") var transferOptions: TransferOptions

    @OptionGroup(title: "Writing") var writeOptions: WriteOptions

    @Flag(help: "Show what would be uploaded, as `plan --explain` does, and stop.")
    var dryRun = false

    @Option(help: ArgumentHelp("Write the outcome of every object to this file, as JSON.", valueName: "file"))
    var report: String?

    @OptionGroup(title: "Receipt") var receiptOptions: ReceiptOptions

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let prepared = try await reportingExitCode {
            try await PreparedUpload(
                options, isLocal: storageOptions.outputDir != nil, outputDirectory: storageOptions.outputDir,
                isDryRun: dryRun, environment: environment)
        }
        try refuseOutputInsideSources(prepared, environment: environment)
        let receipt = try receipt(for: prepared, environment: environment)
        if dryRun { return try prepared.show(environment: environment) }
        let reportFile = try outputsTriedOut(environment)
        let storage = try storage(for: prepared, environment: environment)
        do {
            try await reportingExitCode { try await receipt?.checkAbsent(in: storage) }
        } catch {
            await storage.close()
            throw error
        }
        let report = await carryOut(prepared, in: storage.backend, environment: environment)
        let problem = await receipt?.write(
            report, to: storage, spoolDirectory: environment.temporaryDirectory)
        storage.tellNotices()
        await storage.close()
        let text = ReportText(report, style: Output.style(environment: environment)).render()
        // Whoever asks for the report on standard output wants nothing else there.
        if reportFile?.isStandardOutput == true { Output.notice(text) } else { Output.text(text) }
        let isTold = JobReport(report, plans: prepared.plans, links: storage.links).tell(environment: environment)
        if let reportFile { try write(report, to: reportFile) }
        if let exitCode = report.status.exitCode { throw exitCode }
        if let problem { throw problem.code == .conflict ? ToolExit.conflict : ToolExit.someFailed }
        if !isTold { throw ToolExit.someFailed }
    }

    /// The receipt that is asked for.
    private func receipt(for prepared: PreparedUpload, environment: [String: String]) throws -> ApplyReceipt? {
        do {
            return try receiptOptions.name(environment).map { name in
                try ApplyReceipt(name, of: prepared, environment: environment)
            }
        } catch {
            Output.notice("error: \("\(error)".printable)\n  = help: nothing was uploaded\n")
            throw ToolExit.wrongInput
        }
    }

    private func refuseOutputInsideSources(_ prepared: PreparedUpload, environment: [String: String]) throws {
        guard let problem = storageOptions.outputDir.flatMap(prepared.ruleTakingOutput) else { return }
        Output.diagnostics([problem], sources: prepared.sources, environment: environment)
        throw ToolExit.wrongInput
    }

    private func storage(for prepared: PreparedUpload, environment: [String: String]) throws -> Storage {
        do {
            return try Storage(
                directory: storageOptions.outputDir, storageOptions.store, transferOptions, writeOptions,
                for: prepared.run.selection, environment: environment)
        } catch {
            Output.notice("error: \(error)\n")
            throw ToolExit.wrongInput
        }
    }

    private func carryOut(
        _ prepared: PreparedUpload, in backend: any UploadBackend, environment: [String: String]
    ) async -> UploadReport {
        let display = ProgressDisplay(prepared.upload, mode: transferOptions.progress, environment: environment)
        let executor = UploadExecutor(
            backend: backend, archives: LibArchiveMaker(), indexes: IndexPageMaker(),
            concurrency: transferOptions.transfers,
            spoolDirectory: environment.temporaryDirectory, wantsSHA256: report != nil || receiptOptions.isWanted,
            checksumSuffix: prepared.run.root.layout.artifactNaming?.checksumSuffix,
            onEvent: { display.show($0) })
        return await untilInterrupted {
            let report = await executor.run(prepared.upload)
            display.finish()
            return report
        }
    }

    /// Finds out, before anything is uploaded, that what is written after the upload can be written.
    private func outputsTriedOut(_ environment: [String: String]) throws -> OutputFile? {
        do {
            try StepFiles(environment: environment).tryOut()
            return try report.map { path in try OutputFile(path: path) }
        } catch {
            Output.notice("error: \("\(error)".printable)\n  = help: nothing was uploaded\n")
            throw ToolExit.wrongInput
        }
    }

    private func write(_ report: UploadReport, to file: OutputFile) throws {
        do throws(UnwritableFile) {
            try file.write(KnownSecrets.shared.redacted(report.json()))
        } catch {
            Output.notice("error: \(error.description.printable)\n")
            throw report.status.exitCode ?? ToolExit.someFailed
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
