import ArgumentParser
import UploadExecution
import UploadS3

/// The flags of every command that touches storage.
struct StorageOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Write to this directory instead of a bucket.", valueName: "dir"))
    var outputDir: String?

    @Flag(help: "With --output-dir: make every file safe from a power failure before it counts as done.")
    var fsync = false

    @Option(
        help: ArgumentHelp(
            "The store's URL. (environment: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL; default: AWS)", valueName: "url"))
    var endpointURL: String?

    @Option(help: "The bucket's region. (default: the bucket policy's, AWS_REGION, the profile's)")
    var region: String?

    @Option(help: "The profile of the shared AWS configuration. (environment: AWS_PROFILE)")
    var profile: String?

    @Option(help: "auto, crc32, md5, or when-required for stores that refuse checksum headers.")
    var checksum = S3Configuration.Checksums.automatic

    @Option(help: "auto, path or virtual: where a request names its bucket.")
    var addressing = BucketAddressing.automatic

    @Option(help: ArgumentHelp("Refuse a bucket that belongs to another AWS account.", valueName: "account"))
    var expectedBucketOwner: String?

    @Flag(help: "Fail where the store cannot refuse to overwrite in one step, instead of looking first.")
    var requireAtomic = false

    @Option(help: "How many transfers run at once.")
    var concurrency = 32

    @Option(help: "auto, plain (one line for each object), json (one object for each line) or none.")
    var progress = ProgressMode.auto

    func validate() throws {
        if !(1...1024).contains(concurrency) { throw ValidationError("--concurrency takes a number from 1 to 1024") }
        if let outputDir, outputDir.isEmpty { throw ValidationError("--output-dir must not be empty") }
        if outputDir != nil, endpointURL != nil {
            throw ValidationError("--output-dir and --endpoint-url exclude each other")
        }
    }
}

/// How progress is shown on standard error.
enum ProgressMode: String, ExpressibleByArgument, CaseIterable {
    /// One changing line on a terminal, plain lines elsewhere.
    case auto
    /// One line for each object.
    case plain
    /// One JSON object for each event.
    case json
    /// Nothing.
    case none
}
