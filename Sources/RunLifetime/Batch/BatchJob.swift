public import RunOutputs
import UploadPlanning

/// One job of S3 Batch Operations: the same request for every object of a manifest.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateJob.html>
public struct BatchJob: Sendable {
    /// What the job does with each object.
    public enum Operation: Hashable, Sendable {
        /// Copies it into a bucket, under its key behind a prefix, with these tags and no others.
        case copy(bucket: String, keyPrefix: String?, tags: [String: String], storageClass: String?)
        /// Gives it these tags and no others.
        case tag([String: String])
    }

    /// What is known of the account in which the job runs.
    public struct Account: Hashable, Sendable {
        /// The number of the AWS account: 12 digits.
        public var id: String
        /// The role that the job assumes.
        public var role: String
        /// The bucket for manifests and reports.
        public var bucket: String
        /// What the keys of manifests and reports start with, without a slash at the end.
        public var prefix: String

        public init(id: String, role: String, bucket: String, prefix: String) {
            self.id = id
            self.role = role
            self.bucket = bucket
            self.prefix = prefix
        }
    }

    /// What the job does.
    public var operation: Operation
    /// The name of the manifest's file.
    public var manifestName: String
    /// The MD5 of the manifest in hexadecimal: its entity tag, if it is uploaded in one piece and not with a key of KMS.
    public var manifestMD5: String
    /// What is the same for the same job: with it, creating the job twice makes one.
    public var token: String
    /// What the job is for, for people.
    public var description: String

    public init(
        _ operation: Operation, manifestName: String, manifestMD5: String, token: String, description: String
    ) {
        self.operation = operation
        self.manifestName = manifestName
        self.manifestMD5 = manifestMD5
        self.token = token
        self.description = description
    }

    /// One line of a manifest: bucket and key, the key percent-encoded.
    public static func line(_ location: OutputLocation) -> String {
        "\(location.bucket),\(location.key.text.percentEncodedPath)\n"
    }

    /// The request, as `aws s3control create-job --cli-input-json` reads it.
    ///
    /// - Parameter account: Where the job runs.
    /// - Returns: A JSON document.
    public func request(in account: Account) -> String {
        let bucketARN = "arn:aws:s3:::\(account.bucket)"
        let value = JSONValue.object([
            ("AccountId", .string(account.id)), ("ConfirmationRequired", .flag(true)), ("Operation", operationJSON),
            (
                "Report",
                .object([
                    ("Bucket", .string(bucketARN)), ("Format", .string("Report_CSV_20180820")),
                    ("Enabled", .flag(true)),
                    ("Prefix", .string("\(account.prefix)/reports")), ("ReportScope", .string("AllTasks")),
                ])
            ), ("ClientRequestToken", .string(token)),
            (
                "Manifest",
                .object([
                    (
                        "Spec",
                        .object([
                            ("Format", .string("S3BatchOperations_CSV_20180820")),
                            ("Fields", .array([.string("Bucket"), .string("Key")])),
                        ])
                    ),
                    (
                        "Location",
                        .object([
                            ("ObjectArn", .string("\(bucketARN)/\(account.prefix)/\(manifestName)")),
                            ("ETag", .string(manifestMD5)),
                        ])
                    ),
                ])
            ), ("Description", .string(String(description.prefix(256)))), ("Priority", .integer(10)),
            ("RoleArn", .string(account.role)),
        ])
        return value.text(spreadTo: 3)
    }

    private var operationJSON: JSONValue {
        switch operation {
        case .tag(let tags): return .object([("S3PutObjectTagging", .object([("TagSet", Self.json(tags))]))])
        case .copy(let bucket, let keyPrefix, let tags, let storageClass):
            var members: [(name: String, value: JSONValue)] = [
                ("TargetResource", .string("arn:aws:s3:::\(bucket)")), ("MetadataDirective", .string("COPY")),
                ("NewObjectTagging", Self.json(tags)),
            ]
            if let keyPrefix { members.append(("TargetKeyPrefix", .string(keyPrefix))) }
            if let storageClass { members.append(("StorageClass", .string(storageClass))) }
            return .object([("S3PutObjectCopy", .object(members))])
        }
    }

    private static func json(_ tags: [String: String]) -> JSONValue {
        .array(
            tags.sorted { $0.key < $1.key }.map { .object([("Key", .string($0.key)), ("Value", .string($0.value))]) })
    }
}
