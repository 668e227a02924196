public import RunOutputs
public import UploadExecution

extension S3Backend {
    /// Asks what an upload would find, without changing anything.
    ///
    /// Anonymous requests are made where there are no credentials: what is public can be compared all the same.
    ///
    /// - Parameter request: The upload.
    /// - Returns: What stands at its destination.
    /// - Throws: ``StoreError``, or `CancellationError` when the task was cancelled.
    public func compare(_ request: UploadRequest) async throws -> ObjectComparison {
        do {
            guard let head = try await client.head(request.destination) else { return .absent }
            guard head.size == request.body.byteCount else {
                return .different("it has \(head.size) bytes, the file has \(request.body.byteCount)")
            }
            let upload = ObjectUpload(self, request) { _ in }
            switch try await upload.compare(head, UploadContent(request.body, in: sources)) {
            case .identical: return .identical
            case .different(let how): return .different(how)
            case .undecided(let why), .disputed(sha256: let why): return .undecided(why)
            }
        } catch let failure as S3Failure {
            throw failure.storeError(action: "s3:GetObject", at: request.destination)
        }
    }

    /// Compares an object with a file by the checksums that the store keeps.
    ///
    /// - Parameters:
    ///   - body: The content.
    ///   - location: The object.
    /// - Returns: What stands there.
    /// - Throws: ``StoreError``, or `CancellationError` when the task was cancelled.
    public func compare(_ body: UploadBody, with location: OutputLocation) async throws -> ObjectComparison {
        try await compare(UploadRequest(body: body, destination: location, contentType: ""))
    }
}
