import HTTPConnections

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
