import ArgumentParser
import FoundationEssentials
import RunLifetime
import RunOutputs
import UploadExecution
import UploadPlanning

/// The flags that say what a bucket's objects are counted from.
struct CensusOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Count from an S3 Inventory (CSV): its manifest.json, and the files that were downloaded with it.",
            valueName: "file"), completion: .file(extensions: ["json"]))
    var inventory: String?

    @Flag(help: "Count from the receipts of all runs, instead of listing the bucket.")
    var fromReceipts = false

    @Flag(help: "Read each run's record: its branch, whether it is complete, why it is pinned.")
    var records = false
}

/// What was counted, and from what.
struct Census {
    var root: RunOutputRoot
    var tally: UsageTally
    var duplicates: UsageSum?
    var source: String
}

/// A command that counts the objects of a bucket.
protocol CensusCommand: ReadingCommand {
    var bucketOptions: BucketOptions { get }
    var censusOptions: CensusOptions { get }
}

extension CensusCommand {
    /// Refuses flags that exclude each other.
    func checkCensus() throws(ValidationError) {
        try checkStorage()
        let options = censusOptions
        if options.inventory != nil, options.fromReceipts || options.records || sourceOptions.localStagingDir != nil {
            throw ValidationError(
                "--inventory asks no store: leave out --from-receipts, --records and --local-staging-dir")
        }
    }

    /// Counts.
    ///
    /// - Parameters:
    ///   - readsRecords: Whether what is written down of runs is read in any case.
    ///   - context: The process.
    /// - Returns: What was counted.
    /// - Throws: What ends the command.
    func census(readingRecords readsRecords: Bool = false, _ context: Context) async throws -> Census {
        let now = Int64(Date.now.timeIntervalSince1970)
        if let inventory = censusOptions.inventory { return try await census(of: inventory, now, context) }
        let isLocal = directory(context) != nil
        let (run, storage) = try await checkingInput {
            let request = RunRequest(
                flags: bucketOptions.flags(runID: nil), places: try await bucketOptions.places(context))
            let run = try await ResolvedRun(
                request, isLocal: true, needsBucket: !isLocal, readsBack: true, context: context)
            return (run, try self.storage(for: run.selection, context))
        }
        var census = ObjectCensus(
            besides: run.root, spoolDirectory: context.environment.temporaryDirectory, now: now)
        let result: Census
        do {
            if censusOptions.fromReceipts {
                try await census.takeReceipts(in: storage.artifacts, concurrency: ReadableRun.receiptsAtOnce)
            } else {
                try await census.take(storage.artifacts.list(OutputLocation(bucket: run.root.bucket, key: "")))
            }
            if censusOptions.records || readsRecords {
                try await census.readRecords(in: storage.artifacts, concurrency: transferOptions.transfers)
            }
            result = Census(
                root: run.root, tally: census.tally, duplicates: try census.duplicated(),
                source: (censusOptions.fromReceipts ? "the receipts of its runs" : "a listing")
                    + (directory(context).map { " in \($0)" } ?? ""))
        } catch {
            await storage.close()
            context.output.notice("error: s3://\(run.root.bucket) cannot be counted: \("\(error)".printable)\n")
            throw ToolExit.someFailed
        }
        await storage.close()
        return result
    }

    private func census(of path: String, _ now: Int64, _ context: Context) async throws -> Census {
        try await checkingInput {
            do {
                let manifest = try InventoryManifest(
                    try context.readSmallFile(path, limit: largestManifest), path: path)
                // The inventory names the bucket itself.
                let places = try await bucketOptions.places(context)
                let root = RunOutputRoot(
                    foundAt: "run", in: manifest.bucket,
                    releaseType: bucketOptions.releaseType ?? RunContext.ordinaryReleaseType, layout: places.layout)
                var census = ObjectCensus(
                    besides: root, spoolDirectory: context.environment.temporaryDirectory,
                    now: manifest.created ?? now)
                try await census.take(manifest)
                return Census(
                    root: root, tally: census.tally, duplicates: try census.duplicated(), source: "an inventory")
            } catch let error as InvalidInventory {
                throw UnreadableFile(path: path, reason: error.problem)
            }
        }
    }
}

/// The most bytes of the manifest of an inventory: it names some thousand files.
private let largestManifest = 64 << 20
