public import ArgumentParser
import LocalFiles
import MarkedYAML
import RunOutputs
import UploadExecution
import UploadPlanning
public import UploadS3

extension S3Configuration.Checksums: ExpressibleByArgument {}
extension BucketAddressing: ExpressibleByArgument {}

/// The one place that picks a backend.
enum Storage {
    case directory(LocalDirectoryBackend)
    case s3(S3Backend)

    /// Picks the backend that the flags ask for.
    ///
    /// - Parameters:
    ///   - directory: The output directory, or `nil` for the bucket.
    ///   - store: How the bucket is reached.
    ///   - transfer: How objects are transferred.
    ///   - writes: How objects are written.
    ///   - selection: The bucket that was chosen, with its region and role.
    ///   - context: The process as the command knows it.
    /// - Throws: ``UploadError`` if the store's settings are wrong.
    init(
        directory: String?, _ store: StoreOptions, _ transfer: TransferOptions, _ writes: WriteOptions,
        for selection: BucketSelection, context: Context
    ) throws(UploadError) {
        if let directory {
            self = .directory(LocalDirectoryBackend(directory: directory, synchronizesToDisk: writes.fsync))
            return
        }
        var choices = S3Configuration.Choices()
        choices.checksums = writes.checksum
        choices.concurrency = transfer.transfers
        choices.requiresAtomicWrites = writes.requireAtomic
        self = .s3(try Self.bucket(store, choices, for: selection, context))
    }

    /// Picks the backend to read from.
    ///
    /// - Parameters:
    ///   - options: What to read from.
    ///   - transfer: How objects are transferred.
    ///   - selection: The bucket that was chosen, with its region and role.
    ///   - context: The process as the command knows it.
    ///   - isReadOnly: Whether it is only read from, and so without the bucket's role where that is refused.
    /// - Throws: ``UploadError`` if the store's settings are wrong.
    init(
        _ options: ReadOptions, _ transfer: TransferOptions, for selection: BucketSelection, context: Context,
        isReadOnly: Bool = true
    ) throws(UploadError) {
        if let directory = options.directory(context) {
            self = .directory(LocalDirectoryBackend(directory: directory))
        } else {
            var choices = S3Configuration.Choices()
            choices.concurrency = transfer.transfers
            self = .s3(try Self.bucket(options.store, choices, for: selection, context, reads: isReadOnly))
        }
    }

    /// Picks a bucket's backend.
    static func bucket(
        _ options: StoreOptions, _ choices: S3Configuration.Choices, for selection: BucketSelection,
        _ context: Context, reads: Bool = false
    ) throws(UploadError) -> S3Backend {
        var choices = choices
        choices.endpointURL = options.endpointURL
        options.endpointURL.map { context.secrets.add(url: $0) }
        choices.region = options.region
        choices.take(selection)
        choices.profile = options.profile
        if options.addressing != .automatic { choices.addressing = options.addressing }
        choices.expectedBucketOwner = options.expectedBucketOwner
        let configuration = try S3Configuration.resolve(choices, environment: context.environment)
        let credentials = CredentialsChain(
            environment: context.environment, profile: options.profile, role: selection.role, isRoleOptional: reads,
            region: configuration.region, secrets: context.secrets)
        try credentials.check()
        return S3Backend(configuration: configuration, credentials: credentials)
    }

    /// The backend, to read from.
    var artifacts: any ArtifactBackend {
        switch self {
        case .directory(let backend): backend
        case .s3(let backend): backend
        }
    }

    /// The backend, to read from and to write to.
    var both: any UploadBackend & ArtifactBackend {
        switch self {
        case .directory(let backend): backend
        case .s3(let backend): backend
        }
    }

    /// The backend.
    var backend: any UploadBackend {
        switch self {
        case .directory(let backend): backend
        case .s3(let backend): backend
        }
    }

    /// How the objects in it are named to people and to later steps.
    var links: ObjectLinks {
        switch self {
        case .directory(let backend):
            let directory = backend.displayName.resolvedPath
            return ObjectLinks(areInBucket: false) { location in
                "file://\(location.localPath(in: directory).percentEncodedPath)"
            }
        case .s3(let backend):
            let configuration = backend.configuration
            return ObjectLinks(areInBucket: true) { configuration.url(of: $0) }
        }
    }

    /// Tells what the user should know although nothing failed.
    func tellNotices(_ output: Output) {
        guard case .s3(let backend) = self else { return }
        for notice in backend.notices {
            output.notice("note: \(notice.message)\(notice.hint.map { " (\($0))" } ?? "")\n")
        }
    }

    /// Closes connections, and ends the record of unfinished files.
    func close() async {
        switch self {
        case .directory(let backend): backend.finish()
        case .s3(let backend): await backend.shutdown()
        }
    }
}

extension OutputLocation {
    /// The last segment of the key.
    var name: String { key.text.split(separator: "/").last.map(String.init) ?? "" }

    /// The location as people recognise it: in a directory the file's path.
    func s3URI(orIn storage: Storage) -> String {
        if case .directory(let backend) = storage { localPath(in: backend.displayName) } else { s3URI }
    }
}

extension S3Configuration.Choices {
    /// Takes what the bucket policy says about the store.
    mutating func take(_ selection: BucketSelection) {
        policyRegion = selection.region
        policyEndpointURL = selection.store.endpointURL?.value
        publicURL = selection.store.publicURL?.value
        if let pathStyle = selection.store.pathStyle?.value { addressing = pathStyle ? .path : .virtualHost }
    }
}
