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

/// What became of copies, in words.
struct CopyText {
    private let steps: [(step: CopyUnit.Step, outcome: CopyOutcome)]
    private let isDryRun: Bool

    init(_ units: [CopyUnit], _ outcomes: [[CopyOutcome]], isDryRun: Bool) {
        steps = zip(units, outcomes).flatMap { unit, outcomes in zip(unit.steps, outcomes).map { ($0, $1) } }
        self.isDryRun = isDryRun
    }

    /// The line that progress shows for an object.
    static func progress(_ step: CopyUnit.Step, _ outcome: CopyOutcome, _ mode: ProgressMode) -> String? {
        let key = step.destination.key.text
        if mode == .json {
            return JSONValue.object([
                ("source", .string(step.source.location.s3URI)), ("destination", .string(step.destination.s3URI)),
                ("outcome", .string(word(outcome))), ("size", .integer(step.source.size)),
            ]).text + "\n"
        }
        let word = word(outcome)
        return word + String(repeating: " ", count: max(1, 12 - word.count)) + key.printable
            + "  \(step.source.size.byteText)\n"
    }

    /// The failures, and the numbers.
    func render() -> String {
        var counts: [String: Int] = [:]
        var text = ""
        var bytes: Int64 = 0
        for (step, outcome) in steps {
            counts[Self.word(outcome), default: 0] += 1
            switch outcome {
            case .copied, .wouldCopy: bytes += step.source.size
            case .failed(let error):
                text += "  ! \(step.destination.s3URI.printable): \(error.message.printable)\n"
                if let hint = error.hint { text += "    = help: \(hint.printable)\n" }
            case .identical, .notTried: break
            }
        }
        let words = ["copied", "would copy", "identical", "conflict", "failed", "not tried"]
        let totals = words.compactMap { word in counts[word].map { "\($0) \(word)" } }.joined(separator: " · ")
        return text + (isDryRun ? "Would copy" : "Copied") + " \(bytes.byteText): \(totals).\n"
    }

    /// The exit code that tells it, or `nil` for success.
    var exitCode: ExitCode? {
        let errors = steps.compactMap { if case .failed(let error) = $0.outcome { error } else { nil } }
        if errors.isEmpty { return steps.contains { $0.outcome == .notTried } ? ToolExit.interrupted : nil }
        return errors.allSatisfy { $0.code == .conflict } ? ToolExit.conflict : ToolExit.someFailed
    }

    private static func word(_ outcome: CopyOutcome) -> String {
        switch outcome {
        case .copied: "copied"
        case .identical: "identical"
        case .wouldCopy: "would copy"
        case .failed(let error): error.code == .conflict ? "conflict" : "failed"
        case .notTried: "not tried"
        }
    }
}
