public import ArgumentParser
import FoundationEssentials
public import RunOutputs
import UploadExecution
import UploadPlanning

/// `copy`: copies outputs of a run to another run, or into another bucket, inside the store.
struct CopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy outputs of a run to another run or bucket, inside the store.",
        discussion: """
            For example: therock-upload copy --from-run 26595281971 --to-run 26595281999 --artifact-group gfx94X-dcgpu

            The store copies, and nothing is downloaded. An archive's checksum file comes with it. An object that is \
            there already is never overwritten: the same content is fine, anything else is a conflict.

            Exit codes: 0 everything is there, 1 something failed or was asked for in vain, 2 a run is wrong, 3 \
            conflict, 64 wrong command line, 130 interrupted.
            """)

    @OptionGroup(title: "Selection of artifacts") var selectionOptions: SelectionOptions

    @Option(help: ArgumentHelp("The run whose outputs are copied.", valueName: "run-id"))
    var fromRun: String

    @Option(
        help: ArgumentHelp("The run that they are copied to. (default: the same, in --to-bucket)", valueName: "run-id"))
    var toRun: String?

    @Option(
        help: ArgumentHelp(
            "Copy into this bucket, without external prefix. (default: by the policy)", valueName: "name"))
    var toBucket: String?

    @Option(
        help: ArgumentHelp(
            "The release type that tells the destination's bucket. (default: the source's)", valueName: "type"))
    var toReleaseType: String?

    @Option(
        help: ArgumentHelp(
            "artifacts, logs, manifests, python, tarballs or packages; may be repeated. (default: artifacts)",
            valueName: "term"))
    var term: [OutputGroup] = []

    @OptionGroup(title: "Run") var outputs: BucketOptions

    @Flag(help: "Ask the GitHub API about the run whose outputs are copied.")
    var lookupWorkflowRun = false

    @OptionGroup(title: "Storage") var readOptions: ReadOptions

    @Flag(help: "Show what would be copied, and stop.")
    var dryRun = false

    private var groups: [OutputGroup] { term.isEmpty ? [.artifacts] : term }

    func validate() throws {
        if toRun == nil, toBucket == nil, toReleaseType == nil {
            throw ValidationError("copy needs --to-run, --to-bucket or --to-release-type")
        }
        if !groups.contains(.artifacts), selectionOptions.selection != ArtifactSelection() {
            throw ValidationError("artifacts are selected, and --term does not name them")
        }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let (source, destination, storage) = try await reportingExitCode { try await resolve(environment) }
        let outcome: Result<CopyText, any Error>
        do {
            let units = try await units(from: source, to: destination, in: storage)
            outcome = .success(await copy(units, in: storage))
        } catch {
            outcome = .failure(error)
        }
        await storage.close()
        switch outcome {
        case .success(let text): if let exitCode = text.exitCode { throw exitCode }
        case .failure(let error as ExitCode): throw error
        case .failure(let error):
            Output.notice("error: \(error)\n")
            throw ToolExit.someFailed
        }
    }

    private func resolve(_ environment: [String: String]) async throws -> (RunOutputRoot, RunOutputRoot, Storage) {
        let isLocal = readOptions.directory(environment) != nil
        do {
            var options = try RunOptions.parse(
                ["--run-id", fromRun] + (lookupWorkflowRun ? ["--lookup-workflow-run"] : []))
            options.outputs = outputs
            let source = try await ResolvedRun(options, isLocal: isLocal, readsBack: true, environment: environment)
            options.runID = toRun ?? fromRun
            options.lookupWorkflowRun = false
            if let toReleaseType {
                options.outputs.releaseType = toReleaseType
                options.outputs.bucket = nil
            }
            if let toBucket { options.outputs.bucket = toBucket }
            let destination = try await ResolvedRun(
                options, isLocal: isLocal, readsBack: true, environment: environment)
            let isSame = source.root.prefix == destination.root.prefix
            if isSame, isLocal || source.root.bucket == destination.root.bucket {
                throw UploadError(
                    .other, "both runs have their outputs at s3://\(source.root.bucket)/\(source.root.prefix)")
            }
            let storage = try Storage(
                readOptions, for: destination.selection, environment: environment, isReadOnly: dryRun)
            return (source.root, destination.root, storage)
        } catch let error as Diagnostic {
            Output.diagnostics([error], sources: [:], environment: environment)
        } catch {
            Output.notice("error: \(error)\n")
        }
        throw AlreadyReported(exitCode: ToolExit.wrongInput)
    }

    /// Lists what is copied; what is missing was told.
    private func units(
        from source: RunOutputRoot, to destination: RunOutputRoot, in storage: Storage
    ) async throws -> [CopyUnit] {
        var units: [CopyUnit] = []
        var problems: [String] = []
        for group in groups {
            let place = group.location(in: source)
            let depth: ListingDepth = group == .artifacts ? .oneLevel : .everything
            let objects = try await storage.artifacts.objects(below: place, depth)
            var found = objects.map { CopyUnit([$0], from: source, to: destination) }
            if group == .artifacts {
                let selected = try selectionOptions.selection.select(from: objects)
                problems += selected.unmatched
                found = selected.artifacts.map { artifact in
                    CopyUnit([artifact.object] + [artifact.sidecar].compactMap(\.self), from: source, to: destination)
                }
            }
            if found.isEmpty, problems.isEmpty { problems.append("there are no \(group.rawValue)") }
            units += found
        }
        for problem in problems {
            Output.notice("error: \(problem.printable), at s3://\(source.bucket)/\(source.prefix)\n")
        }
        guard problems.isEmpty else { throw ToolExit.someFailed }
        return units
    }

    /// Copies, and tells what became of it.
    private func copy(_ units: [CopyUnit], in storage: Storage) async -> CopyText {
        let mode = readOptions.store.progress
        let copier = RunCopier(
            backend: storage.artifacts, concurrency: readOptions.store.concurrency, isDryRun: dryRun
        ) { step, outcome in
            if mode != .none, let line = CopyText.progress(step, outcome, mode) { Output.notice(line) }
        }
        let outcomes = await untilInterrupted { await copier.run(units) }
        let text = CopyText(units, outcomes, isDryRun: dryRun)
        Output.text(text.render())
        return text
    }
}

extension OutputGroup: ExpressibleByArgument {}
