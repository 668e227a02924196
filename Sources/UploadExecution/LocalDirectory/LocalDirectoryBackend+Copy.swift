public import RunOutputs
import UploadPlanning

extension LocalDirectoryBackend {
    /// Copies a file that stands for an object.
    ///
    /// - Parameters:
    ///   - source: The object.
    ///   - destination: Where the copy goes.
    ///   - properties: Not looked at: files have no tags.
    /// - Returns: What was done.
    /// - Throws: ``UploadError``, ``UploadError/Code/conflict`` if something else is there; `CancellationError`.
    public func copy(
        _ source: OutputLocation, to destination: OutputLocation, properties: PlaceProperties
    ) async throws -> UploadReceipt {
        guard let object = try await head(source), let modified = object.modified else {
            throw UploadError(absent: source)
        }
        let file = SourceFile(
            path: ExactString(source.localPath(in: directory)),
            version: FileVersion(size: object.size, modified: modified))
        return try await upload(
            UploadRequest(body: .file(file), destination: destination, contentType: "", existing: .identical),
            progress: { _ in })
    }
}
