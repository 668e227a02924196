import ArgumentParser
import FoundationEssentials
import RunLifetime
import RunOutputs
import UploadExecution
import UploadPlanning
import UploadS3

/// `pin`: keeps a run whatever its objects' retention says.
struct PinCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "pin",
        abstract: "Keep a run: its objects no longer match the bucket's lifecycle rules.",
        discussion: """
            For example: therock-upload pin 26595281971 --reason "baseline of 7.2"

            Each object's tag therock:retain becomes therock:pinned, and its other tags stay; the reason is written to \
            \(PinRecord.filename) beside the receipts. Can be stopped and run again: the end is the same. What is uploaded \
            to the run afterwards needs another `pin`.

            Exit codes: 0 all objects are pinned, 1 some are not, 2 the run is wrong, 64 wrong command line, 130 interrupted.
            """)

    @OptionGroup var work: PinWork

    @Option(help: ArgumentHelp("Why the run is kept.", valueName: "text"))
    var reason: String

    func validate() throws {
        if reason.isEmpty || reason.utf8.count > PinWork.longestReason {
            throw ValidationError("--reason takes a text of at most \(PinWork.longestReason) bytes")
        }
    }

    func run(in context: Context) async throws { try await work.run(.pin, reason: reason, in: context) }
}

/// `unpin`: the run is kept as long as its objects' retention says.
struct UnpinCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "unpin",
        abstract: "Undo `pin`: the run's objects have their former retention again.",
        discussion: """
            The bucket counts days from the upload, so that what is older than its retention goes soon. Can be stopped and run \
            again: the end is the same.

            Exit codes: 0 no object is pinned, 1 some may be, 2 the run is wrong, 64 wrong command line, 130 interrupted.
            """)

    @OptionGroup var work: PinWork

    func run(in context: Context) async throws { try await work.run(.unpin, reason: nil, in: context) }
}

/// What `pin` and `unpin` share.
struct PinWork: ParsableArguments {
    @Argument(help: ArgumentHelp("The run's id.", valueName: "run"))
    var runID: String

    @OptionGroup(title: "Run") var bucketOptions: BucketOptions

    @OptionGroup(title: "Storage") var store: ConnectionOptions

    @OptionGroup(title: "Transfer") var transferOptions: TransferOptions

    @OptionGroup var shards: ShardOptions

    @OptionGroup(title: "S3 Batch Operations") var batchOptions: BatchOptions

    @Flag(help: "Read the tags, say what would change, and stop.")
    var dryRun = false

    /// The most bytes of a reason.
    static let longestReason = 4096

    /// Changes the tags of the run's objects.
    ///
    /// - Parameters:
    ///   - change: What is done with them.
    ///   - reason: Why; `nil` for the one that was given before.
    ///   - context: The process.
    /// - Throws: What ends the command.
    func run(_ change: RunPinner.Change, reason: String?, in context: Context) async throws {
        let target = try await checkingInput {
            try await RunTarget(runID, bucketOptions, store, transferOptions, isReadOnly: dryRun, context)
        }
        let output = context.output
        output.text("run \(target.root.runID) in s3://\(target.root.bucket)/\(target.root.prefix)\n")
        let code: ExitCode?
        do {
            try await checkHoldsObjects(target)
            try await record(change, reason, target, context)
            if let directory = batchOptions.batch, let account = batchOptions.account, !dryRun {
                try await write(change, target, to: directory, account, context)
                await target.backend.shutdown()
                return
            }
            let pinner = RunPinner(
                backend: target.backend, concurrency: transferOptions.transfers, isDryRun: dryRun)
            let (root, shard) = (target.root, shards.shard)
            let result = await context.untilInterrupted {
                await Result { try await pinner.run(change, root, shard: shard) }
            }
            code = tell(change, try result.get(), output)
        } catch {
            await target.backend.shutdown()
            if error is WrongInput { throw error }
            output.notice("error: \("\(error)".printable)\n")
            throw ToolExit.someFailed
        }
        await target.backend.shutdown()
        if let code { throw code }
    }

    /// Leaves the change of tags to S3 Batch Operations: a job for each set of tags.
    private func write(
        _ change: RunPinner.Change, _ target: RunTarget, to directory: String, _ account: BatchJob.Account,
        _ context: Context
    ) async throws {
        let pinner = RunPinner(backend: target.backend, concurrency: transferOptions.transfers)
        let wanted = try await pinner.wanted(change, target.root, shard: shards.shard)
        let groups = Dictionary(uniqueKeysWithValues: wanted.map { (BatchJob.Operation.tag($0.key), $0.value) })
        let name = change == .pin ? "pin" : "unpin"
        try BatchWriter(directory: directory, account: account, name: name).write(
            groups, description: "\(name) \(target.root.prefix)", context)
        let count = groups.values.reduce(0) { $0 + $1.count }
        context.output.text(
            "Left to S3 Batch Operations: \(count.counted("object")) in \(groups.count.counted("job")).\n")
    }

    /// Makes sure that there is such a run, before anything is written to it.
    private func checkHoldsObjects(_ target: RunTarget) async throws {
        let record = try PinRecord.location(in: target.root)
        for try await case .object(let object) in target.backend.list(target.root.location)
        where object.location != record { return }
        throw StoreError(
            .notFound, "the run holds no objects", hint: "check the run's id, --platform and --release-type")
    }

    /// Writes down what is asked for, before any tag is changed: a run that is stopped half-way is pinned by its record.
    private func record(
        _ change: RunPinner.Change, _ reason: String?, _ target: RunTarget, _ context: Context
    ) async throws {
        guard !dryRun else { return }
        var reason = reason
        if reason == nil {
            let there = try await PinRecord.read(PinRecord.location(in: target.root), in: target.backend)
            reason = there?.record.reason
        }
        let actor = context.environment["GITHUB_ACTOR"].flatMap { $0.isEmpty ? nil : $0 }
        let record = PinRecord(
            isPinned: change == .pin, reason: reason ?? "", by: actor, at: Date.now.formatted(.iso8601))
        let former = try await record.write(to: target.root, in: target.backend)
        if let former, former.isPinned, change == .pin, former.reason != reason {
            context.output.notice("note: the reason was \u{201C}\(former.reason.printable)\u{201D} before\n")
        }
    }

    private func tell(_ change: RunPinner.Change, _ outcome: RunPinner.Outcome, _ output: Output) -> ExitCode? {
        output.text(outcome.failures.render())
        let verb = dryRun ? "Would change" : change == .pin ? "Pinned" : "Unpinned"
        var text = "\(verb) \(outcome.changed.counted("object"))"
        if outcome.unchanged > 0 { text += " · \(outcome.unchanged) as they should be" }
        if outcome.failed > 0 { text += " · \(outcome.failed) failed" }
        if let shard = shards.shard { text += " · shard \(shard.text)" }
        output.text(text + ".\n")
        if outcome.failed > 0 { return ToolExit.someFailed }
        return outcome.isInterrupted ? ToolExit.interrupted : nil
    }
}

extension Result where Failure == any Error {
    /// Keeps what a piece of work returns or throws.
    fileprivate init(_ work: () async throws -> Success) async {
        do {
            self = .success(try await work())
        } catch {
            self = .failure(error)
        }
    }
}
