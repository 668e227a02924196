public import ArgumentParser
public import RunOutputs

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

    @Option(help: "Use this bucket; the bucket policy and its prefixes do not apply.")
    var bucket: String?

    @Option(help: ArgumentHelp("Use this bucket policy instead of the built-in one.", valueName: "file"))
    var buckets: String?
}

/// The flags of every command that needs a run.
struct RunOptions: ParsableArguments {
    @Option(
        help:
            "The workflow run's id; commands that transfer nothing take `local` if none is given. (environment: GITHUB_RUN_ID; for commands that read outputs THEROCK_RUN_ID first)"
    )
    var runID: String?

    @OptionGroup var outputs: BucketOptions

    @Flag(help: "Ask the GitHub API about the run. Needed for any run but this job's own.")
    var lookupWorkflowRun = false
}

extension Platform: ExpressibleByArgument {}

/// What is asked for: a run, and where its outputs are.
struct RunRequest {
    /// The flags that describe the run.
    var flags: RunContext.Flags
    /// The bucket's name, where no policy is to choose it.
    var bucket: String?
    /// What the flag for the bucket is called.
    var bucketFlag = "--bucket"
    /// The file of the bucket policy; `nil` for the built-in one.
    var policyFile: String?
    /// Whether the GitHub API is asked about the run.
    var isLookedUp = false
    /// Whether this job's event and variables tell whether the run is a fork's.
    var isOwnRun = true
}

extension BucketOptions {
    /// The flags together with a run's id.
    func flags(runID: String?) -> RunContext.Flags {
        .init(runID: runID, platform: platform, repository: githubRepository, releaseType: releaseType)
    }
}

extension RunOptions {
    /// What the flags ask for.
    var request: RunRequest {
        RunRequest(
            flags: outputs.flags(runID: runID), bucket: outputs.bucket, policyFile: outputs.buckets,
            isLookedUp: lookupWorkflowRun)
    }
}

/// The platform of this machine.
extension Platform {
    static var current: Platform {
        #if os(Windows)
        .windows
        #else
        .linux
        #endif
    }
}
