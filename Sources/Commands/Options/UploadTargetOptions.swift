import ArgumentParser
import LocalFiles
import UploadExecution
import UploadS3

/// The flags that say how a store is reached, of every command that uploads to one or reads from it.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The store's URL. (environment: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL; default: AWS)", valueName: "url"))
    var endpointURL: String?

    @Option(help: "The bucket's region. (default: the bucket policy's, AWS_REGION, the profile's)")
    var region: String?

    @Option(help: "The profile of the shared AWS configuration. (environment: AWS_PROFILE)")
    var profile: String?

    @Option(help: "Where requests name the bucket: in the path or in the host (virtual).")
    var addressing = BucketAddressing.automatic

    @Option(help: ArgumentHelp("Refuse buckets of any other AWS account.", valueName: "account"))
    var expectedBucketOwner: String?
}

/// The flags that say how objects are transferred.
///
/// Commands that transfer none accept them without listing them.
struct TransferOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The most transfers at a time; fewer run if more would not be faster.", valueName: "number"))
    var concurrency = 256

    /// How many transfers run at once at most, with the descriptors that there are.
    var transfers: Int { DescriptorLimit.transfers(concurrency, within: DescriptorLimit.raise()) }

    @Option(
        help: ArgumentHelp(
            "How progress is shown on standard error: plain prints a line for each object, json an object.",
            valueName: "mode"))
    var progress = ProgressMode.auto

    func validate() throws {
        if !(1...1024).contains(concurrency) { throw ValidationError("--concurrency takes a number from 1 to 1024") }
    }
}

/// The flags that say how objects are written.
///
/// Commands that write none accept them without listing them.
struct WriteOptions: ParsableArguments {
    @Flag(help: "With --output-dir: count a file as done only when it would survive a power failure.")
    var fsync = false

    @Option(
        help: ArgumentHelp(
            "The checksum that is sent with uploads; when-required is for stores that refuse checksum headers.",
            valueName: "kind"))
    var checksum = S3Configuration.Checksums.automatic

    @Flag(help: "Fail if the store cannot refuse an overwrite atomically, instead of looking before writing.")
    var requireAtomic = false
}

/// The flag that says where an upload goes, beside those about a store.
struct UploadTargetOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Write to this directory instead of a bucket.", valueName: "dir"))
    var outputDir: String?
}

/// The flag of every command that reads a run's outputs back, beside those about a store.
struct ReadSourceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Read from this directory instead of a bucket. (environment: THEROCK_LOCAL_STAGING_DIR)", valueName: "dir"))
    var localStagingDir: String?
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
