import ArgumentParser
import GitHubActions
import LocalFiles
import MarkedYAML
import RunOutputs
import SystemPackage
import UploadExecution
import UploadPlanning
import UploadS3

/// `apply`: does what `plan` shows.
struct ApplyCommand: PlanningCommand, WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Upload the files that plans select.",
        discussion: """
            Every file is tried, and every failure is reported. Running the command again is safe: each rule's \
            `existing` decides what happens to objects that are already there.
            """)

    @OptionGroup var options: PlanOptions

    @OptionGroup(title: "Run") var runOptions: RunOptions

    @OptionGroup(title: "Run") var bucketOptions: BucketOptions

    @OptionGroup(title: "Storage") var targetOptions: UploadTargetOptions

    @OptionGroup(title: "Storage") var connectionOptions: ConnectionOptions

    @OptionGroup(title: "Transfer") var transferOptions: TransferOptions

    @OptionGroup(title: "Writing") var writeOptions: WriteOptions

    @Flag(help: "Show what would be uploaded, as `plan --explain` does, and stop.")
    var dryRun = false

    @Option(help: ArgumentHelp("Write the outcome of every object to this file, as JSON.", valueName: "file"))
    var report: String?

    @OptionGroup(title: "Receipt") var receiptOptions: ReceiptOptions

    @OptionGroup(title: "Receipt") var attempts: AttemptOptions

    @Option(help: .hidden) var shard: String?

    func validate() throws {
        try checkStorage()
        guard shard == nil else {
            throw ValidationError(
                "apply takes no --shard: runners share no disk, so each job uploads what it made and leaves a receipt, and "
                    + "`finish` joins them; --shard splits copy, verify and pin")
        }
    }

    func run(in context: Context) async throws {
        let prepared = try await PreparedUpload(
            of: self, isLocal: targetOptions.outputDir != nil, outputDirectory: targetOptions.outputDir,
            isDryRun: dryRun, context: context)
        if let problem = targetOptions.outputDir.flatMap(prepared.ruleTakingOutput) {
            throw WrongInput.diagnostics([problem], sources: prepared.sources)
        }
        let receipt = try receipt(for: prepared, context)
        if dryRun { return try prepared.show(context: context) }
        let reportFile = try outputsTriedOut(context)
        let storage = try await checkingInput {
            try self.storage(for: prepared.run.selection, context)
        }
        do {
            try await receipt?.checkAbsent(in: storage, context.output)
        } catch {
            await storage.close()
            throw error
        }
        let report = await carryOut(prepared, in: storage.backend, context: context)
        let problem = await receipt?.write(.upload(report), to: storage, context)
        storage.tellNotices(context.output)
        await storage.close()
        let text = ReportText(report, style: context.output.style).render()
        // Whoever asks for the report on standard output wants nothing else there.
        if reportFile?.isStandardOutput == true { context.output.notice(text) } else { context.output.text(text) }
        let isTold = JobReport(report, plans: prepared.plans, links: storage.links).tell(in: context)
        if let reportFile { try write(report, to: reportFile, context) }
        if let exitCode = report.status.exitCode { throw exitCode }
        if let problem { throw problem.code == .conflict ? ToolExit.conflict : ToolExit.someFailed }
        if !isTold { throw ToolExit.someFailed }
    }

    /// The receipt that is asked for.
    private func receipt(for prepared: PreparedUpload, _ context: Context) throws -> LeftReceipt? {
        do {
            return try receiptOptions.name(attempts, context.environment).map { name in
                try LeftReceipt(name, of: prepared, environment: context.environment)
            }
        } catch {
            throw WrongInput.message("\("\(error)".printable)\n  = help: nothing was uploaded")
        }
    }

    private func carryOut(
        _ prepared: PreparedUpload, in backend: any UploadBackend, context: Context
    ) async -> UploadReport {
        let display = ProgressDisplay(prepared.upload, mode: transferOptions.progress, context: context)
        let executor = UploadExecutor(
            backend: backend, archives: LibArchiveMaker(), indexes: IndexPageMaker(),
            concurrency: transferOptions.transfers,
            spoolDirectory: context.environment.temporaryDirectory,
            wantsSHA256: report != nil || receiptOptions.isWanted,
            checksumSuffix: prepared.run.root.layout.artifactNaming?.checksumSuffix,
            onEvent: { display.show($0) })
        return await context.untilInterrupted {
            let report = await executor.run(prepared.upload)
            display.finish()
            return report
        }
    }

    /// Finds out, before anything is uploaded, that what is written after the upload can be written.
    private func outputsTriedOut(_ context: Context) throws -> OutputFile? {
        do {
            try StepFiles(environment: context.environment).probe()
            return try report.map { path in try OutputFile(path: path) }
        } catch {
            throw WrongInput.message("\("\(error)".printable)\n  = help: nothing was uploaded")
        }
    }

    private func write(_ report: UploadReport, to file: OutputFile, _ context: Context) throws {
        do throws(UnwritableFile) {
            try file.write { write throws(Errno) in
                try report.writeJSON { text throws(Errno) in try write(context.secrets.redacted(text)) }
            }
        } catch {
            context.output.notice("error: \(error.description.printable)\n")
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

extension PreparedUpload {
    /// The rule that would publish what is in an output directory, or would be once this upload is done.
    ///
    /// An output directory may lie below a directory that a rule takes files from, as long as the rule takes none of
    /// the output: else what one run wrote would be what the next one publishes.
    ///
    /// - Parameter output: The output directory.
    /// - Returns: The file, relative to the directory that the rule names, and the problem; `nil` if there is none.
    func ruleTakingOutput(of output: String) -> Diagnostic? {
        let output = output.resolvedPath
        for plan in plans {
            for source in plan.sourceDirectories {
                guard let path = output.relative(below: source.path.resolvedPath) else { continue }
                let written = upload.operations.lazy.map { path.joinedPath($0.destination.key.text) }
                guard let taken = written.first(where: source.takes) ?? existing(below: path, of: source) else {
                    continue
                }
                var problem = Diagnostic(
                    severity: .error, code: .runContext,
                    message: "the output directory '\(output)' is inside '\(source.path)', and rule "
                        + "'\(source.rule.value)' publishes files of it such as '\(taken)'",
                    file: plan.plan.file, range: source.rule.range)
                problem.help.append("write to a directory outside, or exclude it in the rule")
                return problem
            }
        }
        return nil
    }

    /// A file that an earlier run left in the output directory, and that the rule takes.
    private func existing(below output: String, of source: SourceDirectory) -> String? {
        guard case .listed(let entries, _) = inventory.directories[source.directory] ?? .absent else { return nil }
        let prefix = output.isEmpty ? "" : output + "/"
        return entries.first { $0.path.text.utf8.starts(with: prefix.utf8) && source.takes($0.path.text) }?.path.text
    }
}

extension String {
    /// The path below a directory, empty for the directory itself; `nil` if it is not below it.
    fileprivate func relative(below directory: String) -> String? {
        if self == directory { return "" }
        let prefix = directory == "/" ? "/" : directory + "/"
        return hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }

    fileprivate func joinedPath(_ name: String) -> String { isEmpty ? name : "\(self)/\(name)" }
}
