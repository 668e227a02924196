import RunOutputs
import UploadPlanning

/// Where copies come from, and where they go.
struct CopyEnds {
    var source: ResolvedRun
    var destination: ResolvedRun

    /// Finds out where both runs have their outputs.
    ///
    /// The source is read, so that the event and the variables of this job say nothing about it, unless it is the job's
    /// own run. The destination is written by this job: a fork's job stays a fork's, whichever run it names.
    ///
    /// - Parameters:
    ///   - from: The flags about the source.
    ///   - to: The flags about the destination.
    ///   - common: The flags about both.
    ///   - isLocal: Whether the store is a directory.
    ///   - environment: The environment.
    /// - Throws: A `Diagnostic` for the first thing that is missing or wrong.
    init(
        from: CopySourceOptions, to: CopyDestinationOptions, common: CopyCommonOptions, isLocal: Bool,
        environment: [String: String]
    ) async throws(Diagnostic) {
        var flags = RunContext.Flags(
            runID: from.fromRun, platform: common.platform ?? from.fromPlatform, repository: from.fromRepository,
            releaseType: from.fromReleaseType)
        flags.names = .init(
            runID: "--from-run", platform: "--from-platform", repository: "--from-repository",
            releaseType: "--from-release-type")
        var request = RunRequest(flags: flags)
        request.bucket = from.fromBucket
        request.bucketFlag = "--from-bucket"
        request.policyFile = common.buckets
        request.isLookedUp = from.lookupWorkflowRun
        request.isOwnRun = from.fromRun == environment["GITHUB_RUN_ID"] && from.fromRepository == nil
        source = try await ResolvedRun(request, isLocal: isLocal, readsBack: true, environment: environment)

        request.flags = .init(
            runID: to.toRun, platform: to.toPlatform ?? source.root.platform, repository: to.toRepository,
            releaseType: to.toReleaseType)
        request.flags.names = .init(
            runID: "--to-run", platform: "--to-platform", repository: "--to-repository",
            releaseType: "--to-release-type"
        )
        request.bucket = to.toBucket
        request.bucketFlag = "--to-bucket"
        request.isLookedUp = false
        request.isOwnRun = true
        // A copy goes to the run `local` only if it is told so.
        destination = try await ResolvedRun(request, isLocal: false, environment: environment)
    }

    /// Both ends as people recognise them.
    ///
    /// - Parameter storage: The store that holds both.
    /// - Returns: Two lines, with the reason for each bucket.
    func text(in storage: Storage) -> String {
        [("from", source), ("to  ", destination)].map { word, run in
            let place = OutputGroup.artifacts.location(in: run.root).s3URI(orIn: storage)
            return "\(word)  \(place.printable)  (bucket chosen by \(run.selection.explanation.printable))\n"
        }.joined()
    }
}
