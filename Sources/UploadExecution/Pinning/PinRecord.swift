import FoundationEssentials
package import RunOutputs
import UploadPlanning

/// What is written down of a pinned run: `pin.json` beside its receipts (docs/lifetime.md).
package struct PinRecord: Hashable, Sendable, Decodable {
    /// The version of the format that is written.
    package static let format = "therock-upload/pin/v1"
    /// The name of the record beside the receipts.
    package static let filename = ReceiptListing.pinName

    private var format = Self.format
    /// Whether the run is to be kept.
    package var isPinned: Bool
    /// Why.
    package var reason: String
    /// Who asked for it, as GitHub Actions knows them.
    package var by: String?
    /// When: `2026-11-26T00:05:00Z`.
    package var at: String

    private enum CodingKeys: String, CodingKey {
        case format, reason, by, at
        case isPinned = "pinned"
    }

    package init(isPinned: Bool, reason: String, by: String?, at: String) {
        self.isPinned = isPinned
        self.reason = reason
        self.by = by
        self.at = at
    }

    /// Reads a record.
    ///
    /// - Parameter bytes: The file's content.
    /// - Throws: ``StoreError`` if it is none.
    package init(_ bytes: [UInt8]) throws(StoreError) {
        guard let record = try? JSONDecoder().decode(Self.self, from: Data(bytes)), record.format == Self.format else {
            throw StoreError(
                .damaged, "\(Self.filename) is not what `pin` wrote", hint: "look at it, and remove it if it may go")
        }
        self = record
    }

    private var json: String {
        var document = JSONDocument()
        document.add("format", .string(Self.format))
        document.add("pinned", .flag(isPinned))
        document.add("reason", .string(reason))
        document.add("by", by.map { .string($0) } ?? .null)
        document.add("at", .string(at))
        return document.finished
    }

    /// The most bytes of a record.
    private static let limit = 64 << 10

    /// Where the record of a run lies.
    package static func location(in root: RunOutputRoot) throws(StoreError) -> OutputLocation {
        try root.receiptDirectory.appending(filename)
    }

    /// Reads the record of a run.
    ///
    /// - Parameters:
    ///   - location: Where it lies.
    ///   - backend: The store.
    /// - Returns: The record, and what must be there to replace it; `nil` if there is none.
    /// - Throws: ``StoreError``; `CancellationError`.
    package static func read(
        _ location: OutputLocation, in backend: any ArtifactBackend
    ) async throws -> (record: PinRecord, replaceable: ReplaceableObject)? {
        guard let head = try await backend.head(location) else { return nil }
        let bytes = try await backend.contents(of: location, limit: limit)
        return (try PinRecord(bytes), ReplaceableObject(etag: head.etag, sha256: bytes.sha256))
    }

    /// Writes the record of a run, over nothing or over what was read before.
    ///
    /// A record that says the same already stays as it is, whoever wrote it and when; the record of a pinned run is never
    /// removed by the bucket, and that of another one is kept like receipts.
    ///
    /// - Parameters:
    ///   - root: The run.
    ///   - backend: The store.
    /// - Returns: The record that was there before.
    /// - Throws: ``StoreError``, ``StoreError/Code/conflict`` if somebody else writes one at the same time;
    ///   ``UnknownOutcome``; `CancellationError`.
    package func write(
        to root: RunOutputRoot, in backend: any UploadBackend & ArtifactBackend
    ) async throws -> PinRecord? {
        let location = try Self.location(in: root)
        let there = try await Self.read(location, in: backend)
        if let there, there.record.isPinned == isPinned, there.record.reason == reason { return there.record }
        if there == nil, !isPinned { return nil }
        var place = root.properties(of: .receipts)
        if isPinned { place.retention = nil }
        var request = UploadRequest(
            body: .bytes(Array(json.utf8)), destination: location, contentType: "application/json",
            properties: ObjectProperties(of: place), existing: there == nil ? .identical : .replace)
        request.replaceable = there?.replaceable
        do {
            _ = try await backend.upload(request) { _ in }
        } catch let error as StoreError where error.code == .conflict {
            // Another shard may have written the same.
            let now = try await Self.read(location, in: backend)?.record
            guard now?.isPinned == isPinned, now?.reason == reason else { throw error }
        }
        return there?.record
    }
}
