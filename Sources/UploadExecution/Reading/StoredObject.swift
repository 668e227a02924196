public import RunOutputs

/// What a store says of one object without sending it.
public struct StoredObject: Hashable, Sendable {
    /// Where it is.
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

    /// Describes an object.
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
