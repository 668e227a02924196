import RunOutputs
import UploadExecution
import UploadPlanning
import UploadS3

/// A bucket that a command is about as a whole, and not a run in it.
struct BucketTarget {
    var bucket: String
    var layout: Layout
    var backend: S3Backend

    /// Finds out which bucket it is; what is wrong is told to the user.
    ///
    /// - Parameters:
    ///   - options: The flags about the bucket.
    ///   - store: How it is reached.
    ///   - transfer: How objects are transferred.
    ///   - plans: Plan files that belong to the question.
    ///   - needsStore: Whether the bucket is asked at all.
    ///   - isReadOnly: Whether it is only read from.
    ///   - environment: The environment.
    ///   - read: Takes from layout and plans what the command needs.
    /// - Returns: The bucket, `nil` without `needsStore`; and what was taken.
    /// - Throws: ``AlreadyReported`` with exit code 2.
    static func resolve<Value>(
        _ options: BucketOptions, _ store: StoreOptions, _ transfer: TransferOptions, plans: [String] = [],
        needsStore: Bool = true, isReadOnly: Bool = true, environment: [String: String],
        _ read: (Layout, [ValidatedPlan]) -> Value
    ) async throws -> (BucketTarget?, Value) {
        do {
            let files = await PlanFiles(plans)
            let places = try await options.places(plans: files.places, environment)
            var problems = files.unreadable
            let validated = files.validated(&problems, layout: places.layout)
            problems.removeAll { $0.severity != .error }
            guard problems.isEmpty else {
                Output.diagnostics(problems, sources: files.sources, environment: environment)
                throw AlreadyReported(exitCode: ToolExit.wrongInput)
            }
            let value = read(places.layout, validated)
            guard needsStore else { return (nil, value) }
            let run = try await ResolvedRun(
                RunRequest(flags: options.flags(runID: nil), places: places), isLocal: true, environment: environment)
            var choices = S3Configuration.Choices()
            choices.concurrency = transfer.transfers
            let backend = try Storage.bucket(store, choices, for: run.selection, environment, reads: isReadOnly)
            return (BucketTarget(bucket: run.root.bucket, layout: places.layout, backend: backend), value)
        } catch let error as Diagnostic {
            Output.diagnostics([error], sources: [:], environment: environment)
        } catch let error as PlanRejected {
            Output.diagnostics(error.diagnostics, sources: [:], environment: environment)
        } catch let error as AlreadyReported {
            throw error
        } catch {
            Output.notice("error: \(error)\n")
        }
        throw AlreadyReported(exitCode: ToolExit.wrongInput)
    }
}
