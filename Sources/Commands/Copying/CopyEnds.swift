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
    ///   - context: The process as the command knows it.
    /// - Throws: A `Diagnostic` or `PlanRejected` for the first thing that is missing or wrong.
    init(
        from: CopySourceOptions, to: CopyDestinationOptions, common: CopyCommonOptions, isLocal: Bool,
        context: Context
    ) async throws {
        var flags = RunContext.Flags(
            runID: from.fromRun, platform: common.platform ?? from.fromPlatform, repository: from.fromRepository,
            releaseType: from.fromReleaseType)
        flags.names = .init(
            runID: "--from-run", platform: "--from-platform", repository: "--from-repository",
            releaseType: "--from-release-type")
        func places(_ bucket: String?, _ flag: String) async throws(PlanRejected) -> ChosenPlaces {
            try await ChosenPlaces(
                .init(layout: common.layout, buckets: common.buckets, bucket: bucket, bucketFlag: flag),
                context)
        }
        var request = RunRequest(flags: flags, places: try await places(from.fromBucket, "--from-bucket"))
        request.isLookedUp = from.lookupWorkflowRun
        request.isOwnRun = from.fromRun == context.environment["GITHUB_RUN_ID"] && from.fromRepository == nil
        source = try await ResolvedRun(
            request, isLocal: isLocal, needsBucket: !isLocal, readsBack: true, context: context)

        request.flags = .init(
            runID: to.toRun, platform: to.toPlatform ?? source.root.platform, repository: to.toRepository,
            releaseType: to.toReleaseType)
        request.flags.names = .init(
            runID: "--to-run", platform: "--to-platform", repository: "--to-repository",
            releaseType: "--to-release-type"
        )
        request.places = try await places(to.toBucket, "--to-bucket")
        request.isLookedUp = false
        request.isOwnRun = true
        // A copy goes to the run `local` only if it is told so.
        destination = try await ResolvedRun(request, isLocal: false, needsBucket: !isLocal, context: context)
    }

    /// Both ends as people recognise them.
    ///
    /// - Parameter storage: The store that holds both.
    /// - Returns: Two lines, with the reason for each bucket.
    func text(in storage: Storage) -> String {
        [("from", source), ("to  ", destination)].map { word, run in
            let place = run.root.artifactLocation.s3URI(orIn: storage)
            return "\(word)  \(place.printable)  (bucket chosen by \(run.selection.explanation.printable))\n"
        }.joined()
    }
}
