import LocalFiles
import RunLifetime
import RunOutputs
import UploadExecution
import UploadPlanning

/// Writes manifests and requests of batch jobs: a pair of files for each thing that is to be done.
struct BatchWriter {
    var directory: String
    var account: BatchJob.Account
    /// What the manifests' files are called before their number: `copy`, `pin`.
    var name: String

    /// The most jobs: more different things to do are no batches.
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
