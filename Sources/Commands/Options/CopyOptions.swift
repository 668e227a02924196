import ArgumentParser
import RunOutputs

/// The flags that tell where copies come from.
struct CopySourceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The run whose outputs are copied.", valueName: "run-id"))
    var fromRun: String

    @Option(
        help: ArgumentHelp(
            "That run's repository. (environment: GITHUB_REPOSITORY; default: ROCm/TheRock)", valueName: "owner/name"))
    var fromRepository: String?

    @Option(help: "That run's platform. (environment: THEROCK_PLATFORM; default: this machine's)")
    var fromPlatform: Platform?

    @Option(help: ArgumentHelp("That run's release type. (environment: RELEASE_TYPE; default: ci)", valueName: "type"))
    var fromReleaseType: String?

    @Option(help: ArgumentHelp("Copy from this bucket, without bucket policy and external prefix.", valueName: "name"))
    var fromBucket: String?

    @Flag(help: "Ask the GitHub API about that run: needed if it builds a fork's code.")
    var lookupWorkflowRun = false
}

/// The flags that tell where copies go: what is not said is this job's own run.
struct CopyDestinationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The run that outputs are copied to. (environment: GITHUB_RUN_ID)", valueName: "run-id"))
    var toRun: String?

    @Option(
        help: ArgumentHelp(
            "That run's repository. (environment: GITHUB_REPOSITORY; default: ROCm/TheRock)", valueName: "owner/name"))
    var toRepository: String?

    @Option(help: "That run's platform. (default: the source's)")
    var toPlatform: Platform?

    @Option(help: ArgumentHelp("That run's release type. (environment: RELEASE_TYPE; default: ci)", valueName: "type"))
    var toReleaseType: String?

    @Option(help: ArgumentHelp("Copy into this bucket, without bucket policy and external prefix.", valueName: "name"))
    var toBucket: String?
}

/// The flags that are about both ends, and those of other commands that do not tell which end they mean.
struct CopyCommonOptions: ParsableArguments {
    @Option(help: "The platform of both ends.")
    var platform: Platform?

    @Option(help: ArgumentHelp("Use this bucket policy instead of the built-in one, for both ends.", valueName: "file"))
    var buckets: String?

    @Option(
        help: ArgumentHelp("The layout of both ends.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var layout: String?

    @Option(help: .hidden) var runID: String?
    @Option(help: .hidden) var githubRepository: String?
    @Option(help: .hidden) var releaseType: String?
    @Option(help: .hidden) var bucket: String?

    func validate() throws {
        let ambiguous = [
            ("run-id", "run", runID), ("github-repository", "repository", githubRepository),
            ("release-type", "release-type", releaseType), ("bucket", "bucket", bucket),
        ]
        for (flag, end, value) in ambiguous where value != nil {
            throw ValidationError(
                "--\(flag) does not say which end of the copy it means: use --from-\(end) or --to-\(end)")
        }
    }
}
