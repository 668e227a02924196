public import ArgumentParser
import RunOutputs
public import UploadExecution
import UploadPlanning

/// `fetch`: downloads, verifies and extracts artifacts of a run.
struct FetchCommand: RunCommand, ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Download, verify and extract artifacts of a run.",
        discussion: """
            For example: therock-upload fetch --run-id 26595281971 --artifact-group gfx94X-dcgpu blas --output-dir build

            Every archive is compared with its checksum file and with the store's checksums. Nothing is put \
            in place until all of them are good. An interrupted fetch resumes where it stopped.

            Exit codes: 0 everything is in place, 1 something is missing, failed or matched nothing, 2 the run is \
            wrong, 64 wrong command line, 130 interrupted.
            """)

    /// What is done with the archives.
    enum Handling: String, EnumerableFlag {
        case extract, noExtract, flatten, bootstrap

        static func help(for value: Handling) -> ArgumentHelp? {
            switch value {
            case .extract: "Extract each artifact into a directory of its own, instead of what is there."
            case .noExtract: "Keep the archives as they are, with their checksum files."
            case .bootstrap:
                "Extract all artifacts into a build tree, where {dir}.prebuilt marks each directory that a manifest names."
            case .flatten: "Extract all artifacts into one tree, without the directories their manifests name."
            }
        }
    }

    @OptionGroup(title: "Selection") var selectionOptions: SelectionOptions

    @OptionGroup(title: "Selection") var familyOptions: FamilyOptions

    @OptionGroup(title: "Run") var runOptions: RunOptions

    @OptionGroup(title: "Run") var bucketOptions: BucketOptions

    @OptionGroup(title: "Storage") var sourceOptions: ReadSourceOptions

    @OptionGroup(title: "Storage") var connectionOptions: ConnectionOptions

    @OptionGroup(title: "Transfer") var transferOptions: TransferOptions

    @Option(help: ArgumentHelp("Where to put the artifacts.", valueName: "dir"))
    var outputDir = "build/artifacts"

    @Flag var handling = Handling.extract

    @Flag(inversion: .prefixedNo, help: "Remove archives when everything is extracted.")
    var deleteAfterExtract = true

    @Flag(help: "Fail for an archive that has no checksum file, instead of trusting the store's own checksums.")
    var requireChecksum = false

    @Option(
        help: ArgumentHelp(
            "How to handle links that lead out of an archive: refuse the archive, or skip the links and report them.",
            valueName: "refuse|skip"))
    var links = LinkPolicy.refuse

    @Option(
        help: ArgumentHelp(
            "With --flatten: refuse different files of two artifacts under one path, or take the last one's.",
            valueName: "refuse|last"))
    var overlap = OverlapPolicy.refuse

    @Flag(help: "The same as --links skip.")
    var skipLinks = false

    @Option(help: "How many archives to extract at once. (default: one for each processor)")
    var extractConcurrency: Int?

    @OptionGroup(title: "Waiting") var waitOptions: WaitOptions

    @Flag(help: "Show what would be fetched, and stop.")
    var dryRun = false

    func validate() throws {
        try checkStorage()
        if let extractConcurrency, !(1...64).contains(extractConcurrency) {
            throw ValidationError("--extract-concurrency takes a number from 1 to 64")
        }
    }

    func run(in context: Context) async throws {
        let readable = try await ReadableRun(of: self, context)
        do {
            let receipts = try await wait(for: readable, context)
            let artifacts = try await select(in: readable, context)
            if dryRun {
                show(artifacts, in: readable, context)
            } else {
                let digests = try await digests(of: artifacts, in: readable, receipts, context.output)
                try await fetch(artifacts, digests, from: readable, context)
            }
        } catch {
            await readable.storage.close()
            throw error
        }
        await readable.storage.close()
    }

    /// Waits for the receipts that are asked for; none if nobody asks.
    private func wait(for readable: ReadableRun, _ context: Context) async throws -> RunReceipts? {
        guard !waitOptions.receipts.isEmpty else { return nil }
        let isOwnRun = context.environment["GITHUB_RUN_ID"] == readable.root.runID
        let attempt = isOwnRun ? context.environment["GITHUB_RUN_ATTEMPT"].flatMap { Int($0) } : nil
        return try await ReceiptWait(
            readable: readable, names: waitOptions.receipts, timeout: waitOptions.duration, ownAttempt: attempt,
            output: context.output
        ).run()
    }

    /// What receipts say of archives without a checksum file: those that were waited for, or all if a checksum is
    /// required.
    private func digests(
        of artifacts: [SelectedArtifact], in readable: ReadableRun, _ awaited: RunReceipts?, _ output: Output
    ) async throws -> [ExactString: String] {
        let keys = Set(artifacts.filter { $0.sidecar == nil }.map(\.object.location.key))
        guard !keys.isEmpty, requireChecksum || awaited != nil else { return [:] }
        var receipts = awaited
        if requireChecksum {
            do {
                let listing = try await readable.backend.receiptListing(of: readable.root)
                receipts = try await readable.backend.receipts(
                    listing, of: readable.root, concurrency: transferOptions.transfers)
            } catch {
                output.notice("error: the receipts in \(readable.place) cannot be read: \("\(error)".printable)\n")
                throw ToolExit.someFailed
            }
        }
        var digests: [ExactString: String] = [:]
        receipts?.forEachStored(in: readable.root.bucket) { object in
            if keys.contains(object.location.key) { digests[object.location.key] = object.sha256 }
            return true
        }
        return digests
    }

    /// Lists the run's artifacts and picks those that are wanted; whatever is wrong was told.
    private func select(in readable: ReadableRun, _ context: Context) async throws -> [SelectedArtifact] {
        let layout = readable.root.layout
        guard layout.artifacts != nil else {
            throw WrongInput.message(
                "the layout '\(layout.name.printable)' does not say where artifacts are\n"
                    + "  = help: give a directory the role `artifacts`, and put it into a group with `names`; `copy --all` and "
                    + "`list` need neither")
        }
        let outcome: ArtifactSelection.Outcome
        do {
            let objects = try await readable.artifactObjects()
            outcome = try selectionOptions.selection(familyOptions).select(from: objects, layout: layout)
        } catch {
            context.output.notice("error: \(readable.place) cannot be listed: \(error)\n")
            throw ToolExit.someFailed
        }
        for problem in outcome.unmatched {
            context.output.notice("error: \(problem.printable), in \(readable.place)\n")
        }
        if outcome.artifacts.isEmpty, outcome.unmatched.isEmpty {
            context.output.notice("error: no artifact is selected in \(readable.place)\n" + readable.adviceIfEmpty)
        }
        guard outcome.unmatched.isEmpty, !outcome.artifacts.isEmpty else { throw ToolExit.someFailed }
        return outcome.artifacts
    }

    private func show(_ artifacts: [SelectedArtifact], in readable: ReadableRun, _ context: Context) {
        let lines = artifacts.map { artifact in
            let note = artifact.sidecar == nil ? "  (no checksum file)" : ""
            return "  \(artifact.name.filename.printable)  \(artifact.object.size.byteText)\(note)\n"
        }
        let bytes = artifacts.reduce(0) { $0 + $1.object.size }
        context.output.text(
            lines.joined()
                + "Would fetch \(artifacts.count.counted("artifact")), \(bytes.byteText), from \(readable.place) to "
                + "\(outputDir).\n")
    }

    private func fetch(
        _ artifacts: [SelectedArtifact], _ digests: [ExactString: String], from readable: ReadableRun,
        _ context: Context
    ) async throws {
        let mode: FetchMode =
            switch handling {
            case .extract: .directories
            case .noExtract: .archives
            case .flatten: .flattened
            case .bootstrap: .bootstrapped
            }
        let display = FetchDisplay(artifacts, mode: transferOptions.progress, context: context)
        var fetcher = ArtifactFetcher(backend: readable.backend, outputDirectory: outputDir, mode: mode)
        fetcher.deletesArchives = deleteAfterExtract
        fetcher.requiresChecksum = requireChecksum
        fetcher.receiptDigests = digests
        fetcher.overlaps = overlap
        fetcher.links = skipLinks ? .skip : links
        fetcher.downloads = min(fetcher.downloads, transferOptions.transfers)
        fetcher.smallDownloads = min(fetcher.smallDownloads, transferOptions.transfers)
        fetcher.extractions = extractConcurrency ?? max(1, context.processorCount)
        fetcher.onEvent = { display.show($0) }
        let report = await context.untilInterrupted { [fetcher] in await fetcher.run(artifacts) }
        display.finish()
        context.output.text(FetchText(report, outputDirectory: outputDir, mode: mode).render())
        if report.isInterrupted { throw ToolExit.interrupted }
        if !report.isComplete { throw ToolExit.someFailed }
    }
}

extension LinkPolicy: ExpressibleByArgument {}
extension OverlapPolicy: ExpressibleByArgument {}
