/// Waits that double with each failure, cut short at random so that many clients do not return at once.
///
/// This is ["full jitter"](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
package struct Backoff: Sendable {
    private let base: Duration
    private let maximum: Duration

    /// Describes waits.
    ///
    /// - Parameters:
    ///   - base: The longest wait after the first failure.
    ///   - maximum: The longest wait that doubling leads to.
    package init(base: Duration, maximum: Duration) {
        self.base = base
        self.maximum = maximum
    }

    /// Returns the wait before the next attempt.
    ///
    /// - Parameters:
    ///   - attempts: How many attempts have failed, from 1.
    ///   - jitter: A number in `0..<1`.
    /// - Returns: The wait.
    package func delay(afterFailed attempts: Int, jitter: Double) -> Duration {
        min(base * (1 << min(attempts - 1, 20)), maximum) * jitter
    }
}
