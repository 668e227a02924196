public import ArgumentParser
public import RunOutputs

/// The flags that tell, with a run's id, where its outputs are.
struct BucketOptions: ParsableArguments {
    @Option(help: "The platform of the outputs: linux or windows. (default: this machine's)")
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

    @Option(help: "Use this bucket, without bucket policy and external prefix.")
    var bucket: String?

    @Option(help: ArgumentHelp("Use this bucket policy instead of the built-in one.", valueName: "file"))
    var buckets: String?
}

/// The flags of every command that needs a run.
struct RunOptions: ParsableArguments {
    @Option(help: "The workflow run's id. (environment: GITHUB_RUN_ID)")
    var runID: String?

    @OptionGroup var outputs: BucketOptions

    @Flag(help: "Ask the GitHub API about the run: needed for another run than this job's own.")
    var lookupWorkflowRun = false
}

extension Platform: ExpressibleByArgument {}

extension BucketOptions {
    /// The flags together with a run's id.
    func flags(runID: String?) -> RunContext.Flags {
        .init(runID: runID, platform: platform, repository: githubRepository, releaseType: releaseType)
    }
}

extension RunOptions {
    var flags: RunContext.Flags { outputs.flags(runID: runID) }
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
