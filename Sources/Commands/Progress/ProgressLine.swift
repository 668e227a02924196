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
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?

    /// What to write so that the line is up to date.
    ///
    /// - Parameters:
    ///   - totalBytes: The bytes that there are to transfer.
    ///   - counts: What has ended, in words: asked for only where the line changes.
    /// - Returns: The text, or `nil` where the line changed a moment ago.
    mutating func update(totalBytes: Int64, counts: () -> String) -> String? {
        let now = ContinuousClock.now
        if let lastShown, now - lastShown < Self.interval { return nil }
        lastShown = now
        let seconds = max((now - start) / .seconds(1), 0.001)
        let rate = Int64(Double(bytes) / seconds).byteText
        let failures = failed > 0 ? " · \(failed) failed" : ""
        return "\(Self.removal)\(counts()) · \(bytes.byteText) of \(totalBytes.byteText) · \(rate)/s\(failures)"
    }
}
