public import RunOutputs
public import UploadPlanning

/// A place that objects are uploaded to.
///
/// Conforming types are used from many tasks at once. To check a new one, run `BackendContract` (UploadTestSupport)
/// against it: the comments below say what that suite tests.
public protocol UploadBackend: Sendable {
    /// The place in a form that people recognise, such as `s3://bucket` or a directory.
    var displayName: String { get }

    /// Stores one object.
    ///
    /// - Readers see the old object or the new one, never a part. An upload that throws or is cancelled leaves the old
    ///   object in place, or none, unless it throws ``UnknownOutcome`` or says ``StoreError/Code/damaged``.
    /// - A file whose size or modification time is not ``SourceFile/version``, before or after it was read, is an
    ///   error, and nothing is stored.
    /// - What is at the destination is treated as ``UploadRequest/existing`` says.
    ///
    /// - Parameters:
    ///   - request: The object, its destination and properties.
    ///   - progress: Told how many more bytes have been sent. May be called from any task, also with negative numbers
    ///     when an attempt is repeated.
    /// - Returns: What was done.
    /// - Throws: ``StoreError``; ``UnknownOutcome`` if the object may have been stored or not; `CancellationError` when
    ///   the task was cancelled.
    func upload(
        _ request: UploadRequest, progress: @escaping @Sendable (Int64) -> Void
    ) async throws -> UploadReceipt

    /// Is told which destinations will be written only if nothing, or nothing else, is there.
    ///
    /// - Parameter destinations: Locations of uploads that follow, of one bucket.
    func prepare(for destinations: [OutputLocation])

    /// How many uploads are worth running at once: it may change while a run teaches what the store can take.
    var concurrency: Int { get }

    /// Whether an upload of so many bytes is so brief that a change of threads would cost more than it.
    func isBrief(byteCount: Int64) -> Bool

    /// Where brief uploads run best: the thread of some connections, each in its turn; `nil` for anywhere.
    func nextExecutor() -> (any TaskExecutor)?
}

extension UploadBackend {
    /// Does nothing.
    public func prepare(for destinations: [OutputLocation]) {}

    /// As many as the processors can feed: a directory does not wait.
    public var concurrency: Int { 16 }

    /// None is.
    public func isBrief(byteCount: Int64) -> Bool { false }

    /// Anywhere.
    public func nextExecutor() -> (any TaskExecutor)? { nil }
}

/// One object to store.
public struct UploadRequest: Sendable {
    public var body: UploadBody
    /// Where they go.
    public var destination: OutputLocation
    /// The media type.
    public var contentType: String
    /// Further properties; their `contentType` is not looked at.
    public var properties: ObjectProperties
    /// What to do about an object that exists.
    public var existing: ExistingObjectPolicy
    /// With ``ExistingObjectPolicy/replace``, the one object that may be replaced.
    ///
    /// If another one is there, or none, that is a conflict, unless it has the content that is to be stored.
    public var replaceable: ReplaceableObject?
    /// Whether the receipt should have the SHA-256 of the content: of a large file it costs more than all else.
    public var wantsSHA256 = true
    /// The SHA-256 of the content in lower-case hexadecimal, where it is known already: the file was hashed as it was
    /// planned.
    public var sha256: String?

    public init(
        body: UploadBody, destination: OutputLocation, contentType: String,
        properties: ObjectProperties = ObjectProperties(), existing: ExistingObjectPolicy = .replace
    ) {
        self.body = body
        self.destination = destination
        self.contentType = contentType
        self.properties = properties
        self.existing = existing
    }
}

/// The object that an upload may replace, as it was when somebody read it.
public struct ReplaceableObject: Hashable, Sendable {
    /// Its entity tag, without quotes; `nil` where there are none.
    public var etag: String?
    /// The SHA-256 of its content in lower-case hexadecimal, which counts where there are no tags.
    public var sha256: String

    public init(etag: String?, sha256: String) {
        self.etag = etag
        self.sha256 = sha256
    }
}

/// The bytes of one object: they can be read again when an attempt is repeated, and their number is known.
public enum UploadBody: Hashable, Sendable {
    /// A file that must still be as it was planned.
    case file(SourceFile)
    /// Bytes in memory.
    case bytes([UInt8])

    public var byteCount: Int64 {
        switch self {
        case .file(let file): file.version.size
        case .bytes(let bytes): Int64(bytes.count)
        }
    }
}

/// What a backend did with one object.
public struct UploadReceipt: Hashable, Sendable {
    /// What was done.
    public enum Outcome: String, Hashable, Sendable {
        /// The object was stored.
        case uploaded
        /// An object with the same content was there already.
        case identical
        /// An object was there already and the rule says to keep it.
        case kept
    }

    /// What was done.
    public var outcome: Outcome
    /// The SHA-256 of the content in lower-case hexadecimal, or `nil` where the content was not read, or nobody wanted
    /// it.
    public var sha256: String?
    /// The entity tag that the store gave the object, without quotes; `nil` where there are none.
    public var etag: String?
    /// The CRC-32 of the content in base 64 that the store answered with; `nil` where it did not.
    public var crc32: String?
    /// The version that the store made of the object, where the bucket keeps versions.
    public var versionID: String?

    public init(
        _ outcome: Outcome, sha256: String?, etag: String? = nil, crc32: String? = nil, versionID: String? = nil
    ) {
        self.outcome = outcome
        self.sha256 = sha256
        self.etag = etag
        self.crc32 = crc32
        self.versionID = versionID
    }
}
