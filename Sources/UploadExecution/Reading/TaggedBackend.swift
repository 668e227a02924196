public import RunOutputs

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
