import GitHubActions
import MarkedYAML
import RunOutputs
import UploadExecution
import UploadPlanning

/// The run that a command is for, and where its outputs live.
struct ResolvedRun {
    var root: RunOutputRoot
    var selection: BucketSelection
    /// The repository and the release type, as far as plans may use them.
    var repository: RepositoryName
    var releaseType: String
    /// The layout and the policy that said so.
    var places: ChosenPlaces
    /// Files that diagnostics may point into.
    var sources: [String: SourceText] = [:]

    /// Finds out which run it is and which bucket it belongs to.
    ///
    /// - Parameters:
    ///   - request: What the flags ask for.
    ///   - isLocal: Whether nothing goes to a store, or nothing at all: then a run without an id is the run `local`.
    ///   - needsBucket: Whether anything is written to or read from a bucket: a directory needs none.
    ///   - readsBack: Whether the outputs are to be read, and not written.
    ///   - context: The process as the command knows it.
    /// - Throws: A ``Diagnostic`` for the first thing that is missing or wrong.
    init(
        _ request: RunRequest, isLocal: Bool, needsBucket: Bool = true, readsBack: Bool = false, context: Context
    ) async throws(Diagnostic) {
        var flags = request.flags
        let environment =
            request.isOwnRun ? context.environment : context.environment.filter { !Self.forkVariables.contains($0.key) }
        let variables = readsBack ? ["THEROCK_RUN_ID", "GITHUB_RUN_ID"] : ["GITHUB_RUN_ID"]
        let isUnknown = flags.runID == nil && variables.allSatisfy { (environment[$0] ?? "").isEmpty }
        if isLocal, isUnknown { flags.runID = "local" }
        if isLocal { flags.fillIn(request.places.layout, environment) }
        do {
            var runContext = try RunContext(
                flags: flags, environment: environment, machine: .current, event: .ofEvent(in: environment),
                layout: request.places.layout, readsBack: readsBack)
            if request.isLookedUp {
                let run = try await WorkflowRun.lookUp(
                    runContext.runID.value, in: runContext.repository.value, environment: environment)
                runContext = runContext.lookedUp(run)
            }
            selection = try request.places.selection(for: runContext, needsBucket: needsBucket)
            sources = request.places.sources
            places = request.places
            root = RunOutputRoot(of: runContext, in: selection)
            repository = runContext.repository.value
            releaseType = runContext.releaseType.value
        } catch let error as Diagnostic {
            throw error
        } catch let error as RunContextError {
            throw Diagnostic(
                severity: .error, code: error.isOfCommandLine ? .commandLine : .runContext, message: "\(error)")
        } catch {
            throw Diagnostic(severity: .error, code: .runContext, message: "\(error)")
        }
    }

    /// The variables that tell whether this job builds a fork's code.
    private static let forkVariables: Set = ["IS_PR_FROM_FORK", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH"]
}

extension RunContext.Flags {
    /// Gives `local`, or the first legal value, to what the run's prefix needs and nothing else gives.
    fileprivate mutating func fillIn(_ layout: Layout, _ environment: [String: String]) {
        let type = releaseType ?? environment["RELEASE_TYPE"] ?? RunContext.ordinaryReleaseType
        let needed = layout.neededRunArguments(for: type).filter { ![Layout.runID, Layout.platform].contains($0) }
        for argument in needed.compactMap({ layout.runArgument(named: $0) }) where argument.defaultValue == nil {
            let variable = argument.variable.flatMap { environment[$0] } ?? ""
            guard variable.isEmpty, values[argument.argument.name] == nil else { continue }
            values[argument.argument.name] = argument.argument.legalValues?.first ?? "local"
        }
    }
}

extension RunContextError {
    /// Whether a flag has a value that the layout does not know: then the command line is wrong.
    fileprivate var isOfCommandLine: Bool {
        switch self {
        case .unknownPlatform(let platform, _): if case .flag = platform.origin { true } else { false }
        case .unknownRunValue: true
        default: false
        }
    }
}

extension ResolvedRun {
    /// Which run it is, where its outputs go, and why there.
    var heading: String {
        "run \(root.runID) on \(root.platform.rawValue)  →  s3://\(root.bucket)/\(root.prefix)\n"
            + "\(chosenBy)\n"
    }

    /// What chose the bucket.
    var chosenBy: String { "bucket chosen by \(selection.explanation)" }
}
