import FoundationEssentials
import Synchronization
import UploadExecution

/// Keeps credentials while they are good, and renews them before they are not: once, however many requests wait.
final class CredentialsCache: Sendable {
    private struct State {
        var current: Credentials?
        /// Whether it was found out that there are none: most places are slow to say so.
        var hasNone = false
        var received = Date.distantPast
        var renewal: Task<Credentials?, any Error>?
    }

    private let provider: any CredentialsProvider
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

    /// Starts empty.
    init(_ provider: any CredentialsProvider, now: @escaping @Sendable () -> Date) {
        self.provider = provider
        self.now = now
    }

    /// Returns credentials that are good for a while.
    ///
    /// - Returns: The credentials, or `nil` if there are none to be found.
    /// - Throws: ``StoreError`` if they cannot be had and the last ones have expired.
    func credentials() async throws -> Credentials? {
        let now = now()
        let (current, renewal) = state.withLock { state -> (Credentials?, Task<Credentials?, any Error>?) in
            if let current = state.current, !Self.isDue(current, received: state.received, now: now) {
                return (current, nil)
            }
            if state.hasNone { return (nil, nil) }
            let renewal = state.renewal ?? startRenewal()
            state.renewal = renewal
            return (state.current, renewal)
        }
        guard let renewal else { return current }
        do {
            return try await renewal.value
        } catch {
            // What is still good serves until whoever hands them out answers again.
            if let current, let expiration = current.expiration, expiration > self.now() { return current }
            if let error = error as? CredentialsError { throw StoreError(error) }
            throw error
        }
    }

    /// Takes note that a store has called credentials expired.
    ///
    /// - Parameter used: The credentials of that request: others may have been fetched since.
    func invalidate(_ used: Credentials) {
        state.withLock { state in
            if state.current == used { state.current = nil }
        }
    }

    private func startRenewal() -> Task<Credentials?, any Error> {
        Task {
            let result: Result<Credentials?, any Error>
            do { result = .success(try await provider.credentials()) } catch { result = .failure(error) }
            let received = now()
            state.withLock { state in
                state.renewal = nil
                if case .success(let credentials) = result {
                    state.current = credentials
                    state.hasNone = credentials == nil
                    state.received = received
                }
            }
            return try result.get()
        }
    }

    /// Whether credentials are due: five minutes before they expire, and short-lived ones in their last quarter.
    private static func isDue(_ credentials: Credentials, received: Date, now: Date) -> Bool {
        guard let expiration = credentials.expiration else { return false }
        let margin = min(300, expiration.timeIntervalSince(received) / 4)
        return now >= expiration.addingTimeInterval(-margin)
    }
}
