import ArgumentParser
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

    @OptionGroup(title: "Storage") var readOptions: ReadOptions

    @OptionGroup(title: "Storage") var storeOptions: StoreOptions

    @OptionGroup(title: "Transfer") var transferOptions: TransferOptions

    @Flag(help: "Show what would be copied, and stop.")
    var dryRun = false

    /// The groups that are named, or the artifacts.
    private func groups(of layout: Layout) throws -> [OutputGroup] {
        let names = term.isEmpty ? [layout.artifacts?.name ?? "artifacts"] : term
        let groups = try names.map { name in
            if let group = layout.group(named: name) { return group }
            let known = layout.groups.map(\.name)
            let help =
                name.nearest(in: known).map { "did you mean `\($0)`?" } ?? "groups are \(known.joined(separator: ", "))"
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
    }

    func run(in context: Context) async throws {
        let (ends, groups, storage) = try await checkingInput { try await resolve(context) }
        context.output.text(ends.text(in: storage))
        let outcome: Result<CopyText, any Error>
        do {
            let units = try await units(of: groups, between: ends, in: storage, context)
            outcome = .success(await copy(units, in: storage, context))
        } catch {
            outcome = .failure(error)
        }
        storage.tellNotices(context.output)
        await storage.close()
        switch outcome {
        case .success(let text): if let exitCode = text.exitCode { throw exitCode }
        case .failure(let error as ExitCode): throw error
        case .failure(let error):
            context.output.notice("error: \(error)\n")
            throw ToolExit.someFailed
        }
    }

    private func resolve(_ context: Context) async throws -> (CopyEnds, [OutputGroup], Storage) {
        let isLocal = directory(context) != nil
        let ends = try await CopyEnds(from: from, to: to, common: common, isLocal: isLocal, context: context)
        let (source, destination) = (ends.source.root, ends.destination.root)
        let groups = try groups(of: source.layout)
        if source.prefix == destination.prefix, isLocal || source.bucket == destination.bucket {
            throw UploadError(.other, "both ends are the same: s3://\(source.bucket)/\(source.prefix)")
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

    /// Copies, and tells what became of it.
    private func copy(_ units: [CopyUnit], in storage: Storage, _ context: Context) async -> CopyText {
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
        let text = CopyText(units, outcomes, isDryRun: dryRun)
        context.output.text(text.render())
        return text
    }
}
