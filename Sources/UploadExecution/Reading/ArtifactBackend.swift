import Crypto
public import RunOutputs

/// A place that objects are read back from.
///
/// Conforming types are used from many tasks at once. To check a new one, run `ArtifactContract` (UploadTestSupport)
/// against it: the comments below say what that suite tests.
public protocol ArtifactBackend: Sendable {
    /// The place in a form that people recognise, such as `s3://bucket` or a directory.
    var displayName: String { get }

    /// Lists the objects below a prefix.
    ///
    /// - The prefix stands for a directory: below `12-linux` there is `12-linux/a`, and not `12-linux-old/a`.
    /// - Entries come in the order of the bytes of their keys, however many there are.
    /// - A listing of a prefix that nothing is below is empty, and not an error. Whatever keeps the store from saying so is
    ///   one: a refusal, a bucket or local directory that does not exist.
    ///
    /// Errors are thrown while the listing is read: ``StoreError``, and `CancellationError`.
    ///
    /// - Parameters:
    ///   - prefix: The prefix without a trailing slash; an empty key for all objects of the bucket.
    ///   - depth: How deep to look.
    /// - Returns: The listing, of which nothing has been asked yet.
    func list(_ prefix: OutputLocation, _ depth: ListingDepth) -> ObjectListing

    /// Asks what is at a location.
    ///
    /// - Parameter location: The object.
    /// - Returns: What the store says of it, or `nil` if it says that there is nothing.
    /// - Throws: ``StoreError`` if the store does not say, because it refuses to for example; `CancellationError`.
    func head(_ location: OutputLocation) async throws -> StoredObject?

    /// Writes the content of one object to a file.
    ///
    /// - Whoever looks at the path sees the old file or the whole new one. A download that throws or is cancelled
    ///   leaves the old file in place, or none.
    /// - The content has been compared, as it stands on the disk, with the announced digest and with the checksums that
    ///   the store keeps: what differs is ``StoreError/Code/damaged``.
    /// - A download that was interrupted may go on where it ended, if the object is the same.
    ///
    /// - Parameters:
    ///   - request: The object and where it goes.
    ///   - progress: Told how many more bytes have arrived. May be called from any task, also with negative numbers
    ///     when an attempt is repeated.
    /// - Returns: What arrived.
    /// - Throws: ``StoreError``, ``StoreError/Code/notFound`` if there is no such object; `CancellationError` when the
    ///   task was cancelled.
    func download(
        _ request: DownloadRequest, progress: @escaping @Sendable (Int64) -> Void
    ) async throws -> DownloadReceipt

    /// Compares an object with a file, without sending either where the store keeps a checksum.
    ///
    /// - Parameters:
    ///   - body: The content.
    ///   - location: The object.
    /// - Returns: What is there.
    /// - Throws: ``StoreError`` if the content cannot be read or the store does not say; `CancellationError`.
    func compare(_ body: UploadBody, with location: OutputLocation) async throws -> ObjectComparison

    /// Copies an object inside the store, without sending its bytes here.
    ///
    /// - An object that is there already is never overwritten: one with the same content is what was asked for, and any
    ///   other is ``StoreError/Code/conflict``.
    /// - The copy was compared with the source by what the store keeps of both.
    ///
    /// - Parameters:
    ///   - source: The object.
    ///   - destination: Where the copy goes: another key, perhaps in another bucket of the store.
    ///   - properties: What the destination says about the copy besides; stores that know no such things ignore it.
    /// - Returns: Whether it was copied or was there.
    /// - Throws: ``StoreError``, ``StoreError/Code/notFound`` if there is no such object; `CancellationError`.
    func copy(
        _ source: OutputLocation, to destination: OutputLocation, properties: PlaceProperties
    ) async throws -> UploadReceipt

    /// Reads the content of one object in order, without a file.
    ///
    /// - Parameters:
    ///   - location: The object.
    ///   - consume: Takes the next bytes, which are valid until it returns.
    /// - Throws: ``StoreError``, ``StoreError/Code/notFound`` if there is no such object; `CancellationError`; what
    ///   `consume` throws.
    func read(_ location: OutputLocation, _ consume: (UnsafeRawBufferPointer) throws -> Void) async throws

    /// Reads a small object, in one request where there are requests.
    ///
    /// - Parameters:
    ///   - location: The object.
    ///   - limit: The most bytes that it may have.
    /// - Returns: Its content.
    /// - Throws: ``StoreError``, ``StoreError/Code/damaged`` if it is larger; `CancellationError`.
    func contents(of location: OutputLocation, limit: Int) async throws -> [UInt8]
}

extension ArtifactBackend {
    /// Lists all objects below a prefix; see ``list(_:_:)``.
    ///
    /// - Parameter prefix: The prefix without a trailing slash.
    /// - Returns: The listing.
    public func list(_ prefix: OutputLocation) -> ObjectListing { list(prefix, .everything) }

    /// Copies an object to a place that says nothing about it; see ``copy(_:to:properties:)``.
    public func copy(_ source: OutputLocation, to destination: OutputLocation) async throws -> UploadReceipt {
        try await copy(source, to: destination, properties: PlaceProperties())
    }

    /// Reads a small object; see ``contents(of:limit:)``.
    public func contents(of location: OutputLocation, limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await unsafe read(location) { chunk in
            guard bytes.count + chunk.count <= limit else {
                throw StoreError(tooLarge: limit)
            }
            unsafe bytes.append(contentsOf: chunk)
        }
        return bytes
    }

    /// Reads an object to find its digest.
    ///
    /// - Parameter location: The object.
    /// - Returns: The SHA-256 of its content in lower-case hexadecimal.
    /// - Throws: What ``read(_:_:)`` throws.
    public func sha256(of location: OutputLocation) async throws -> String {
        var hash = SHA256()
        try await unsafe read(location) { unsafe hash.update(bufferPointer: $0) }
        return hash.hexadecimal()
    }
}

/// What a store says of one object without sending it.
public struct StoredObject: Hashable, Sendable {
    public var location: OutputLocation
    /// The size in bytes.
    public var size: Int64
    /// The entity tag without quotes, another one after every change; a directory has none.
    public var etag: String?
    /// When it was written, in nanoseconds since 1970.
    public var modified: Int64?
    /// The SHA-256 of the content in lower-case hexadecimal as whoever uploaded it says: a listing never tells it.
    public var sha256: String?
    /// The CRC-32 of the content in base 64, where the store keeps one and its word is as good as its entity tag's: a
    /// listing never tells it.
    public var crc32: String?

    public init(
        location: OutputLocation, size: Int64, etag: String? = nil, modified: Int64? = nil, sha256: String? = nil,
        crc32: String? = nil
    ) {
        self.location = location
        self.size = size
        self.etag = etag
        self.modified = modified
        self.sha256 = sha256
        self.crc32 = crc32
    }

    /// When it was written, as `2025-11-11T16:18:48Z`.
    public var modifiedText: String? { modified.map { UTCTime(nanosecondsSince1970: $0).dateTime } }
}

/// A store whose objects carry tags.
public protocol TaggedBackend: ArtifactBackend {
    /// Reads the tags of an object.
    ///
    /// - Parameter location: The object.
    /// - Returns: All of them.
    /// - Throws: ``StoreError``, also if the store keeps no tags; `CancellationError`.
    func tags(of location: OutputLocation) async throws -> [String: String]

    /// Gives an object other tags.
    ///
    /// Ask for its tags before: a store that knows none takes this for an upload.
    ///
    /// - Parameters:
    ///   - tags: All tags that it is to have.
    ///   - location: The object.
    /// - Throws: ``StoreError``; `CancellationError`.
    func setTags(_ tags: [String: String], of location: OutputLocation) async throws
}

/// One object to write to a file.
public struct DownloadRequest: Hashable, Sendable {
    public var location: OutputLocation
    /// The file; the directory that it is in exists.
    public var path: String
    /// The SHA-256 that the content must have, in lower-case hexadecimal, where somebody announced it.
    public var sha256: String?

    public init(location: OutputLocation, path: String, sha256: String? = nil) {
        self.location = location
        self.path = path
        self.sha256 = sha256
    }
}

/// What became of a download that succeeded.
public struct DownloadReceipt: Hashable, Sendable {
    /// What the content was compared with.
    public enum Evidence: String, Hashable, Sendable {
        /// The SHA-256 of the request.
        case announced
        /// A checksum that the store keeps.
        case store
        /// Its size alone: nobody keeps a checksum of the object.
        case size
    }

    /// The size in bytes.
    public var byteCount: Int64
    /// The SHA-256 of the content in lower-case hexadecimal.
    public var sha256: String
    /// What the content was compared with.
    public var evidence: Evidence
    /// How many of the bytes an interrupted download had left behind.
    public var resumedByteCount: Int64

    public init(byteCount: Int64, sha256: String, evidence: Evidence, resumedByteCount: Int64 = 0) {
        self.byteCount = byteCount
        self.sha256 = sha256
        self.evidence = evidence
        self.resumedByteCount = resumedByteCount
    }
}
