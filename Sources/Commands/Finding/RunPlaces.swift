import GitHubActions
import MarkedYAML
import RunOutputs
import UploadExecution
import UploadPlanning

/// Where the outputs of many runs are: each run's own bucket, and a store to read it through.
final class RunPlaces {
    /// Where one run's outputs are.
    struct Place: Hashable {
        var root: RunOutputRoot
        var selection: BucketSelection
    }

    private let bucketOptions: BucketOptions
    private let command: any ReadingCommand
    private let context: Context
    private let places: ChosenPlaces
    private let needsBucket: Bool
    /// Buckets that were read from already, by their names.
    private var storages: [String: Storage] = [:]

    /// Which targets each family means.
    var families: TargetFamilies { places.layout.families }

    /// The repository whose runs these are.
    let repository: RepositoryName

    /// Takes the flags.
    ///
    /// - Parameters:
    ///   - bucketOptions: The flags that tell where outputs are.
    ///   - command: Says what is read from.
    ///   - context: The process as the command knows it.
    /// - Throws: What is wrong with the flags, the environment or the bucket policy.
    init(
        _ bucketOptions: BucketOptions, in command: any ReadingCommand, _ context: Context
    ) async throws {
        self.bucketOptions = bucketOptions
        self.command = command
        self.context = context
        places = try await bucketOptions.places(context)
        // No run yet: what all of them have in common is checked with an id that stands for any.
        let common = try Self.runContext(of: "local", bucketOptions, places.layout, context)
        needsBucket = command.directory(context) == nil
        _ = try places.selection(for: common, needsBucket: needsBucket)
        repository = common.repository.value
    }

    /// Finds out where a run's outputs are.
    ///
    /// - Parameter run: The run.
    /// - Returns: The bucket for its fork and its date, and its prefix there.
    /// - Throws: `BucketSelectionError` if the bucket policy has no bucket for it.
    func place(of run: ListedWorkflowRun) throws -> Place {
        let runContext = try Self.runContext(of: run.id, bucketOptions, places.layout, context).lookedUp(run.facts)
        let selection = try places.selection(for: runContext, needsBucket: needsBucket)
        return Place(root: RunOutputRoot(of: runContext, in: selection), selection: selection)
    }

    /// Lists the artifacts of a run.
    ///
    /// - Parameter place: Where the run's outputs are.
    /// - Returns: The archives, in the order of their names.
    /// - Throws: `StoreError` if the store does not tell.
    func artifacts(at place: Place) async throws -> [ArtifactName] {
        let storage = try storage(for: place.selection)
        var artifacts: [ArtifactName] = []
        for object in try await place.root.artifactObjects(in: storage.artifacts) {
            if let name = ArtifactName(filename: object.location.name, places.layout.artifactNaming) {
                artifacts.append(name)
            }
        }
        return artifacts
    }

    /// Reads what `finish` says of a run: one request.
    ///
    /// - Parameter place: Where the run's outputs are.
    /// - Returns: The record; `nil` if there is none.
    /// - Throws: `StoreError` if the store does not tell, or what is there is not a record.
    func record(at place: Place) async throws -> RecordedRun? {
        try await storage(for: place.selection).artifacts.record(of: place.root)?.record
    }

    /// The place as people recognise it.
    func description(of place: Place) -> String {
        guard let directory = command.directory(context) else {
            return "s3://\(place.root.bucket)/\(place.root.prefix)"
        }
        return "\(directory)/\(place.root.prefix)"
    }

    func close() async {
        for storage in storages.values { await storage.close() }
        storages = [:]
    }

    private func storage(for selection: BucketSelection) throws -> Storage {
        if let storage = storages[selection.bucket.text] { return storage }
        let storage = try command.storage(for: selection, context)
        storages[selection.bucket.text] = storage
        return storage
    }

    private static func runContext(
        of runID: String, _ options: BucketOptions, _ layout: Layout, _ context: Context
    ) throws(RunContextError) -> RunContext {
        try RunContext(
            flags: options.flags(runID: runID), environment: context.environment, machine: .current, layout: layout,
            readsBack: true)
    }
}
