public import RunOutputs

/// What is at a location, compared with the content that should be there.
public enum ObjectComparison: Hashable, Sendable {
    /// Nothing.
    case absent
    /// An object with the same content.
    case identical
    /// An object with other content, and how that shows.
    case different(String)
    /// An object, and why it cannot be told whether it has the same content.
    case undecided(String)
}

extension ArtifactBackend {
    /// Compares two objects of a store.
    ///
    /// By what the store keeps of both, and by reading both where that does not decide.
    ///
    /// - Parameters:
    ///   - object: One object.
    ///   - location: Where the other one may be.
    /// - Returns: What is there.
    /// - Throws: ``StoreError`` if the store does not say; `CancellationError`.
    public func compare(_ object: StoredObject, with location: OutputLocation) async throws -> ObjectComparison {
        guard let other = try await head(location) else { return .absent }
        // A listing tells no checksums.
        guard let object = try await head(object.location) else { throw StoreError(absent: object.location) }
        switch object.comparison(with: other) {
        case .some(let comparison): return comparison
        case .none:
            let (first, second) = (try await sha256(of: object.location), try await sha256(of: location))
            return first == second ? .identical : .different("its SHA-256 is \(second), not \(first)")
        }
    }
}

extension StoredObject {
    /// Compares what a store keeps of two objects, or returns `nil` if that does not decide.
    ///
    /// Entity tags that differ prove nothing: they depend on the parts that an object was uploaded in. But where there
    /// are any, a SHA-256 in the metadata, which anybody may write, is not proof either.
    ///
    /// - Parameter other: The other object.
    /// - Returns: The decision.
    package func comparison(with other: StoredObject) -> ObjectComparison? {
        guard size == other.size else { return .different("it has \(other.size) bytes, not \(size)") }
        let hasTags = [etag, other.etag].allSatisfy { $0?.isEmpty == false }
        if hasTags, etag == other.etag { return .identical }
        if let crc32, let theirs = other.crc32 {
            guard crc32 == theirs else { return .different("its CRC32 is \(theirs), not \(crc32)") }
            return .identical
        }
        guard !hasTags, let sha256, let theirs = other.sha256 else { return nil }
        return sha256 == theirs ? .identical : .different("its SHA-256 is \(theirs), not \(sha256)")
    }
}
