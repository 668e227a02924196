import Crypto
import LocalFiles
public import RunOutputs
import SystemPackage

extension LocalDirectoryBackend {
    /// Copies a file that stands for an object.
    ///
    /// - Parameters:
    ///   - request: The object and where it goes.
    ///   - progress: Told how many more bytes have been written.
    /// - Returns: What was written.
    /// - Throws: ``StoreError``, or `CancellationError` when the task was cancelled.
    public func download(
        _ request: DownloadRequest, progress: @escaping @Sendable (Int64) -> Void
    ) async throws -> DownloadReceipt {
        let source = try openObject(request.location)
        let copy = try PartialFile(at: request.path, version: nil)
        var hash = SHA256()
        var byteCount: Int64 = 0
        do {
            try await unsafe source.forEachChunk(describingFailure: Self.describe(request.location)) { chunk in
                unsafe hash.update(bufferPointer: chunk)
                try unsafe copy.write(chunk, at: byteCount)
                byteCount += Int64(chunk.count)
                progress(Int64(chunk.count))
            }
            let sha256 = hash.hexadecimal()
            try request.check(sha256)
            try copy.publish()
            return DownloadReceipt(
                byteCount: byteCount, sha256: sha256, evidence: request.sha256 == nil ? .size : .announced)
        } catch {
            copy.discard()
            throw error
        }
    }

    /// Reads a file that stands for an object.
    ///
    /// - Parameters:
    ///   - location: The object.
    ///   - consume: Takes the next bytes.
    /// - Throws: ``StoreError``, `CancellationError`, or what `consume` throws.
    public func read(_ location: OutputLocation, _ consume: (UnsafeRawBufferPointer) throws -> Void) async throws {
        try await unsafe openObject(location).forEachChunk(describingFailure: Self.describe(location), consume)
    }

    /// Compares a file that stands for an object with another file.
    ///
    /// - Parameters:
    ///   - body: The content.
    ///   - location: The object.
    /// - Returns: What stands there.
    /// - Throws: ``StoreError``, or `CancellationError` when the task was cancelled.
    public func compare(_ body: UploadBody, with location: OutputLocation) async throws -> ObjectComparison {
        guard let object = try await head(location) else { return .absent }
        guard object.size == body.byteCount else {
            return .different("it has \(object.size) bytes, the file has \(body.byteCount)")
        }
        let expected = try await unsafe ContentReader(body, in: sources).read { _ in }
        let found = try await sha256(of: location)
        return found == expected ? .identical : .different("its SHA-256 is \(found), the file's is \(expected)")
    }

    private func openObject(_ location: OutputLocation) throws(StoreError) -> Descriptor {
        // A pipe would block without a writer.
        let file = try open(location.key, [.readOnly, .nonBlocking, .noTerminal])
        guard let file, (try? file.status())?.kind == .regular else { throw StoreError(absent: location) }
        return file
    }

    private static func describe(_ location: OutputLocation) -> (Errno) -> StoreError {
        { StoreError(unreadable: location.key.text, $0) }
    }
}

extension DownloadRequest {
    /// Compares the digest of what arrived with the one that was announced.
    ///
    /// - Parameter digest: The SHA-256 of the content in lower-case hexadecimal.
    /// - Throws: ``StoreError`` if they differ.
    package func check(_ digest: String) throws(StoreError) {
        guard let sha256, sha256 != digest else { return }
        throw StoreError(
            .damaged, "it has SHA-256 \(digest), its checksum file says \(sha256)",
            hint: "the object or its checksum file is damaged: fetch it again, and if it stays so, tell whoever "
                + "published the run")
    }
}
