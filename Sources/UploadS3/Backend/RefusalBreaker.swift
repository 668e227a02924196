import Synchronization
import UploadExecution

/// Stops a run whose requests are all refused for one reason, instead of repeating it for every file.
///
/// Once one object was stored or found, a refusal says something about its object only, and stops nothing.
final class RefusalBreaker: Sendable {
    private struct State {
        var isProven = false
        var error: StoreError?
        var count = 0
    }

    private let threshold: Int
    private let state = Mutex(State())

    /// Starts a run.
    ///
    /// - Parameter threshold: How many equal refusals are believed.
    init(threshold: Int = 4) { self.threshold = threshold }

    /// Throws the refusal that all requests so far met.
    func check() throws(StoreError) {
        let error = state.withLock { $0.isProven || $0.count < threshold ? nil : $0.error }
        if var error {
            let reason = error.reason
            error.message = "not tried: all of the first \(threshold) requests were refused: \(error.message)"
            error.cause = reason
            throw error
        }
    }

    /// Takes note of an object that was stored or found.
    func succeeded() { state.withLock { $0.isProven = true } }

    /// Takes note of a refusal.
    func failed(_ error: StoreError) {
        guard error.code == .accessDenied else { return }
        state.withLock { state in
            // Messages differ in the request's identifier, hints in the key.
            state.count += 1
            state.error = state.error ?? error
        }
    }
}
