public import RunOutputs

/// Properties that a stored object carries besides its bytes.
public struct ObjectProperties: Hashable, Sendable {
    /// The media type; `nil` leaves it to the file's name.
    public var contentType: String?
    /// How the bytes are encoded, for example `gzip`.
    public var contentEncoding: String?
    /// How a browser presents the object.
    public var contentDisposition: String?
    /// How long caches may keep the object.
    public var cacheControl: String?
    /// The storage class, as S3 spells it.
    public var storageClass: String?
    /// The user metadata, by lower-case name without `x-amz-meta-`.
    public var metadata: [String: String] = [:]
    /// The object's tags.
    public var tags: [String: String] = [:]

    /// The name under which uploads put the SHA-256 of the content into the metadata.
    public static let digestName = "sha256"

    /// No properties of its own.
    public init() {}
}

extension ObjectProperties {
    /// The properties that a place gives to objects of no rule: records and lists that the tool makes.
    public init(of place: PlaceProperties) {
        self.init()
        fillIn(place)
    }

    /// Takes from a place what the objects have not of their own, and how long they are kept.
    mutating func fillIn(_ place: PlaceProperties) {
        cacheControl = cacheControl ?? place.cacheControl
        storageClass = storageClass ?? place.storageClass
        tags = RetentionTag.placed(tags, retention: place.retention)
    }
}

/// What to do when the destination holds an object already.
public enum ExistingObjectPolicy: String, CaseIterable, Hashable, Sendable {
    /// Replace it.
    case replace
    /// Leave it; the same content counts as done, another is a conflict.
    case identical
    /// Leave it, whatever it holds.
    case keep
    /// Leave it, and fail.
    case fail
}
