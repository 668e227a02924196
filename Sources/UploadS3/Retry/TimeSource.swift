public import FoundationEssentials

/// Where time and chance come from: tests pass their own, and wait for nothing.
public struct TimeSource: Sendable {
    /// The date.
    public var now: @Sendable () -> Date
    /// The time since some fixed moment, which no correction of the date moves.
    public var uptime: @Sendable () -> Duration
    /// Waits, or throws `CancellationError`.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// How long something may take at most, for which so much time is usual: tests on busy machines give more.
    public var limit: @Sendable (Duration) -> Duration
    /// A number in `0..<1`.
    public var random: @Sendable () -> Double

    /// Joins clocks and chance.
    public init(
        now: @escaping @Sendable () -> Date, uptime: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        limit: @escaping @Sendable (Duration) -> Duration = { $0 }, random: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.uptime = uptime
        self.sleep = sleep
        self.limit = limit
        self.random = random
    }

    /// The machine's clocks and its random numbers.
    public static let system: TimeSource = {
        let start = ContinuousClock.now
        return TimeSource(
            now: { Date() }, uptime: { ContinuousClock.now - start }, sleep: { try await Task.sleep(for: $0) },
            random: { Double.random(in: 0..<1) })
    }()
}
