public import ArgumentParser
public import RunOutputs
import UploadPlanning

/// The flags that tell, with a run's id, where its outputs are.
struct BucketOptions: ParsableArguments {
    @Option(help: "The platform of the outputs. (default: this machine's)")
    var platform: Platform?

    @Option(
        help: ArgumentHelp(
            "The repository of the run. (environment: GITHUB_REPOSITORY; default: ROCm/TheRock)",
            valueName: "owner/name"))
    var githubRepository: String?

    @Option(
        help: """
            ci for an ordinary run, or dev, dev-bkc, nightly, nightly-bkc or prerelease. (environment: RELEASE_TYPE; \
            default: ci)
            """)
    var releaseType: String?

    @Option(
        name: .customLong("run-value"), parsing: .singleValue,
        help: ArgumentHelp(
            "What else the layout describes the run by, such as a version; may be repeated.", valueName: "name=value"))
    var runValues: [Setting] = []

    @Option(
        help: """
            Use this bucket; the bucket policy and its prefixes do not apply. (default: the plan's `bucket`; environment: \
            THEROCK_UPLOAD_BUCKET)
            """)
    var bucket: String?

    @Option(
        help: ArgumentHelp(
            "The bucket policy. (default: the plan's `buckets`; environment: THEROCK_UPLOAD_BUCKETS; else TheRock's)",
            valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
    var buckets: String?

    @Option(
        help: ArgumentHelp(
            "The layout. (default: the plan's `layout`; environment: THEROCK_UPLOAD_LAYOUT; else TheRock's)",
            valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
    var layout: String?
}

/// The flags that tell which run it is.
///
/// Groups of flags do not hold other groups: in a debug build, the parser looks into a group for each check that it makes
/// of the one around it, so that each level costs five times as much.
struct RunOptions: ParsableArguments {
    @Option(
        help:
            "The workflow run's id; commands that transfer nothing take `local` if none is given. (environment: GITHUB_RUN_ID; for commands that read outputs THEROCK_RUN_ID first)"
    )
    var runID: String?

    @Flag(help: "Ask the GitHub API about the run. Needed for any run but this job's own.")
    var lookupWorkflowRun = false
}

extension Platform: ExpressibleByArgument {}

/// What is asked for: a run, and where its outputs are.
struct RunRequest {
    /// The flags that describe the run.
    var flags: RunContext.Flags
    /// The layout, and what chooses the bucket.
    var places: ChosenPlaces
    /// Whether the GitHub API is asked about the run.
    var isLookedUp = false
    /// Whether this job's event and variables tell whether the run is a fork's.
    var isOwnRun = true
}

extension RunRequest {
    /// Asks for a run that a flag or an argument names: unless it is this job's own, this job's event says nothing of it.
    ///
    /// - Parameters:
    ///   - runID: The run's id.
    ///   - options: What else describes it.
    ///   - context: The process as the command knows it.
    /// - Throws: `PlanRejected` if the layout or the bucket policy is wrong.
    init(run runID: String, _ options: BucketOptions, _ context: Context) async throws(PlanRejected) {
        self.init(flags: options.flags(runID: runID), places: try await options.places(context))
        isOwnRun = runID == context.environment["GITHUB_RUN_ID"]
    }
}

extension BucketOptions {
    /// The flags together with a run's id.
    func flags(runID: String?) -> RunContext.Flags {
        .init(
            runID: runID, platform: platform, repository: githubRepository, releaseType: releaseType,
            values: runValues.values)
    }

    /// What the flags, the plans and the environment choose.
    func places(
        plans: [PlanPlaces] = [], _ context: Context
    ) async throws(PlanRejected) -> ChosenPlaces {
        try await ChosenPlaces(.init(layout: layout, buckets: buckets, bucket: bucket), plans: plans, context)
    }
}

/// A command that needs a run.
protocol RunCommand: Command {
    var runOptions: RunOptions { get }
    var bucketOptions: BucketOptions { get }
}

extension RunCommand {
    /// What the flags, the plans and the environment ask for.
    func request(
        plans: [PlanPlaces] = [], _ context: Context
    ) async throws(PlanRejected) -> RunRequest {
        RunRequest(
            flags: bucketOptions.flags(runID: runOptions.runID),
            places: try await bucketOptions.places(plans: plans, context), isLookedUp: runOptions.lookupWorkflowRun)
    }
}

/// The platform of this machine.
extension Platform {
    static var current: Platform {
        #if os(Windows)
        .windows
        #elseif os(macOS)
        .macos
        #else
        .linux
        #endif
    }
}

/// The flags that tell for which GPUs artifacts are wanted.
struct FamilyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Select the artifacts of this GPU family and its targets, besides the generic ones. "
                + "(default: all families)", valueName: "family"))
    var artifactGroup: String?

    @Option(
        help: ArgumentHelp(
            "Select artifacts of further GPU targets or families too, separated by commas.", valueName: "targets"))
    var amdgpuTargets: String?

    @Flag(help: "Select generic artifacts only.")
    var genericOnly = false

    @Flag(help: "Has no effect: a family always includes its targets.")
    var expandFamilyToTargets = false

    func validate() throws {
        if genericOnly, artifactGroup != nil || amdgpuTargets != nil {
            throw ValidationError("--generic-only excludes --artifact-group and --amdgpu-targets")
        }
    }

    /// Families and targets in the order of the command line; none if all artifacts are wanted.
    var families: [String] {
        // Workflows hand empty inputs through.
        let group = artifactGroup.flatMap { $0.isEmpty ? nil : $0 }
        return [group].compactMap(\.self) + SelectionOptions.list(amdgpuTargets)
    }
}
