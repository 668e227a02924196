import ArgumentParser
import FoundationEssentials
import GitHubActions
import MarkedYAML
import RunOutputs
import UploadExecution
import UploadPlanning
import UploadS3

/// `finish`: says whether a run is complete.
struct FinishCommand: RunCommand, WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "finish",
        abstract: "Join the receipts of a run's jobs, and say whether the run is complete.",
        discussion: """
            Run it in one last job that needs all others, with `if: always()`. It reads the receipts that `apply \
            --receipt` left, checks that every object they name is there unchanged, that what the file of requirements \
            asks for is there, and that no two jobs stored different contents under one key. Then it writes \
            SHA256SUMS, receipts/run-ATTEMPT.json and, as the last object, receipts/run.json.

            Exit codes: 0 the run is complete, 1 a file of the job cannot be written, 2 it cannot tell, 3 the run is \
            incomplete: everything that is missing is listed; 64 wrong command line.
            """)

    @Argument(
        help: "Plan files whose pages of the whole run (`index: {under: …}`) are written.",
        completion: .file(extensions: ["yaml", "yml"]))
    var plans: [String] = []

    @Option(
        name: .customLong("require"),
        help: ArgumentHelp("The file that says what the run must hold.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var requirements: String?

    @OptionGroup(title: "Run") var runOptions: RunOptions

    @OptionGroup(title: "Run") var bucketOptions: BucketOptions

    @OptionGroup(title: "Run") var attempts: AttemptOptions

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "Give a value to a parameter; the elements of a list are separated by commas or blanks; may be repeated.",
            valueName: "name=value"))
    var settings: [Setting] = []

    @OptionGroup(title: "Storage") var targetOptions: UploadTargetOptions

    @OptionGroup(title: "Storage") var connectionOptions: ConnectionOptions

    @OptionGroup(title: "Transfer") var transferOptions: TransferOptions

    @OptionGroup(title: "Writing") var writeOptions: WriteOptions

    @OptionGroup(title: "Statement") var statementOptions: StatementOptions

    @Flag(help: "Say whether the run is complete, and write nothing.")
    var dryRun = false

    func validate() throws { try checkStorage() }

    func run(in context: Context) async throws {
        let finish = try await prepared(context)
        let storage = finish.storage
        let result: Result<RunFinisher.Outcome, any Error> = await context.untilInterrupted {
            do {
                return .success(try await finish.finisher.finish(finish.request))
            } catch {
                return .failure(error)
            }
        }
        storage.tellNotices(context.output)
        await storage.close()
        switch result {
        case .success(let outcome): try tell(outcome, finish, context)
        case .failure(let error): throw Self.tell(error, context.output)
        }
    }

    /// All that is needed to finish the run.
    private struct Prepared: Sendable {
        var storage: Storage
        var finisher: RunFinisher
        var request: RunFinisher.Request
        /// The text of the requirements, for messages that point into it.
        var sources: [String: SourceText]
        /// Where the statement goes, and the key that signs it.
        var statement: OutputFile?
        var key: StatementKey?
    }

    private func prepared(_ context: Context) async throws -> Prepared {
        var sources: [String: SourceText] = [:]
        do {
            try StepFiles(environment: context.environment).probe()
            let key = try statementOptions.key(context)
            let statement = try statementOptions.statement.map { path in try OutputFile(path: path) }
            let run = try await ResolvedRun(
                request(plans: await PlanFiles(plans, context).places, context),
                isLocal: targetOptions.outputDir != nil,
                needsBucket: targetOptions.outputDir == nil, context: context)
            sources = run.sources
            _ = try (run.root.receiptDirectory, run.root.checksumList)
            var inputs = JobReceipt.Inputs(toolVersion: ToolVersion.number, toolCommit: BuildRecord.current.commit)
            inputs.policy = run.places.policyDigest
            inputs.layout = run.places.layoutDigest
            var request = RunFinisher.Request(
                run: JobReceipt.Run(of: run, environment: context.environment),
                attempt: try attempts.attempt(context.environment),
                inputs: inputs)
            request.isDryRun = dryRun
            try require(of: run, &request, &sources, context)
            request.plans = try await boundPlans(for: run, context)
            let storage = try self.storage(for: run.selection, context)
            let finisher = RunFinisher(
                backend: storage.both, root: run.root, concurrency: transferOptions.transfers,
                spoolDirectory: context.environment.temporaryDirectory, secrets: context.secrets)
            return Prepared(
                storage: storage, finisher: finisher, request: request, sources: sources, statement: statement, key: key
            )
        } catch let error as PlanRejected {
            throw WrongInput.diagnostics(error.diagnostics, sources: sources.merging(error.sources) { $1 })
        } catch let error as Diagnostic {
            throw WrongInput.diagnostics([error], sources: sources)
        } catch {
            throw WrongInput.message("\(error)".printable)
        }
    }

    /// Reads what the run must hold.
    private func require(
        of run: ResolvedRun, _ request: inout RunFinisher.Request, _ sources: inout [String: SourceText],
        _ context: Context
    ) throws {
        var inputs = ParameterInputs(settings: settings.values, environment: context.environment)
        inputs.repository = run.repository.description
        inputs.releaseType = run.releaseType
        guard let file = requirements else {
            guard settings.isEmpty || !plans.isEmpty else {
                throw StoreError(.other, "--set is for --require and for plans, and neither is given")
            }
            return
        }
        let bytes = try context.readSmallFile(file)
        sources[file] = SourceText(String(decoding: bytes, as: UTF8.self))
        let required = try RunRequirements.read(bytes, file: file, layout: run.root.layout)
        if plans.isEmpty {
            let unknown = required.unknownSettings(inputs.settings)
            guard unknown.isEmpty else { throw PlanRejected(unknown) }
        }
        request.required = try required.bound(to: run.root, inputs: inputs)
        request.requirements = (required.name.value, bytes.sha256)
    }

    /// Reads the plans, for the pages that they have of the whole run.
    private func boundPlans(for run: ResolvedRun, _ context: Context) async throws -> [BoundPlan] {
        guard !plans.isEmpty else { return [] }
        var inputs = ParameterInputs(settings: settings.values, environment: context.environment)
        inputs.repository = run.repository.description
        inputs.releaseType = run.releaseType
        let files = await PlanFiles(plans, context)
        var problems = files.unreadable
        let validated = files.validated(&problems, layout: run.root.layout)
        guard !problems.contains(where: { $0.severity == .error }) else { throw PlanRejected(problems) }
        let bound = try validated.map { plan in
            let tree = PreparedUpload.look(plan.treeRequest(root: run.root, inputs: inputs), nil)
            return try plan.bound(to: run.root, inputs: inputs, tree: tree)
        }
        for plan in bound where plan.listedDirectories.isEmpty {
            context.output.notice(
                "note: \(plan.plan.file.printable) has no page of the whole run (`index: {under: …}`) for this run\n")
        }
        return bound
    }

    private func tell(
        _ outcome: RunFinisher.Outcome, _ finish: Prepared, _ context: Context
    ) throws {
        let text = FinishText(outcome, style: context.output.style)
        context.output.text(text.render())
        if !dryRun {
            let location = try RunRecord.location(RunRecord.filename, in: outcome.record.root)
            context.output.notice("Record: \(location.s3URI(orIn: finish.storage))\n")
        }
        let annotations = outcome.record.problems.prefix(Self.mostAnnotations).map { problem in
            Diagnostic(
                severity: .error, code: .missingOutput, message: FinishText.line(problem),
                file: problem.requirement == nil ? "" : requirements ?? "", range: problem.requirement?.range)
        }
        let workspace = WorkspacePath(environment: context.environment)
        context.output.command(annotations.map { workspace.relative(Annotation($0)) }.lines())
        do throws(StepFileError) {
            let files = StepFiles(environment: context.environment)
            if files.summary != nil { _ = try files.append(summary: [text.markdown]) }
            if files.outputs != nil {
                _ = try files.append(outputs: [.init(name: "complete", value: "\(outcome.record.isComplete)")])
            }
        } catch {
            context.output.notice("error: \(error)\n")
            throw outcome.record.isComplete ? ToolExit.someFailed : ToolExit.conflict
        }
        guard outcome.record.isComplete else {
            if finish.statement != nil {
                context.output.notice("note: no statement is written about an incomplete run\n")
            }
            throw ToolExit.conflict
        }
        try write(outcome, finish, context)
    }

    /// Writes the statement, if one is wanted.
    private func write(_ outcome: RunFinisher.Outcome, _ finish: Prepared, _ context: Context) throws {
        guard let file = finish.statement else { return }
        do {
            let statement = try context.secrets.redacted(RunStatement.json(of: outcome))
            let text =
                try finish.key.map { key in
                    try SignedEnvelope(signing: Array(statement.utf8), RunStatement.payloadType, with: key).json
                } ?? statement
            try file.write(text)
        } catch {
            context.output.notice("error: the statement cannot be written: \("\(error)".printable)\n")
            throw ToolExit.someFailed
        }
    }

    /// A step shows ten annotations of each kind
    /// ([limits](https://docs.github.com/actions/reference/workflow-commands-for-github-actions)).
    private static let mostAnnotations = 10

    private static func tell(_ error: any Error, _ output: Output) -> ExitCode {
        if error is CancellationError {
            output.notice("error: stopped; whether the run is complete was not recorded\n")
            return ToolExit.interrupted
        }
        let problem = (error as? UnknownOutcome)?.error.description ?? "\(error)"
        output.notice("error: cannot tell whether the run is complete: \(problem.printable)\n")
        return ToolExit.wrongInput
    }
}
