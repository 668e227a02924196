public import RunOutputs
public import UploadPlanning

/// An object that should be in a store.
public struct ExpectedObject: Hashable, Sendable {
    /// What is known of the content that it should have.
    public enum Content: Hashable, Sendable {
        /// It is that of a file.
        case file(SourceFile)
        /// It is an archive, which is made again to compare it.
        case archive(ArchiveRecipe)
        /// It has this SHA-256, in lower-case hexadecimal, and this many bytes; the store gave it this entity tag.
        case digest(sha256: String, size: Int64?, etag: String? = nil)
        /// Nothing but perhaps its size: the object has to exist.
        case unknown(size: Int64?)
    }

    /// Where it should be.
    public var location: OutputLocation
    /// What it should hold.
    public var content: Content

    /// Joins a location and its content.
    public init(location: OutputLocation, content: Content) {
        self.location = location
        self.content = content
    }
}

/// What a store holds where an object should be.
public enum VerificationFinding: Hashable, Sendable {
    /// The object, with the right content.
    case identical
    /// The object; what it should hold is not known.
    case exists
    /// Nothing.
    case missing
    /// An object with other content, and how that shows.
    case different(String)
    /// The store does not say, or the content to compare with cannot be read.
    case failed(StoreError)
}
