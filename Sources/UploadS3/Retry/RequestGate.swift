import Synchronization

/// Bounds how many requests are under way, and slows all of them down when the store asks for it.
///
/// The bound halves with each request to slow down, and grows by one for each round of successes, as TCP's window does.
final class RequestGate: Sendable {
    private struct State {
        var limit: Double
        var running = 0
        var nextTicket: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Bool, Never>] = [:]
        var queue: [UInt64] = []
        var queueStart = 0
        var pausedUntil = Duration.zero
        var lastHalving = Duration.seconds(-3600)

        /// Takes those who wait longest out of the queue while there are places.
        mutating func admit() -> [CheckedContinuation<Bool, Never>] {
            var admitted: [CheckedContinuation<Bool, Never>] = []
            while running < Int(limit), queueStart < queue.count {
                if let continuation = waiting.removeValue(forKey: queue[queueStart]) {
                    admitted.append(continuation)
                    running += 1
                }
                queueStart += 1
            }
            if queueStart == queue.count {
                queue.removeAll(keepingCapacity: true)
                queueStart = 0
            }
            return admitted
        }
    }

    private let maximum: Int
    private let time: TimeSource
    private let state: Mutex<State>

    /// Opens a gate.
    ///
    /// - Parameters:
    ///   - maximum: How many requests run at once when nothing slows them down; at least 1.
    ///   - time: The clock.
    init(maximum: Int, time: TimeSource) {
        self.maximum = max(1, maximum)
        self.time = time
        state = Mutex(State(limit: Double(max(1, maximum))))
    }

    /// How many requests may run at once at the moment.
    var limit: Int { state.withLock { Int($0.limit) } }

    /// Waits for a place.
    ///
    /// Each is given back with ``leave()``.
    ///
    /// - Throws: `CancellationError`; there is no place to give back then.
    func enter() async throws {
        try Task.checkCancellation()
        let ticket: UInt64? = state.withLock { state in
            if state.running < Int(state.limit), state.waiting.isEmpty {
                state.running += 1
                return nil
            }
            state.nextTicket += 1
            return state.nextTicket
        }
        if let ticket { try await wait(ticket) }
        let pause = state.withLock { $0.pausedUntil } - time.uptime()
        guard pause > .zero else { return }
        do {
            try await time.sleep(pause)
        } catch {
            leave()
            throw error
        }
    }

    /// Gives a place back.
    func leave() {
        resume(
            state.withLock { state in
                state.running -= 1
                return state.admit()
            })
    }

    /// Takes note of a success.
    func succeeded() {
        resume(
            state.withLock { state in
                guard state.limit < Double(maximum) else { return [] }
                state.limit = min(Double(maximum), state.limit + 1 / state.limit)
                return state.admit()
            })
    }

    /// Takes note that the store asks for fewer requests: all wait, and fewer run after that.
    ///
    /// - Parameter pause: How long nothing new is sent.
    func throttled(pause: Duration) {
        let now = time.uptime()
        state.withLock { state in
            state.pausedUntil = max(state.pausedUntil, now + pause)
            // The answers to requests of one moment say one thing, not many.
            guard now - state.lastHalving >= .milliseconds(200) else { return }
            state.lastHalving = now
            state.limit = max(1, state.limit / 2)
        }
    }

    private func wait(_ ticket: UInt64) async throws {
        let admitted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let admitted = state.withLock { state -> [CheckedContinuation<Bool, Never>] in
                    state.waiting[ticket] = continuation
                    state.queue.append(ticket)
                    return state.admit()
                }
                resume(admitted)
                // A cancellation from before the ticket was in the queue found nothing to wake.
                if Task.isCancelled { cancel(ticket) }
            }
        } onCancel: {
            cancel(ticket)
        }
        guard admitted else { throw CancellationError() }
    }

    private func cancel(_ ticket: UInt64) {
        state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume(returning: false)
    }

    private func resume(_ admitted: [CheckedContinuation<Bool, Never>]) {
        for continuation in admitted { continuation.resume(returning: true) }
    }
}
