import FoundationEssentials
import HTTPConnections

/// How requests to GitHub are repeated, and where the time for that comes from: tests pass their own.
struct GitHubRetryPolicy: Sendable {
    /// The number of attempts in all, the first included.
    var maximumAttempts = 5
    /// The longest wait after the first failure; it doubles after each further one.
    var baseDelay = Duration.milliseconds(500)
    /// The longest wait that doubling leads to.
    var maximumDelay = Duration.seconds(20)
    /// The longest that one request waits in all: what takes longer is for the user to decide.
    var patience = Duration.seconds(180)
    /// The date.
    var now: @Sendable () -> Date = { Date() }
    /// Waits, or throws `CancellationError`.
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    /// A number in `0..<1`.
    var random: @Sendable () -> Double = { Double.random(in: 0..<1) }

    /// Returns the wait before the next attempt.
    ///
    /// - Parameters:
    ///   - attempts: How many attempts have failed, from 1.
    ///   - retry: What the failure says about another attempt.
    /// - Returns: The wait; `nil` if there is to be no other attempt.
    func delay(afterFailed attempts: Int, _ retry: GitHubFailure.Retry) -> Duration? {
        guard attempts < maximumAttempts else { return nil }
        let jitter = random()
        return switch retry {
        case .never: nil
        case .backOff: Backoff(base: baseDelay, maximum: maximumDelay).delay(afterFailed: attempts, jitter: jitter)
        case .after(let wait): wait + baseDelay * jitter
        }
    }
}
