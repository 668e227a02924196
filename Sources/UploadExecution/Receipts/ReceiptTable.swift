package import RunOutputs

/// The objects of one receipt, in the order of their keys and packed: a run may have a million.
package struct ReceiptTable: Sendable {
    /// What a receipt says of one object.
    package struct Claim: Hashable, Sendable {
        /// What became of it.
        package var outcome: OperationResult.Outcome
        /// Whether its rule may fail without failing the job.
        package var isBestEffort: Bool
        /// The size in bytes.
        package var size: Int64?
        /// The SHA-256 of the content in lower-case hexadecimal.
        package var sha256: String?
        /// The entity tag that the store gave it.
        package var etag: String?
    }

    private struct Entry: Sendable {
        var offset: UInt32
        var keyLength: UInt16
        var etagLength: UInt8
        var flags: UInt8
        var size: Int64
    }

    private var bytes: [UInt8] = []
    private var entries: [Entry] = []

    private static let outcomes = OperationResult.Outcome.allCases
    private static let hasDigest: UInt8 = 0x80
    private static let isBestEffort: UInt8 = 0x40
    private static let isHexadecimalTag: UInt8 = 0x20
    private static let outcomeMask: UInt8 = 0x0F

    /// Packs the objects of a receipt.
    ///
    /// - Parameter receipt: The receipt.
    /// - Throws: ``StoreError`` for an outcome that is not known, or a key that is not a key.
    init(_ receipt: RecordedReceipt) throws(StoreError) {
        let bestEffort = Set(receipt.rules.filter(\.isBestEffort).map(\.rule))
        entries.reserveCapacity(receipt.objects.count)
        bytes.reserveCapacity(receipt.objects.reduce(0) { $0 + $1.key.utf8.count + 64 })
        let objects = receipt.objects.map { (key: ExactString($0.key), object: $0) }.sorted { $0.key < $1.key }
        for (key, object) in objects {
            guard let outcome = Self.outcomes.firstIndex(where: { $0.rawValue == object.outcome }),
                key.text.utf8.count <= InvalidPathValue.maximumKeyLength, bytes.count < Int(UInt32.max) - 4096
            else {
                throw StoreError(
                    .damaged,
                    "what it says of '\(key.text.escapingControlCharacters)' is not known here: "
                        + "'\(object.outcome.escapingControlCharacters)'",
                    hint: "another version of therock-upload wrote it: use that one")
            }
            add(key, object, outcome, isBestEffort: bestEffort.contains(object.rule))
        }
    }

    private mutating func add(
        _ key: ExactString, _ object: RecordedReceipt.Object, _ outcome: Int, isBestEffort: Bool
    ) {
        var flags = UInt8(outcome)
        if isBestEffort { flags |= Self.isBestEffort }
        let offset = UInt32(bytes.count)
        bytes += key.text.utf8
        if let digest = object.sha256.flatMap({ [UInt8](lowercaseHexadecimal: $0) }), digest.count == 32 {
            flags |= Self.hasDigest
            bytes += digest
        }
        var tag = Array((object.etag ?? "").utf8.prefix(255))
        if let packed = [UInt8](lowercaseHexadecimal: object.etag ?? ""), !packed.isEmpty {
            tag = packed
            flags |= Self.isHexadecimalTag
        }
        bytes += tag
        entries.append(
            Entry(
                offset: offset, keyLength: UInt16(key.text.utf8.count), etagLength: UInt8(tag.count), flags: flags,
                size: object.size ?? -1))
    }

    /// The number of objects.
    package var count: Int { entries.count }

    /// The key of an object.
    package func key(at index: Int) -> ExactString { ExactString(String(decoding: keyBytes(at: index), as: UTF8.self)) }

    /// What the receipt says of an object.
    package func claim(at index: Int) -> Claim {
        let entry = entries[index]
        var start = Int(entry.offset) + Int(entry.keyLength)
        var sha256: String?
        if entry.flags & Self.hasDigest != 0 {
            sha256 = String(hexadecimal: bytes[start..<start + 32])
            start += 32
        }
        let tag = bytes[start..<start + Int(entry.etagLength)]
        let isPacked = entry.flags & Self.isHexadecimalTag != 0
        return Claim(
            outcome: Self.outcomes[Int(entry.flags & Self.outcomeMask)],
            isBestEffort: entry.flags & Self.isBestEffort != 0, size: entry.size < 0 ? nil : entry.size,
            sha256: sha256,
            etag: tag.isEmpty ? nil : isPacked ? String(hexadecimal: tag) : String(decoding: tag, as: UTF8.self))
    }

    /// Whether the key of an object sorts before that of another table's.
    func isLess(_ index: Int, than other: ReceiptTable, _ otherIndex: Int) -> Bool {
        keyBytes(at: index).lexicographicallyPrecedes(other.keyBytes(at: otherIndex))
    }

    private func keyBytes(at index: Int) -> ArraySlice<UInt8> {
        let entry = entries[index]
        return bytes[Int(entry.offset)..<Int(entry.offset) + Int(entry.keyLength)]
    }
}
