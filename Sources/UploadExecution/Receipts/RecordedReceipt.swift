import FoundationEssentials
import RunOutputs

/// A receipt as it is read back, as far as it is needed.
struct RecordedReceipt: Decodable {
    /// One object.
    struct Object: Decodable {
        var key: String
        var outcome: String
        var size: Int64?
        var sha256: String?
        var etag: String?
        var rule: String
    }

    /// One rule.
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
    /// - Throws: ``StoreError`` with the code ``StoreError/Code/damaged`` if it is no receipt, or another one.
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
                "it is of the bucket '\(bucket.escapingControlCharacters)', and the run's is '\(root.bucket)'",
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
