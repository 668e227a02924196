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
    /// - Nothing below the prefix is no error, and the listing is empty. Whatever keeps the store from saying so is
    ///   one: a refusal, a bucket or local directory that does not exist.
    ///
    /// Errors are thrown while the listing is read: ``UploadError``, and `CancellationError`.
    ///
    /// - Parameters:
    ///   - prefix: The prefix without a trailing slash; an empty key for all objects of the bucket.
    ///   - depth: How deep to look.
    /// - Returns: The listing, of which nothing has been asked yet.
    func list(_ prefix: OutputLocation, _ depth: ListingDepth) -> ObjectListing

    /// Asks what stands at a location.
    ///
    /// - Parameter location: The object.
    /// - Returns: What the store says of it, or `nil` if it says that there is nothing.
    /// - Throws: ``UploadError`` if the store does not say, because it refuses to for example; `CancellationError`.
    func head(_ location: OutputLocation) async throws -> StoredObject?
}

extension ArtifactBackend {
    /// Lists all objects below a prefix; see ``list(_:_:)``.
    ///
    /// - Parameter prefix: The prefix without a trailing slash.
    /// - Returns: The listing.
    public func list(_ prefix: OutputLocation) -> ObjectListing { list(prefix, .everything) }
}
