import RunLifetime
import RunOutputs
import UploadExecution
import UploadPlanning

/// A copy of a whole run that S3 Batch Operations are to make.
///
/// The engine keeps keys, overwrites, knows no conditions and copies no objects above 5 GB: what it cannot do is told, or
/// left to `copy` itself.
struct BatchCopy {
    /// What each job copies.
    var groups: [BatchJob.Operation: [OutputLocation]] = [:]
    /// What `copy` must do itself, and why.
    var rest: [(step: CopyUnit.Step, why: String)] = []
    /// How many copies are there already.
    var identical = 0
    /// Copies that are something else.
    var conflicts: [OutputLocation] = []

    /// The largest object that the engine copies.
    private static let largest: Int64 = 5 << 30

    /// Sorts copies by what is to be done.
    ///
    /// - Parameters:
    ///   - units: What is to be copied.
    ///   - source: The run that is copied.
    ///   - destination: Where it goes.
    ///   - there: What is there already, by key.
    /// - Throws: ``StoreError`` if keys would have to be renamed.
    init(
        _ units: [CopyUnit], from source: RunOutputRoot, to destination: RunOutputRoot,
        there: [ExactString: StoredObject]
    ) throws(StoreError) {
        guard destination.prefix.hasSuffix(source.prefix),
            destination.prefix == source.prefix || destination.prefix.dropLast(source.prefix.count).hasSuffix("/")
        else {
            throw StoreError(
                .other,
                "Batch Operations keep keys: '\(source.prefix)' cannot become '\(destination.prefix)'",
                hint: "copy to a run of the same id into another bucket, or run without --batch")
        }
        let keyPrefix = destination.prefix.dropLast(source.prefix.count).dropLast()
        for step in units.flatMap(\.steps) {
            if let copy = there[step.destination.key] {
                let hasTag = copy.etag?.isEmpty == false
                let isSame = hasTag && copy.etag == step.source.etag && copy.size == step.source.size
                if isSame { identical += 1 } else { conflicts.append(step.destination) }
            } else if step.source.size > Self.largest {
                rest.append((step, "larger than 5 GB"))
            } else if step.properties.cacheControl != nil {
                rest.append((step, "its place says how long caches may keep it"))
            } else {
                // A job cannot take tags away, but set them: `forever` matches no lifecycle rule.
                let tags = [RetentionTag.retain: (step.properties.retention ?? .forever).text]
                let operation = BatchJob.Operation.copy(
                    bucket: destination.bucket, keyPrefix: keyPrefix.isEmpty ? nil : String(keyPrefix), tags: tags,
                    storageClass: step.properties.storageClass)
                groups[operation, default: []].append(step.source.location)
            }
        }
    }

    /// What the engine does not do, for people.
    static let limits = """
        note: Batch Operations overwrite what is there by then, and give all copies of a job the same tags: other tags of the \
        sources are lost

        """
}
