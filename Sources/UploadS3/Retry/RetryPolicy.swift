public import FoundationEssentials
import HTTPConnections
import Synchronization

/// How often a request is repeated, and how long to wait before.
///
/// A value: it never sleeps, reads no clock and rolls no dice.
public struct RetryPolicy: Hashable, Sendable {
    /// The number of attempts in all, the first included.
    public var maximumAttempts: Int
    /// The longest wait after the first failure; it doubles after each further one.
    public var baseDelay: Duration
    /// No wait is longer, whatever the store asks for.
    public var maximumDelay: Duration
    /// How many retries all requests together have in reserve; successes fill it up again.
    public var reserve: Int

    /// Makes a policy.
    ///
    /// The SDKs stop after three attempts; ten keep 2,000 files whole when one request in ten fails.
    public init(
        maximumAttempts: Int = 10, baseDelay: Duration = .milliseconds(100), maximumDelay: Duration = .seconds(20),
        reserve: Int = 100
    ) {
        self.maximumAttempts = maximumAttempts
        self.baseDelay = baseDelay
        self.maximumDelay = maximumDelay
        self.reserve = reserve
    }

    /// Returns the wait before the next attempt.
    ///
    /// - Parameters:
    ///   - attempts: How many attempts have failed, from 1.
    ///   - retryAfter: What the store asked for.
    ///   - jitter: A number in `0..<1`.
    /// - Returns: The wait.
    func delay(afterFailed attempts: Int, retryAfter: Duration?, jitter: Double) -> Duration {
        if let retryAfter { return min(retryAfter, maximumDelay) + baseDelay * jitter }
        return Backoff(base: baseDelay, maximum: maximumDelay).delay(afterFailed: attempts, jitter: jitter)
    }
}

/// What all requests together may spend on retries: the token bucket of the AWS SDKs' standard mode.
///
/// It keeps a store that fails altogether from being asked many times by each of thousands of requests.
final class RetryBudget: Sendable {
    private static let price = 5

    private let capacity: Int
    private let tokens: Mutex<Int>

    /// Starts full.
    ///
    /// - Parameter retries: How many retries it pays for when nothing succeeds.
    init(retries: Int) {
        capacity = retries * Self.price
        tokens = Mutex(capacity)
    }

    /// Pays for a retry.
    ///
    /// - Returns: Whether there was enough left.
    func withdraw() -> Bool {
        tokens.withLock { tokens in
            guard tokens >= Self.price else { return false }
            tokens -= Self.price
            return true
        }
    }

    /// Takes note of a success: a retry that helped is paid back, a first attempt adds a little.
    func deposit(afterRetry: Bool) {
        tokens.withLock { $0 = min(capacity, $0 + (afterRetry ? Self.price : 1)) }
    }
}

/// Where time and chance come from: tests pass their own, and wait for nothing.
public struct TimeSource: Sendable {
    public var now: @Sendable () -> Date
    /// The time since some fixed moment, which no correction of the date moves.
    public var uptime: @Sendable () -> Duration
    /// Waits, or throws `CancellationError`.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// How long something may take at most, for which so much time is usual: tests on busy machines give more.
    public var limit: @Sendable (Duration) -> Duration
    /// A number in `0..<1`.
    public var random: @Sendable () -> Double

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
