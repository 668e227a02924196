import ArgumentParser
import RunLifetime
import RunOutputs
import UploadExecution
import UploadPlanning

/// `copy`: copies outputs of a run to another run, or into another bucket, inside the store.
struct CopyCommand: ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy outputs of a run to another run or bucket, inside the store.",
        discussion: """
            For example, in a job of another repository: therock-upload copy --from-run 26595281971 --from-repository \
            ROCm/TheRock --artifact-group gfx94X-dcgpu

            What is not said about the destination is this job's own run. The store copies, and nothing is downloaded. An archive's checksum file comes with it. An object that is \
            there already is never overwritten: the same content is fine, anything else is a conflict.

            Exit codes: 0 everything is there, 1 something failed or a selection matched nothing, 2 a run is wrong, 3 \
            conflict, 64 wrong command line, 130 interrupted.
            """)

    @OptionGroup(title: "Selection of artifacts") var selectionOptions: SelectionOptions

    @OptionGroup(title: "Selection of artifacts") var familyOptions: FamilyOptions

    @Option(
        help: ArgumentHelp(
            "A group of the layout, such as artifacts or logs; may be repeated. (default: artifacts)",
            valueName: "term"))
    var term: [String] = []

    @OptionGroup(title: "From") var from: CopySourceOptions

    @OptionGroup(title: "To") var to: CopyDestinationOptions

    @OptionGroup(title: "Both ends") var common: CopyCommonOptions

    @OptionGroup(title: "Storage") var sourceOptions: ReadSourceOptions

    @OptionGroup(title: "Storage") var connectionOptions: ConnectionOptions

    @OptionGroup(title: "Transfer") var transferOptions: TransferOptions

    @Flag(help: "Copy everything of the run but its receipts, which say where they lie.")
    var all = false

    @OptionGroup var shards: ShardOptions

    @OptionGroup(title: "Receipt") var receiptOptions: ReceiptOptions

    @OptionGroup(title: "Receipt") var attempts: AttemptOptions

    @OptionGroup(title: "S3 Batch Operations") var batchOptions: BatchOptions

    @Flag(help: "Show what would be copied, and stop.")
    var dryRun = false

    /// The groups that are named, or the artifacts.
    private func groups(of layout: Layout) throws -> [OutputGroup] {
        let names = term.isEmpty ? [layout.artifacts?.name ?? "artifacts"] : term
        let groups = try names.map { name in
            if let group = layout.group(named: name) { return group }
            let known = layout.groups.map(\.name)
            let list = "groups are \(known.joined(separator: ", "))"
            let help =
                known.isEmpty
                ? "it has none; --all copies the whole run"
                : name.nearest(in: known).map { "did you mean `\($0)`?" } ?? list
            throw CommandLineError(message: "the layout has no group '\(name.printable)'", help: [help])
        }
        if !groups.contains(where: { $0 == layout.artifacts }),
            selectionOptions.selection(familyOptions) != ArtifactSelection()
        {
            throw CommandLineError(message: "options that select artifacts need `--term artifacts`")
        }
        return groups
    }

    func validate() throws {
        try checkStorage()
        if common.platform != nil, from.fromPlatform != nil || to.toPlatform != nil {
            throw ValidationError(
                "--platform is the platform at both ends: use it, or --from-platform and --to-platform")
        }
        if batchOptions.batch != nil {
            guard all, shards.shard == nil, !receiptOptions.isWanted else {
                throw ValidationError("--batch is for whole runs: give --all, and neither --shard nor --receipt")
            }
        }
        if all, !term.isEmpty || selectionOptions.selection(familyOptions) != ArtifactSelection() {
            throw ValidationError("--all copies everything: leave out --term and what selects artifacts")
        }
    }

    func run(in context: Context) async throws {
        let (ends, groups, storage) = try await checkingInput { try await resolve(context) }
        context.output.text(ends.text(in: storage))
        let outcome: Result<CopyText, any Error>
        do {
            let receipt = try receipt(for: ends.destination, context)
            if !dryRun { try await receipt?.checkAbsent(in: storage, context.output) }
            var units = try await units(of: groups, between: ends, in: storage, context)
            if let shard = shards.shard {
                units.removeAll { !shard.holds($0.steps.first?.source.location.key.text ?? "") }
            }
            if let directory = batchOptions.batch, let account = batchOptions.account {
                try await write(units, between: ends, to: directory, account, in: storage, context)
                await storage.close()
                return
            }
            outcome = .success(try await copy(units, from: ends.source.root, receipt, in: storage, context))
        } catch {
            outcome = .failure(error)
        }
        storage.tellNotices(context.output)
        await storage.close()
        switch outcome {
        case .success(let text): if let exitCode = text.exitCode { throw exitCode }
        case .failure(let error as ExitCode): throw error
        case .failure(let error as WrongInput): throw error
        case .failure(let error):
            context.output.notice("error: \(error)\n")
            throw ToolExit.someFailed
        }
    }

    private func resolve(_ context: Context) async throws -> (CopyEnds, [OutputGroup], Storage) {
        let isLocal = directory(context) != nil
        let ends = try await CopyEnds(from: from, to: to, common: common, isLocal: isLocal, context: context)
        let (source, destination) = (ends.source.root, ends.destination.root)
        let groups = all ? [] : try groups(of: source.layout)
        if source.prefix == destination.prefix, isLocal || source.bucket == destination.bucket {
            throw StoreError(.other, "both ends are the same: s3://\(source.bucket)/\(source.prefix)")
        }
        let storage = try self.storage(for: ends.destination.selection, context, isReadOnly: dryRun)
        return (ends, groups, storage)
    }

    /// Lists what is copied; what is missing was told.
    private func units(
        of groups: [OutputGroup], between ends: CopyEnds, in storage: Storage, _ context: Context
    ) async throws -> [CopyUnit] {
        let (source, destination) = (ends.source.root, ends.destination.root)
        var units: [CopyUnit] = []
        var problems: [String] = []
        if all {
            units = try await storage.artifacts.outputs(of: source).map {
                CopyUnit([$0], from: source, to: destination)
            }
            if units.isEmpty { problems.append("the run holds nothing") }
        }
        for group in groups {
            var objects: [StoredObject] = []
            for place in source.locations(of: group) {
                objects += try await storage.artifacts.objects(
                    below: place, source.isFlat(group) ? .oneLevel : .everything)
            }
            var found = objects.map { CopyUnit([$0], from: source, to: destination) }
            if group == source.layout.artifacts {
                let selected = try selectionOptions.selection(familyOptions).select(
                    from: objects, layout: source.layout)
                problems += selected.unmatched
                found = selected.artifacts.map { artifact in
                    CopyUnit([artifact.object] + [artifact.sidecar].compactMap(\.self), from: source, to: destination)
                }
            }
            if found.isEmpty, problems.isEmpty { problems.append("there are no \(group.name)") }
            units += found
        }
        guard problems.isEmpty else {
            let place = source.artifactLocation.s3URI(orIn: storage)
            for problem in problems { context.output.notice("error: \(problem.printable), at \(place.printable)\n") }
            context.output.notice(
                "  = help: check the flags that begin with --from; for a run that builds a fork's code, pass "
                    + "--lookup-workflow-run\n")
            throw ToolExit.someFailed
        }
        return units
    }

    /// The receipt that is asked for.
    private func receipt(for destination: ResolvedRun, _ context: Context) throws -> LeftReceipt? {
        guard let name = try receiptOptions.name(attempts, context.environment, suffix: shards.shard?.nameSuffix ?? "")
        else {
            return nil
        }
        return try LeftReceipt(name, of: destination, environment: context.environment)
    }

    /// Copies, and tells what became of it.
    private func copy(
        _ units: [CopyUnit], from source: RunOutputRoot, _ receipt: LeftReceipt?, in storage: Storage,
        _ context: Context
    ) async throws -> CopyText {
        let digests = receipt == nil || dryRun ? [:] : try await digests(of: source, in: storage)
        let mode = transferOptions.progress
        let copier = RunCopier(
            backend: storage.artifacts, concurrency: transferOptions.transfers, isDryRun: dryRun
        ) { step, outcome in
            // A dry run shows the same lines when it is done.
            if mode != .none, !dryRun || mode == .json, let line = CopyText.progress(step, outcome, mode) {
                context.output.notice(line)
            }
        }
        let outcomes = await context.untilInterrupted { await copier.run(units) }
        var text = CopyText(units, outcomes, isDryRun: dryRun)
        context.output.text(text.render())
        if let receipt, !dryRun {
            let record = CopyRecord(units, outcomes, from: source, digests: digests)
            text.lacksReceipt = await receipt.write(.copies(record), to: storage, context) != nil
        }
        return text
    }

    /// Leaves the copies to S3 Batch Operations, as far as those can make them.
    private func write(
        _ units: [CopyUnit], between ends: CopyEnds, to directory: String, _ account: BatchJob.Account,
        in storage: Storage, _ context: Context
    ) async throws {
        let (source, destination) = (ends.source.root, ends.destination.root)
        var there: [ExactString: StoredObject] = [:]
        for try await case .object(let object) in storage.artifacts.list(destination.location) {
            there[object.location.key] = object
        }
        let batch = try BatchCopy(units, from: source, to: destination, there: there)
        guard batch.conflicts.isEmpty else {
            for location in batch.conflicts.prefix(10) {
                context.output.notice("error: \(location.s3URI.printable) is there, and may be something else\n")
            }
            context.output.notice(
                "  = help: \(batch.conflicts.count.counted("object")); the engine would overwrite them: run without --batch\n"
            )
            throw ToolExit.conflict
        }
        context.output.notice(BatchCopy.limits)
        try BatchWriter(directory: directory, account: account, name: "copy").write(
            batch.groups, description: "copy \(source.prefix) to \(destination.bucket)", context)
        let count = batch.groups.values.reduce(0) { $0 + $1.count }
        context.output.text(
            "Left to S3 Batch Operations: \(count.counted("object")) · \(batch.identical) there already · "
                + "\(batch.rest.count) left to `copy`.\n")
        for (step, why) in batch.rest.prefix(10) {
            context.output.text("  \(step.source.location.key.text.printable)  \(why)\n")
        }
        if !batch.rest.isEmpty {
            context.output.text(
                "When the jobs have ended, run this command again without --batch: it makes what is missing.\n")
        }
    }

    /// What the receipts of the source tell of its contents: then `finish` need not read the copies.
    private func digests(
        of source: RunOutputRoot, in storage: Storage
    ) async throws -> [ExactString: (sha256: String, etag: String)] {
        guard (try? source.receiptDirectory) != nil else { return [:] }
        let backend = storage.artifacts
        let receipts = try await backend.receipts(
            backend.receiptListing(of: source), of: source, concurrency: ReadableRun.receiptsAtOnce)
        var digests: [ExactString: (sha256: String, etag: String)] = [:]
        receipts.forEachStored(in: source.bucket) { object in
            if let sha256 = object.sha256, let etag = object.etag {
                digests[object.location.key] = (sha256, etag)
            }
            return true
        }
        return digests
    }
}
