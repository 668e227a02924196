/// What became of one operation.
public struct OperationResult: Hashable, Sendable {
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
    /// The size of the object in bytes, where it was made.
    public var byteCount: Int64?
    /// The SHA-256 of the content in lower-case hexadecimal, where the backend read it.
    public var sha256: String?
    /// The entity tag that the store gave the object, where it gives any.
    public var etag: String?
    /// The CRC-32 of the content in base 64, where the store answered with one.
    public var crc32: String?
    /// The version that the store made of the object, where it keeps versions.
    public var versionID: String?
    /// How long it took; zero if it did not start.
    public var duration: Duration = .zero
    /// Why it failed.
    public var error: StoreError?

    /// Says what became of an operation that stored nothing.
    public init(_ outcome: Outcome, error: StoreError? = nil) {
        self.outcome = outcome
        self.error = error
    }

    /// Says what a backend did.
    public init(_ receipt: UploadReceipt, byteCount: Int64) {
        outcome =
            switch receipt.outcome {
            case .uploaded: .uploaded
            case .identical: .identical
            case .kept: .kept
            }
        self.byteCount = byteCount
        sha256 = receipt.sha256
        etag = receipt.etag
        crc32 = receipt.crc32
        versionID = receipt.versionID
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
