import Crypto
import FoundationEssentials
package import RunOutputs
import UploadPlanning

/// The receipts of a run that count: of each job the newest attempt's.
package struct RunReceipts: Sendable {
    package struct Receipt: Sendable {
        /// Which receipt it is.
        package var name: ReceiptName
        /// Where it lies.
        package var location: OutputLocation
        /// The SHA-256 of its file.
        package var sha256: String
        /// What became of the job's upload.
        package var status: String
        package var table: ReceiptTable

        /// Whether the upload did all that it had to.
        package var isSuccess: Bool { status == UploadReport.Status.succeeded.rawValue }
    }

    /// The receipts, in the order of their names.
    package var receipts: [Receipt]
    /// What else lies beside them and is not a receipt, without the records of the run.
    package var strangers: [OutputLocation]
    /// The record of the run, `run.json`, as the listing told it.
    package var record: StoredObject?

    /// Joins receipts, in the order of their names.
    package init(receipts: [Receipt], strangers: [OutputLocation], record: StoredObject? = nil) {
        self.receipts = receipts
        self.strangers = strangers
        self.record = record
    }

    /// Goes through the objects that the receipts say are there, in the order of their keys.
    ///
    /// - Parameters:
    ///   - bucket: The run's bucket.
    ///   - body: Takes one object as the receipts describe it; `false` ends it.
    package func forEachStored(in bucket: String, _ body: (StoredObject) -> Bool) {
        var merge = ReceiptMerge(receipts)
        while let group = merge.next() {
            let stored = group.claims.map(\.claim).filter(\.outcome.isStored)
            // What was kept says least of its content.
            guard let claim = stored.first(where: { $0.sha256 != nil }) ?? stored.first else { continue }
            let location = OutputLocation(bucket: bucket, key: group.key)
            let object = StoredObject(
                location: location, size: claim.size ?? 0, etag: claim.etag, sha256: claim.sha256)
            if !body(object) { return }
        }
    }

    /// The receipt of a job.
    package func receipt(named name: String) -> Receipt? {
        receipts.first { ExactString($0.name.name) == ExactString(name) }
    }
}

/// What lies below `receipts/`, by name.
package struct ReceiptListing: Sendable {
    /// The name of the record of the run.
    package static let recordName = "run.json"
    /// The name of what is written down of a pinned run.
    package static let pinName = "pin.json"

    /// Whether a file is the record that one attempt of `finish` wrote.
    private static func isRecordOfAttempt(_ filename: String) -> Bool {
        filename.hasPrefix("run-") && filename.hasSuffix(".json")
    }

    /// Of each job the receipt of the newest attempt.
    package private(set) var newest: [ReceiptName: OutputLocation] = [:]
    package private(set) var strangers: [OutputLocation] = []
    package private(set) var record: StoredObject?
    /// The records that attempts of `finish` wrote.
    package private(set) var records: Set<OutputLocation> = []

    private var attempts: [ExactString: ReceiptName] = [:]

    package init() {}

    /// Takes note of an object below `receipts/`.
    ///
    /// - Parameters:
    ///   - object: The object.
    ///   - filename: Its name there.
    package mutating func add(_ object: StoredObject, _ filename: String) {
        if filename == Self.recordName {
            record = object
        } else if let name = ReceiptName(filename: filename) {
            let job = ExactString(name.name)
            if let known = attempts[job], known.attempt > name.attempt { return }
            if let known = attempts[job] { newest[known] = nil }
            attempts[job] = name
            newest[name] = object.location
        } else if filename == Self.pinName {
            // What `pin` wrote says nothing of what the run holds.
        } else if Self.isRecordOfAttempt(filename) {
            records.insert(object.location)
        } else {
            strangers.append(object.location)
        }
    }
}

extension ArtifactBackend {
    /// Lists what a run holds besides its receipts.
    ///
    /// - Parameter root: Where the run's outputs live.
    /// - Returns: The objects in the order of the bytes of their keys.
    /// - Throws: ``StoreError`` if the store cannot be listed; `CancellationError`.
    package func outputs(of root: RunOutputRoot) async throws -> [StoredObject] {
        let objects = try await objects(below: root.location)
        // A layout without a place for receipts has none.
        guard let prefix = (try? root.receiptDirectory).map({ $0.key.text + "/" }) else { return objects }
        return objects.filter { !$0.location.key.text.utf8.starts(with: prefix.utf8) }
    }

    /// Lists the receipts of a run.
    ///
    /// - Parameter root: Where the run's outputs live.
    /// - Returns: What lies there.
    /// - Throws: ``StoreError`` if the store cannot be listed; `CancellationError`.
    package func receiptListing(of root: RunOutputRoot) async throws -> ReceiptListing {
        var listing = ReceiptListing()
        let directory = try root.receiptDirectory
        for try await case .object(let object) in list(directory, .oneLevel) {
            listing.add(object, object.location.key.text.relativePath(from: directory.key.text))
        }
        return listing
    }

    /// Reads the receipts of a run that count.
    ///
    /// - Parameters:
    ///   - listing: What lies there.
    ///   - root: Where the run's outputs live.
    ///   - concurrency: How many are read at once.
    /// - Returns: The receipts.
    /// - Throws: ``UnreadableReceipt`` for the first that cannot be read; `CancellationError`.
    package func receipts(
        _ listing: ReceiptListing, of root: RunOutputRoot, concurrency: Int
    ) async throws -> RunReceipts {
        let wanted = listing.newest.sorted { $0.key < $1.key }
        let receipts = try await wanted.boundedMap(limit: concurrency) { name, location in
            try await receipt(name, at: location, of: root)
        }
        return RunReceipts(
            receipts: receipts, strangers: listing.strangers, record: listing.record)
    }

    /// Reads one receipt.
    package func receipt(
        _ name: ReceiptName, at location: OutputLocation, of root: RunOutputRoot
    ) async throws -> RunReceipts.Receipt {
        do {
            let bytes = try await contents(of: location, limit: RecordedReceipt.maximumSize)
            let recorded = try RecordedReceipt(bytes, at: location, name, of: root)
            return .init(
                name: name, location: location, sha256: bytes.sha256, status: recorded.status,
                table: try ReceiptTable(recorded))
        } catch let error as StoreError {
            throw UnreadableReceipt(location: location, error: error)
        }
    }
}

/// A receipt that cannot be read, or is none: then nothing can be told of its run.
package struct UnreadableReceipt: Error, CustomStringConvertible {
    var location: OutputLocation
    var error: StoreError

    package var description: String { "the receipt \(location.key.text.escapingControlCharacters): \(error)" }
}

/// A receipt as it is read back, as far as it is needed.
struct RecordedReceipt: Decodable {
    struct Object: Decodable {
        var key: String
        var outcome: String
        var size: Int64?
        var sha256: String?
        var etag: String?
        var rule: String
    }

    struct Rule: Decodable {
        var rule: String
        var isBestEffort: Bool

        private enum CodingKeys: String, CodingKey {
            case rule
            case isBestEffort = "best_effort"
        }
    }

    /// The one member that says whether the others can be read.
    private struct Head: Decodable { var format: String }

    var name: String
    var attempt: Int
    var bucket: String
    var prefix: String
    var status: String
    var rules: [Rule]
    var objects: [Object]

    /// The most bytes of JSON that are read: a million objects have some 300 bytes each.
    static let maximumSize = 512 << 20

    /// Reads a receipt.
    ///
    /// - Parameters:
    ///   - bytes: Its file's content.
    ///   - location: Where it lies, which says how it is compressed, and which receipt it must be.
    ///   - name: The receipt that it must be.
    ///   - root: The run that it must be of.
    /// - Throws: ``StoreError`` with the code ``StoreError/Code/damaged`` if it is not a receipt, or another one.
    init(
        _ bytes: [UInt8], at location: OutputLocation, _ name: ReceiptName, of root: RunOutputRoot
    ) throws(StoreError) {
        let isCompressed = location.key.text.hasSuffix(".zst")
        let json = isCompressed ? try Zstandard.decompressed(bytes, limit: Self.maximumSize) : bytes
        let data = Data(json)
        guard let head = try? JSONDecoder().decode(Head.self, from: data) else {
            throw StoreError(.damaged, "it is not a receipt that `apply --receipt` wrote")
        }
        guard head.format == JobReceipt.format else {
            throw StoreError(
                .damaged, "its format is '\(head.format.escapingControlCharacters)', expected '\(JobReceipt.format)'",
                hint: "another version of therock-upload wrote it: use that one")
        }
        do {
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch {
            throw StoreError(.damaged, "it lacks members of a receipt, or some have other types")
        }
        let isOfRun = self.name == name.name && attempt == name.attempt && prefix == root.prefix
        if isOfRun, bucket != root.bucket {
            throw StoreError(
                .damaged,
                "it is about the bucket '\(bucket.escapingControlCharacters)', and the run's is '\(root.bucket)'",
                hint: "name the bucket as its job did: with --bucket, --buckets or the environment")
        }
        guard isOfRun else {
            throw StoreError(.damaged, "it is the receipt of another job or run, and was put here by somebody")
        }
        let start = root.prefix + "/"
        if let stray = objects.first(where: { !$0.key.utf8.starts(with: start.utf8) }) {
            throw StoreError(
                .damaged, "it names '\(stray.key.escapingControlCharacters)', which is outside of the run")
        }
    }
}
