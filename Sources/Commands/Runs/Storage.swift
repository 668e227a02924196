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
    /// - Throws: ``StoreError`` if the store's settings are wrong.
    init(
        directory: String?, _ store: ConnectionOptions, _ transfer: TransferOptions, _ writes: WriteOptions,
        for selection: BucketSelection, context: Context
    ) throws(StoreError) {
        if let directory {
            self = .directory(LocalDirectoryBackend(directory: directory, synchronizesToDisk: writes.fsync))
            return
        }
        self = .s3(try Self.bucket(store, transfer, writes, for: selection, context))
    }

    /// Picks the backend to read from.
    ///
    /// - Parameters:
    ///   - directory: The directory, or `nil` for the bucket.
    ///   - store: How the bucket is reached.
    ///   - transfer: How objects are transferred.
    ///   - selection: The bucket that was chosen, with its region and role.
    ///   - context: The process as the command knows it.
    ///   - isReadOnly: Whether it is only read from, and so without the bucket's role where that is refused.
    /// - Throws: ``StoreError`` if the store's settings are wrong.
    init(
        readingFrom directory: String?, _ store: ConnectionOptions, _ transfer: TransferOptions,
        for selection: BucketSelection, context: Context, isReadOnly: Bool = true
    ) throws(StoreError) {
        if let directory {
            self = .directory(LocalDirectoryBackend(directory: directory))
        } else {
            self = .s3(try Self.bucket(store, transfer, for: selection, context, reads: isReadOnly))
        }
    }

    /// Picks a bucket's backend.
    static func bucket(
        _ options: ConnectionOptions, _ transfer: TransferOptions, _ writes: WriteOptions? = nil,
        for selection: BucketSelection, _ context: Context, reads: Bool = false
    ) throws(StoreError) -> S3Backend {
        var choices = S3Configuration.Choices()
        choices.concurrency = transfer.transfers
        if let writes {
            choices.checksums = writes.checksum
            choices.requiresAtomicWrites = writes.requireAtomic
        }
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
        do { try credentials.check() } catch { throw StoreError(error) }
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

/// A command that uploads, to a directory or a bucket.
protocol WritingCommand: Command {
    var targetOptions: UploadTargetOptions { get }
    var connectionOptions: ConnectionOptions { get }
    var transferOptions: TransferOptions { get }
    var writeOptions: WriteOptions { get }
}

extension WritingCommand {
    /// Refuses a directory and the URL of a store at once.
    func checkStorage() throws(ValidationError) {
        if targetOptions.outputDir != nil, connectionOptions.endpointURL != nil {
            throw ValidationError("--output-dir and --endpoint-url exclude each other")
        }
    }

    /// The store to write to; see ``Storage/init(directory:_:_:_:for:context:)``.
    func storage(for selection: BucketSelection, _ context: Context) throws(StoreError) -> Storage {
        try Storage(
            directory: targetOptions.outputDir, connectionOptions, transferOptions, writeOptions, for: selection,
            context: context)
    }
}

/// A command that reads a run's outputs back, from a directory or a bucket.
protocol ReadingCommand: Command {
    var sourceOptions: ReadSourceOptions { get }
    var connectionOptions: ConnectionOptions { get }
    var transferOptions: TransferOptions { get }
}

extension ReadingCommand {
    /// Refuses a directory and the URL of a store at once.
    func checkStorage() throws(ValidationError) {
        if sourceOptions.localStagingDir != nil, connectionOptions.endpointURL != nil {
            throw ValidationError("--local-staging-dir and --endpoint-url exclude each other")
        }
    }

    /// The directory to read from, or `nil` for a bucket: a flag wins over the environment.
    func directory(_ context: Context) -> String? {
        if let directory = sourceOptions.localStagingDir { return directory }
        guard connectionOptions.endpointURL == nil, let directory = context.environment["THEROCK_LOCAL_STAGING_DIR"]
        else {
            return nil
        }
        return directory.isEmpty ? nil : directory
    }

    /// The store to read from; see ``Storage/init(readingFrom:_:_:for:context:isReadOnly:)``.
    func storage(
        for selection: BucketSelection, _ context: Context, isReadOnly: Bool = true
    ) throws(StoreError) -> Storage {
        try Storage(
            readingFrom: directory(context), connectionOptions, transferOptions, for: selection, context: context,
            isReadOnly: isReadOnly)
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
