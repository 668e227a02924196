import LocalFiles
public import RunOutputs
import UploadPlanning

extension JobReceipt {
    /// From this size on a receipt is compressed.
    private static let largestPlain: Int64 = 1 << 20

    /// Writes the receipt to where the job's objects went, create-only.
    ///
    /// It is made in temporary files, however large it is.
    ///
    /// - Parameters:
    ///   - backend: The store.
    ///   - spoolDirectory: Where temporary files are made.
    ///   - secrets: What is taken out of it.
    /// - Returns: Where it lies.
    /// - Throws: ``StoreError``, ``StoreError/Code/conflict`` if another receipt of the name is there;
    ///   ``UnknownOutcome``; `CancellationError`.
    public func publish(
        to backend: any UploadBackend, spoolDirectory: String, secrets: KnownSecrets
    ) async throws -> OutputLocation {
        let plain = try SpoolFile(in: spoolDirectory)
        defer { plain.remove() }
        try fill(plain, secrets)
        var file = try plain.finished()
        var compressed: SpoolFile?
        defer { compressed?.remove() }
        if file.version.size > Self.largestPlain {
            let target = try SpoolFile(in: spoolDirectory)
            compressed = target
            try await Zstandard.compress(
                .open(path: plain.path, .readOnly), to: .open(path: target.path, .writeOnly))
            file = try target.finished()
        }
        let locations = try name.locations(in: root)
        let location = locations[compressed == nil ? 0 : 1]
        // `identical` and not `fail`: if the answer to our own write is lost, what is there is ours.
        let request = UploadRequest(
            body: .file(file), destination: location,
            contentType: compressed == nil ? "application/json" : "application/zstd",
            properties: ObjectProperties(of: root.properties(of: .receipts)), existing: .identical)
        _ = try await backend.upload(request) { _ in }
        return location
    }

    private func fill(_ spool: SpoolFile, _ secrets: KnownSecrets) throws(StoreError) {
        do {
            let file = try Descriptor.open(path: spool.path, .writeOnly)
            try write { text in try file.write(Array(secrets.redacted(text).utf8)) }
        } catch {
            throw StoreError(
                .other, "the receipt cannot be written to a temporary file: \(error)",
                hint: "set TMPDIR to a directory with more room")
        }
    }
}

extension ArtifactBackend {
    /// Whether a receipt of that name is there already.
    ///
    /// - Parameters:
    ///   - name: The receipt.
    ///   - root: Where the run's outputs live.
    /// - Returns: Whether one is there, plain or compressed.
    /// - Throws: ``StoreError`` if the store does not say; `CancellationError`.
    public func holds(_ name: ReceiptName, in root: RunOutputRoot) async throws -> Bool {
        for location in try name.locations(in: root) where try await head(location) != nil { return true }
        return false
    }
}
