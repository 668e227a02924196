import RunOutputs
import UploadExecution
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
