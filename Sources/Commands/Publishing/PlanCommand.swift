import ArgumentParser
import RunOutputs
import UploadPlanning

/// `plan`: shows what would be uploaded, and cannot upload.
struct PlanCommand: PlanningCommand, WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what would be uploaded, without uploading it.",
        discussion: """
            The same plans, parameters and build tree give the same bytes of output. All options of `apply` that say how \
            to upload are accepted, so that one list of options serves both commands.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, markdown, html
    }

    @OptionGroup var options: PlanOptions

    @OptionGroup(title: "Run") var runOptions: RunOptions

    @OptionGroup(title: "Run") var bucketOptions: BucketOptions

    @Flag(help: "Show every destination, what is skipped and why, and files that no rule takes.")
    var explain = false

    @Option(help: "How to write the plan: markdown suits a job's summary, html is one self-contained page.")
    var format = Format.text

    @Option(help: ArgumentHelp("Write to a file instead of standard output.", valueName: "file"))
    var out: String?

    @OptionGroup var listing: ListingOptions

    @OptionGroup(title: "Storage") var targetOptions: UploadTargetOptions

    @OptionGroup(title: "Storage") var connectionOptions: ConnectionOptions

    @OptionGroup(visibility: .hidden) var transferOptions: TransferOptions

    @OptionGroup(visibility: .hidden) var writeOptions: WriteOptions

    @Flag(
        help:
            "Ask the bucket, and mark each destination as new, identical, different or a conflict (exit code 3)."
    )
    var compare = false

    @Flag(
        name: .customLong("detailed-exitcode"),
        help:
            "Exit with 5 if there is something to upload, and with 0 if not; use --compare to count what is there already."
    )
    var detailedExitCode = false

    func run(in context: Context) async throws {
        let prepared = try await PreparedUpload(
            of: self, isLocal: !compare, outputDirectory: targetOptions.outputDir, listing: listing.read(context),
            isDryRun: true, context: context)
        try write(prepared, context)
        try prepared.failAsApplyWould()
        if listing.filesFrom != nil {
            context.output.notice("note: a listing has no contents: `apply` looks for credentials in the files too.\n")
        }
        let isSomethingToDo =
            compare ? try await compare(prepared, context) : !prepared.upload.operations.isEmpty
        if detailedExitCode, isSomethingToDo { throw ToolExit.somethingToDo }
    }

    /// Asks the bucket, and answers whether applying the plan would change something there.
    private func compare(_ prepared: PreparedUpload, _ context: Context) async throws -> Bool {
        let storage = try await checkingInput {
            try self.storage(for: prepared.run.selection, context)
        }
        guard case .s3(let backend) = storage else { return true }
        let comparison = await DestinationComparison(
            prepared.upload, in: backend, concurrency: transferOptions.transfers)
        await storage.close()
        context.output.text(comparison.text(context.output.style))
        if comparison.hasConflicts { throw ToolExit.conflict }
        return comparison.hasSomethingToDo
    }

    func validate() throws {
        try checkStorage()
        if compare, targetOptions.outputDir != nil {
            throw ValidationError("--compare asks a bucket, not --output-dir")
        }
        if compare, format != .text { throw ValidationError("--compare is for --format text") }
    }

    private func write(_ prepared: PreparedUpload, _ context: Context) throws {
        switch (format, out) {
        case (.json, nil): writeJSON(prepared, context.output.data)
        case (.text, nil) where explain: prepared.writeExplanation(context.output.style, context.output.text)
        case (.text, nil): context.output.text(render(prepared, context))
        case (_, nil): context.output.data(render(prepared, context))
        case (_, let file?): try context.writeFile(render(prepared, context), to: file)
        }
    }

    private func writeJSON(_ prepared: PreparedUpload, _ write: (String) -> Void) {
        let roots = prepared.plans.map { ($0.plan.file, $0.root) }
        prepared.upload.writeJSON(roots: Dictionary(roots) { $1 }, write)
    }

    private func render(_ prepared: PreparedUpload, _ context: Context) -> String {
        switch format {
        case .json:
            var text = ""
            writeJSON(prepared) { text += $0 }
            return text
        case .markdown: return PlanMarkdown(prepared.upload, heading: prepared.run.heading).text()
        case .html:
            let page = PlanPage(
                prepared.upload, root: prepared.run.root, chosenBy: prepared.run.chosenBy, warnings: prepared.warnings)
            return page.text()
        case .text:
            let style = out == nil ? context.output.style : .plain
            guard explain else { return PlanText(prepared.upload, style: style).summary() }
            var text = ""
            prepared.writeExplanation(style) { text += $0 }
            return text
        }
    }
}

extension PreparedUpload {
    /// Every destination, and what is not uploaded.
    func writeExplanation(_ style: TextStyle, _ write: (String) -> Void) {
        let reasons = plans.flatMap(\.defaultReasons).map { "parameter \($0.printable)\n" }.joined()
        write(run.heading + reasons + "\n")
        PlanText(upload, plans: plans, style: style).writeExplanation(write)
    }

    /// Shows the plan, and fails as applying it would.
    func show(context: Context) throws {
        writeExplanation(context.output.style, context.output.text)
        try failAsApplyWould()
    }

    /// Fails with the exit code that applying the plan would have.
    fileprivate func failAsApplyWould() throws {
        if upload.rules.contains(where: \.failsTheRun) { throw ToolExit.someFailed }
    }
}

extension PlannedRule {
    /// Whether the rule fails the run, whatever the transfers bring.
    var failsTheRun: Bool { !problems.isEmpty && !bestEffort }
}
