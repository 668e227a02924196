import Synchronization

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
