import ArgumentParser
import RunLifetime
import RunOutputs
import UploadExecution
import UploadPlanning

/// `diff-runs`: what two runs hold differently.
struct DiffRunsCommand: ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff-runs",
        abstract: "Compare the outputs of two runs by name and content.",
        discussion: """
            For example: therock-upload diff-runs 26595281971 26600000000

            Contents are compared by the SHA-256 of the runs' receipts; --from-listing compares sizes and entity tags instead.
            = same, ~ changed, + only in the second, - only in the first, ? of the same size, and nobody tells the contents.

            Exit codes: 0 compared, 1 a run cannot be read, 2 the run is wrong, 5 with --detailed-exitcode and a difference.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, markdown, json
    }

    @Argument(help: ArgumentHelp("The first run's id.", valueName: "first"))
    var first: String

    @Argument(help: ArgumentHelp("The second run's id.", valueName: "second"))
    var second: String

    @OptionGroup(title: "Runs") var bucketOptions: BucketOptions

    @Option(help: ArgumentHelp("The second run's bucket, if it is in another one.", valueName: "name"))
    var secondBucket: String?

    @Option(help: ArgumentHelp("The second run's release type, if it has another one.", valueName: "type"))
    var secondReleaseType: String?

    @OptionGroup(title: "Storage") var sourceOptions: ReadSourceOptions

    @OptionGroup(title: "Storage") var connectionOptions: ConnectionOptions

    @OptionGroup(visibility: .hidden) var transferOptions: TransferOptions

    @Flag(help: "Compare by a listing, which covers runs without receipts too.")
    var fromListing = false

    @Option(help: "How it is written: markdown suits a job's summary, json is for programs.")
    var format = Format.text

    @Flag(help: "Show what is the same too.")
    var all = false

    @Flag(help: "Exit with 5 if the runs differ.")
    var detailedExitcode = false

    func validate() throws { try checkStorage() }

    func run(in context: Context) async throws {
        let ends = try await checkingInput {
            (
                try await readable(first, bucketOptions.bucket, bucketOptions.releaseType, context),
                try await readable(
                    second, secondBucket ?? bucketOptions.bucket, secondReleaseType ?? bucketOptions.releaseType,
                    context)
            )
        }
        let outcome: (RunDifference?, ExitCode?) = await work(ends, context.output)
        await ends.0.storage.close()
        await ends.1.storage.close()
        if let code = outcome.1 { throw code }
        guard let difference = outcome.0 else { return }
        let text = RunDifferenceText(difference, from: ends.0.place, to: ends.1.place)
        switch format {
        case .text: context.output.text(text.plain(style: context.output.style, showsAll: all))
        case .markdown: context.output.text(text.markdown)
        case .json: context.output.data(text.json)
        }
        if detailedExitcode, !difference.isEmpty { throw ToolExit.somethingToDo }
    }

    private func work(_ ends: (ReadableRun, ReadableRun), _ output: Output) async -> (RunDifference?, ExitCode?) {
        do {
            let (old, new) = (try await outputs(of: ends.0), try await outputs(of: ends.1))
            return (RunDifference(from: old, to: new), nil)
        } catch {
            output.notice("error: \("\(error)".printable)\n")
            return (nil, ToolExit.someFailed)
        }
    }

    private func readable(
        _ runID: String, _ bucket: String?, _ releaseType: String?, _ context: Context
    ) async throws -> ReadableRun {
        var options = bucketOptions
        (options.bucket, options.releaseType) = (bucket, releaseType)
        let request = try await RunRequest(run: runID, options, context)
        let isLocal = directory(context) != nil
        let run = try await ResolvedRun(
            request, isLocal: isLocal, needsBucket: !isLocal, readsBack: true, context: context)
        return ReadableRun(run, in: try storage(for: run.selection, context))
    }

    /// The outputs of a run, in the order of their names.
    private func outputs(of readable: ReadableRun) async throws -> [RunOutput] {
        let (backend, root) = (readable.backend, readable.root)
        var outputs: [RunOutput] = []
        func add(_ object: StoredObject) {
            let path = object.location.key.text.relativePath(from: root.prefix)
            outputs.append(
                RunOutput(path: ExactString(path), size: object.size, sha256: object.sha256, etag: object.etag))
        }
        if fromListing {
            for object in try await backend.outputs(of: root) { add(object) }
            guard !outputs.isEmpty else { throw StoreError(.notFound, "\(readable.place) holds nothing") }
            return outputs
        }
        let receipts = try await backend.receipts(
            backend.receiptListing(of: root), of: root, concurrency: ReadableRun.receiptsAtOnce)
        guard !receipts.receipts.isEmpty else {
            throw StoreError(
                .notFound, "\(readable.place) holds no receipts", hint: "pass --from-listing to compare sizes and tags")
        }
        receipts.forEachStored(in: root.bucket) { object in
            add(object)
            return true
        }
        return outputs
    }
}
