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
    private let readOptions: ReadOptions
    private let transferOptions: TransferOptions
    private let environment: [String: String]
    private let policy: BucketPolicy
    /// Buckets that were read from already, by their names.
    private var storages: [String: Storage] = [:]

    /// The repository whose runs these are.
    let repository: RepositoryName

    /// Takes the flags.
    ///
    /// - Parameters:
    ///   - bucketOptions: The flags that tell where outputs are.
    ///   - readOptions: What to read from.
    ///   - transferOptions: How objects are transferred.
    ///   - environment: The environment.
    /// - Throws: What is wrong with the flags, the environment or the bucket policy.
    init(
        _ bucketOptions: BucketOptions, _ readOptions: ReadOptions, _ transferOptions: TransferOptions,
        environment: [String: String]
    ) throws {
        self.bucketOptions = bucketOptions
        self.readOptions = readOptions
        self.transferOptions = transferOptions
        self.environment = environment
        var sources: [String: SourceText] = [:]
        policy = try ResolvedRun.policy(bucketOptions.buckets, sources: &sources)
        // No run yet: what all of them have in common is checked with an id that stands for any.
        let common = try Self.context(of: "local", bucketOptions, environment)
        _ = try Self.selection(for: common, bucketOptions, policy)
        repository = common.repository.value
    }

    /// Finds out where a run's outputs are.
    ///
    /// - Parameter run: The run.
    /// - Returns: The bucket for its fork and its date, and its prefix there.
    /// - Throws: `BucketSelectionError` if the bucket policy has no bucket for it.
    func place(of run: ListedWorkflowRun) throws -> Place {
        let context = try Self.context(of: run.id, bucketOptions, environment).lookedUp(run.facts)
        let selection = try Self.selection(for: context, bucketOptions, policy)
        return Place(root: RunOutputRoot(of: context, in: selection), selection: selection)
    }

    /// Lists the artifacts of a run.
    ///
    /// - Parameter place: Where the run's outputs are.
    /// - Returns: The archives, in the order of their names.
    /// - Throws: `UploadError` if the store does not tell.
    func artifacts(at place: Place) async throws -> [ArtifactName] {
        let storage = try storage(for: place.selection)
        var artifacts: [ArtifactName] = []
        for object in try await storage.artifacts.objects(below: place.root.location(of: .root), .oneLevel) {
            let filename = object.location.key.text.split(separator: "/").last.map(String.init) ?? ""
            if let name = ArtifactName(filename: filename) { artifacts.append(name) }
        }
        return artifacts
    }

    /// Reads what `finish` says of a run: one request.
    ///
    /// - Parameter place: Where the run's outputs are.
    /// - Returns: The record; `nil` if there is none.
    /// - Throws: `UploadError` if the store does not tell, or what lies there is no record.
    func record(at place: Place) async throws -> RecordedRun? {
        try await storage(for: place.selection).artifacts.record(of: place.root)?.record
    }

    /// The place as people recognise it.
    func description(of place: Place) -> String {
        guard let directory = readOptions.directory(environment) else {
            return "s3://\(place.root.bucket)/\(place.root.prefix)"
        }
        return "\(directory)/\(place.root.prefix)"
    }

    /// Closes connections.
    func close() async {
        for storage in storages.values { await storage.close() }
        storages = [:]
    }

    private func storage(for selection: BucketSelection) throws -> Storage {
        if let storage = storages[selection.bucket.text] { return storage }
        let storage = try Storage(readOptions, transferOptions, for: selection, environment: environment)
        storages[selection.bucket.text] = storage
        return storage
    }

    private static func context(
        of runID: String, _ options: BucketOptions, _ environment: [String: String]
    ) throws(RunContextError) -> RunContext {
        try RunContext(
            flags: options.flags(runID: runID), environment: environment, machine: .current, readsBack: true)
    }

    private static func selection(
        for context: RunContext, _ options: BucketOptions, _ policy: BucketPolicy
    ) throws -> BucketSelection {
        if let bucket = options.bucket { return try .named(bucket) }
        return try policy.select(for: context)
    }
}
