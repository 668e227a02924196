public import RunOutputs
public import UploadExecution

extension S3Backend: TaggedBackend {
    /// Reads the tags of an object.
    ///
    /// - Parameter location: The object.
    /// - Returns: All of them.
    /// - Throws: ``StoreError``, also if the store keeps no tags; `CancellationError`.
    public func tags(of location: OutputLocation) async throws -> [String: String] {
        do {
            return try await client.tags(of: location)
        } catch let failure as S3Failure {
            var error = failure.storeError(action: "s3:GetObjectTagging", at: location)
            if failure.kind == .notFound { error.code = .notFound }
            throw error
        }
    }

    /// Gives an object other tags; see ``TaggedBackend/setTags(_:of:)``.
    ///
    /// - Parameters:
    ///   - tags: All tags that it is to have.
    ///   - location: The object.
    /// - Throws: ``StoreError``; `CancellationError`.
    public func setTags(_ tags: [String: String], of location: OutputLocation) async throws {
        do {
            try await client.setTags(tags, of: location)
        } catch let failure as S3Failure {
            throw failure.storeError(action: "s3:PutObjectTagging", at: location)
        }
    }
}
