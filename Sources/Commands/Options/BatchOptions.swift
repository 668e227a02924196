import ArgumentParser
import RunLifetime
import RunOutputs

/// The flags that leave work to S3 Batch Operations.
struct BatchOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write manifests and requests for S3 Batch Operations into this directory, instead of doing the work.",
            valueName: "dir"))
    var batch: String?

    @Option(help: ArgumentHelp("The AWS account in which the batch jobs run.", valueName: "account"))
    var batchAccount: String?

    @Option(help: ArgumentHelp("The role that the batch jobs assume.", valueName: "arn"))
    var batchRole: String?

    @Option(
        help: ArgumentHelp("Where manifests and reports of batch jobs go: s3://bucket/prefix.", valueName: "uri"))
    var batchPlace: String?

    func validate() throws {
        let others = [batchAccount, batchRole, batchPlace]
        guard batch != nil else {
            guard others.allSatisfy({ $0 == nil }) else {
                throw ValidationError("--batch-account, --batch-role and --batch-place are for --batch DIR")
            }
            return
        }
        guard others.allSatisfy({ $0 != nil }) else {
            throw ValidationError("--batch needs --batch-account, --batch-role and --batch-place")
        }
        if let batchAccount, batchAccount.utf8.count != 12 || Int(batchAccount) == nil {
            throw ValidationError("--batch-account takes the 12 digits of an AWS account")
        }
        if let batchRole, !batchRole.hasPrefix("arn:") { throw ValidationError("--batch-role takes the ARN of a role") }
        if place == nil { throw ValidationError("--batch-place takes s3://bucket/prefix") }
    }

    private var place: (bucket: String, prefix: String)? {
        guard let batchPlace, batchPlace.hasPrefix("s3://") else { return nil }
        let parts = batchPlace.dropFirst(5).split(separator: "/", omittingEmptySubsequences: false)
        var segments = parts.dropFirst()
        if segments.last?.isEmpty == true { segments.removeLast() }
        guard let bucket = parts.first, (try? BucketName(String(bucket))) != nil, !segments.isEmpty,
            segments.allSatisfy({ !$0.isEmpty && $0 != ".." })
        else { return nil }
        return (String(bucket), segments.joined(separator: "/"))
    }

    /// Where batch jobs run; `nil` without `--batch`.
    var account: BatchJob.Account? {
        guard batch != nil, let batchAccount, let batchRole, let place else { return nil }
        return .init(id: batchAccount, role: batchRole, bucket: place.bucket, prefix: place.prefix)
    }
}

/// The flag that splits the work of a command over several jobs.
struct ShardOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Do the part of the work that falls to job I of N, such as 2/8: objects are split by a hash of the key.",
            valueName: "I/N"),
        transform: { text in
            guard let shard = Shard(text) else {
                throw ValidationError("expected I/N with I from 1 to N and N up to \(Shard.most), such as 2/8")
            }
            return shard
        })
    var shard: Shard?
}
