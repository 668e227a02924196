import UploadPlanning

/// The changing line of a terminal that says how far a transfer is.
struct ProgressLine {
    /// What removes the line from the terminal.
    static let removal = "\r\u{1B}[K"
    /// How often the line changes at most.
    private static let interval = Duration.milliseconds(100)

    /// The bytes that were transferred.
    var bytes: Int64 = 0
    /// How many transfers have failed.
    var failed = 0
    private let now: @Sendable () -> ContinuousClock.Instant
    private let start: ContinuousClock.Instant
    private var lastShown: ContinuousClock.Instant?

    /// Starts to count.
    ///
    /// - Parameter now: The clock.
    init(now: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.now = now
        start = now()
    }

    /// What to write so that the line is up to date.
    ///
    /// - Parameters:
    ///   - totalBytes: The bytes that there are to transfer.
    ///   - counts: What has ended, in words: asked for only where the line changes.
    /// - Returns: The text, or `nil` where the line changed a moment ago.
    mutating func update(totalBytes: Int64, counts: () -> String) -> String? {
        let now = now()
        if let lastShown, now - lastShown < Self.interval { return nil }
        lastShown = now
        let seconds = max((now - start) / .seconds(1), 0.001)
        let rate = Int64(Double(bytes) / seconds).byteText
        let failures = failed > 0 ? " · \(failed) failed" : ""
        let rest = Self.timeLeft(bytes: bytes, of: totalBytes, after: seconds).map { " · \($0) left" } ?? ""
        return
            "\(Self.removal)\(counts()) · \(bytes.byteText) of \(totalBytes.byteText) · \(rate)/s\(rest)\(failures)"
    }

    /// How long the rest takes at the speed so far.
    ///
    /// - Parameters:
    ///   - bytes: The bytes that were transferred.
    ///   - totalBytes: The bytes that there are to transfer.
    ///   - seconds: How long they took.
    /// - Returns: The time in words, or `nil` where it is too early to tell, or nothing is left.
    static func timeLeft(bytes: Int64, of totalBytes: Int64, after seconds: Double) -> String? {
        guard bytes > 0, totalBytes > bytes, seconds >= 1 else { return nil }
        let rest = Int64((Double(totalBytes - bytes) * seconds / Double(bytes)).rounded(.up))
        switch rest {
        case ..<60: return "\(rest) s"
        case ..<3600: return "\(rest / 60) min \(rest % 60) s"
        default: return "\(rest / 3600) h \(rest / 60 % 60) min"
        }
    }
}
