/// What became of one operation.
public struct OperationResult: Equatable, Sendable {
    /// What became of it, in one word.
    public enum Outcome: String, CaseIterable, Hashable, Sendable {
        /// The object was stored.
        case uploaded
        /// An object with the same content was there already.
        case identical
        /// An object was there already, and the rule says to keep it.
        case kept
        /// The object was not stored.
        case failed
        /// Its rule was held back because another one failed.
        case heldBack = "held_back"
        /// The run was cancelled before the operation started.
        case notAttempted = "not_attempted"
        /// The run was cancelled while the operation was carried out; nothing was stored.
        case interrupted
        /// The store was told to store the object, and did not say whether it did.
        case unknown

        /// Whether the object is at its destination.
        public var isStored: Bool { [.uploaded, .identical, .kept].contains(self) }
    }

    /// What became of it.
    public var outcome: Outcome
    /// The CRC-32 of the content in base 64, where the store answered with one.
    public var crc32: String?
    private var contentHash: HexadecimalText?
    private var entityTag: HexadecimalText?
    private var size: Int64 = -1
    private var nanoseconds: Int64 = 0
    private var rare = Rare.nothing

    /// What few results have: there may be a million.
    private indirect enum Rare: Equatable, Sendable {
        case nothing
        case some(error: StoreError?, versionID: String?)
    }

    /// Says what became of an operation that stored nothing.
    public init(_ outcome: Outcome, error: StoreError? = nil) {
        self.outcome = outcome
        if let error { rare = .some(error: error, versionID: nil) }
    }

    /// Says what a backend did.
    public init(_ receipt: UploadReceipt, byteCount: Int64) {
        outcome =
            switch receipt.outcome {
            case .uploaded: .uploaded
            case .identical: .identical
            case .kept: .kept
            }
        size = byteCount
        contentHash = receipt.sha256.map { HexadecimalText($0) }
        entityTag = receipt.etag.map { HexadecimalText($0) }
        crc32 = receipt.crc32
        if let versionID = receipt.versionID { rare = .some(error: nil, versionID: versionID) }
    }

    /// Whether the cancellation of the run kept the operation from ending as it should.
    var wasCancelled: Bool {
        [.interrupted, .notAttempted].contains(outcome) || outcome == .unknown && error == nil
    }

    /// What is to be said of an operation that never started, because of what became of its rule.
    static func notCarriedOut(_ rule: RuleOutcome) -> OperationResult {
        if case .heldBack = rule { OperationResult(.heldBack) } else { OperationResult(.notAttempted) }
    }
}

extension OperationResult {
    /// The size of the object in bytes, where it was made.
    public var byteCount: Int64? { size < 0 ? nil : size }
    /// The SHA-256 of the content in lower-case hexadecimal, where the backend read it.
    public var sha256: String? { contentHash?.text }
    /// The entity tag that the store gave the object, where it gives any.
    public var etag: String? { entityTag?.text }
    /// The version that the store made of the object, where it keeps versions.
    public var versionID: String? { if case .some(_, let versionID) = rare { versionID } else { nil } }
    /// Why it failed.
    public var error: StoreError? { if case .some(let error, _) = rare { error } else { nil } }

    /// How long it took, to the nanosecond; zero if it did not start.
    public var duration: Duration {
        get { .nanoseconds(nanoseconds) }
        set {
            let (seconds, attoseconds) = newValue.components
            nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        }
    }
}

/// A text that is an MD5 or a SHA-256 in lower-case hexadecimal, without memory of its own; any other as it is.
private enum HexadecimalText: Hashable, Sendable {
    case md5(UInt64, UInt64)
    case sha256(UInt64, UInt64, UInt64, UInt64)
    case other(String)

    init(_ text: String) {
        let bytes = [UInt8](lowercaseHexadecimal: text) ?? []
        let words = stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start...].prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
        switch bytes.count {
        case 16: self = .md5(words[0], words[1])
        case 32: self = .sha256(words[0], words[1], words[2], words[3])
        default: self = .other(text)
        }
    }

    var text: String {
        switch self {
        case .md5(let first, let second): [first, second].hexadecimal
        case .sha256(let first, let second, let third, let fourth): [first, second, third, fourth].hexadecimal
        case .other(let text): text
        }
    }
}

extension [UInt64] {
    fileprivate var hexadecimal: String {
        String(hexadecimal: flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } })
    }
}
