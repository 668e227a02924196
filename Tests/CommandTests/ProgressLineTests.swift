import Testing

@testable import Commands

@Suite("The progress line")
struct ProgressLineTests {
    /// Bytes so far, bytes in all, seconds so far, and the time that is left.
    static let times: [(bytes: Int64, total: Int64, seconds: Double, left: String?)] = [
        (0, 100, 5, nil), (50, 100, 0.5, nil), (100, 100, 5, nil), (150, 100, 5, nil), (50, 100, 10, "10 s"),
        (1, 100, 1, "1 min 39 s"), (1, 3601, 1, "1 h 0 min"), (99, 100, 10, "1 s"),
    ]

    @Test("says how long the rest takes", arguments: times)
    func timeLeft(bytes: Int64, total: Int64, seconds: Double, left: String?) {
        #expect(ProgressLine.timeLeft(bytes: bytes, of: total, after: seconds) == left)
    }
}
