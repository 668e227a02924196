import RunOutputs
import UploadExecution
import UploadPlanning
import UploadS3

/// A run in a bucket, of which more is changed than files can show.
struct RunTarget {
    var run: ResolvedRun
    var backend: S3Backend
    var root: RunOutputRoot { run.root }

    /// Finds out where the run is.
    ///
    /// - Parameters:
    ///   - runID: The run's id.
    ///   - options: The flags about the bucket.
    ///   - store: How it is reached.
    ///   - transfer: How objects are transferred.
    ///   - isReadOnly: Whether it is only read from.
    ///   - context: The process.
    /// - Throws: A `Diagnostic`, `PlanRejected` or ``StoreError`` for what is missing or wrong.
    init(
        _ runID: String, _ options: BucketOptions, _ store: ConnectionOptions, _ transfer: TransferOptions,
        isReadOnly: Bool, _ context: Context
    ) async throws {
        let request = try await RunRequest(run: runID, options, context)
        run = try await ResolvedRun(request, isLocal: false, readsBack: true, context: context)
        backend = try Storage.bucket(store, transfer, for: run.selection, context, reads: isReadOnly)
    }
}

/// A bucket that a command is about as a whole, and not a run in it.
struct BucketTarget {
    var bucket: String
    var layout: Layout
    var backend: S3Backend

    /// Finds out which bucket it is.
    ///
    /// - Parameters:
    ///   - options: The flags about the bucket.
    ///   - store: How it is reached.
    ///   - transfer: How objects are transferred.
    ///   - plans: Plan files that belong to the question.
    ///   - needsStore: Whether the bucket is asked at all.
    ///   - isReadOnly: Whether it is only read from.
    ///   - context: The process.
    ///   - read: Takes from layout and plans what the command needs.
    /// - Returns: The bucket, `nil` without `needsStore`; and what was taken.
    /// - Throws: ``WrongInput``, `Diagnostic`, `PlanRejected` or `StoreError` for what is missing or wrong.
    static func resolve<Value>(
        _ options: BucketOptions, _ store: ConnectionOptions, _ transfer: TransferOptions, plans: [String] = [],
        needsStore: Bool = true, isReadOnly: Bool = true, _ context: Context,
        _ read: (Layout, [ValidatedPlan]) -> Value
    ) async throws -> (BucketTarget?, Value) {
        let files = await PlanFiles(plans, context)
        let places = try await options.places(plans: files.places, context)
        var problems = files.unreadable
        let validated = files.validated(&problems, layout: places.layout)
        problems.removeAll { $0.severity != .error }
        guard problems.isEmpty else { throw WrongInput.diagnostics(problems, sources: files.sources) }
        let value = read(places.layout, validated)
        guard needsStore else { return (nil, value) }
        let run = try await ResolvedRun(
            RunRequest(flags: options.flags(runID: nil), places: places), isLocal: true, context: context)
        let backend = try Storage.bucket(store, transfer, for: run.selection, context, reads: isReadOnly)
        return (BucketTarget(bucket: run.root.bucket, layout: places.layout, backend: backend), value)
    }
}
