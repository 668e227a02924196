import ArgumentParser
import UploadExecution
import UploadS3

/// The flags that say how a store is reached, of every command that uploads to one or reads from it.
struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The store's URL. (environment: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL; default: AWS)", valueName: "url"))
    var endpointURL: String?

    @Option(help: "The bucket's region. (default: the bucket policy's, AWS_REGION, the profile's)")
    var region: String?

    @Option(help: "The profile of the shared AWS configuration. (environment: AWS_PROFILE)")
    var profile: String?

    @Option(help: "auto, path or virtual: where a request names its bucket.")
    var addressing = BucketAddressing.automatic

    @Option(help: ArgumentHelp("Refuse a bucket that belongs to another AWS account.", valueName: "account"))
    var expectedBucketOwner: String?

    @Option(help: "How many transfers run at once at most. Fewer do where more would not be faster.")
    var concurrency = 256

    /// How many transfers run at once at most, with the descriptors that there are.
    var transfers: Int { DescriptorLimit.transfers(concurrency, within: DescriptorLimit.raise()) }

    @Option(help: "auto, plain (one line for each object), json (one object for each line) or none.")
    var progress = ProgressMode.auto

    func validate() throws {
        if !(1...1024).contains(concurrency) { throw ValidationError("--concurrency takes a number from 1 to 1024") }
    }
}

/// The flags of every command that uploads, or looks at where it would.
struct StorageOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Write to this directory instead of a bucket.", valueName: "dir"))
    var outputDir: String?

    @Flag(help: "With --output-dir: make every file safe from a power failure before it counts as done.")
    var fsync = false

    @OptionGroup var store: StoreOptions

    @Option(help: "auto, crc32, md5, or when-required for stores that refuse checksum headers.")
    var checksum = S3Configuration.Checksums.automatic

    @Flag(help: "Fail where the store cannot refuse to overwrite in one step, instead of looking first.")
    var requireAtomic = false

    func validate() throws {
        if let outputDir, outputDir.isEmpty { throw ValidationError("--output-dir must not be empty") }
        if outputDir != nil, store.endpointURL != nil {
            throw ValidationError("--output-dir and --endpoint-url exclude each other")
        }
    }
}

/// The flags of every command that reads a run's outputs back.
struct ReadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Read from this directory instead of a bucket. (environment: THEROCK_LOCAL_STAGING_DIR)", valueName: "dir"))
    var localStagingDir: String?

    @OptionGroup var store: StoreOptions

    func validate() throws {
        if let localStagingDir, localStagingDir.isEmpty {
            throw ValidationError("--local-staging-dir must not be empty")
        }
        if localStagingDir != nil, store.endpointURL != nil {
            throw ValidationError("--local-staging-dir and --endpoint-url exclude each other")
        }
    }

    /// The directory to read from, or `nil` for a bucket: a flag wins over the environment.
    func directory(_ environment: [String: String]) -> String? {
        if let localStagingDir { return localStagingDir }
        guard store.endpointURL == nil, let directory = environment["THEROCK_LOCAL_STAGING_DIR"] else { return nil }
        return directory.isEmpty ? nil : directory
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
