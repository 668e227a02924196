import LocalFiles
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

/// Writes manifests and requests of batch jobs: a pair of files for each thing that is to be done.
struct BatchWriter {
    var directory: String
    var account: BatchJob.Account
    /// What the manifests' files are called before their number: `copy`, `pin`.
    var name: String

    /// The most jobs: more different things to do are not batches.
    private static let mostJobs = 100

    /// Writes all files.
    ///
    /// - Parameters:
    ///   - groups: What is to be done, and with which objects.
    ///   - description: What the jobs are for.
    ///   - context: The process.
    /// - Throws: ``WrongInput`` if the directory holds something, or a file cannot be written.
    func write(
        _ groups: [BatchJob.Operation: [OutputLocation]], description: String, _ context: Context
    ) throws {
        guard groups.count <= Self.mostJobs else {
            throw WrongInput.message(
                "the objects need \(groups.count) different jobs, and more than \(Self.mostJobs) are no use: run without "
                    + "--batch")
        }
        guard LocalPath.names(in: directory)?.isEmpty ?? true else {
            throw WrongInput.message("the directory '\(directory.printable)' is not empty: name another one")
        }
        guard LocalPath.makeDirectory(directory) else {
            throw WrongInput.message("the directory '\(directory.printable)' cannot be made")
        }
        let ordered = groups.sorted { "\($0.key)" < "\($1.key)" }
        for (number, (operation, objects)) in ordered.enumerated() {
            let stem = "\(name)-\(number + 1)"
            let manifest = objects.sorted().map { BatchJob.line($0) }.joined()
            let bytes = Array(manifest.utf8)
            let job = BatchJob(
                operation, manifestName: "\(stem).csv", manifestMD5: bytes.md5,
                token: Array("\(operation)\(bytes.sha256)".utf8).sha256, description: description)
            try context.writeFile(manifest, to: "\(directory)/\(stem).csv")
            try context.writeFile(job.request(in: account), to: "\(directory)/\(stem).json")
            context.output.text(
                "\(stem): \(objects.count.counted("object"))\n"
                    + "  aws s3api put-object --bucket \(account.bucket) --key \(account.prefix)/\(stem).csv --body "
                    + "\(directory)/\(stem).csv\n"
                    + "  aws s3control create-job --cli-input-json file://\(directory)/\(stem).json\n")
        }
    }
}
