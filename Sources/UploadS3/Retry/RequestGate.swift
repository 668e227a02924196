import Synchronization

/// Bounds how many requests are under way, as ``AdaptiveConcurrency`` finds out, and holds all of them back for a while
/// when the store asks for it.
final class RequestGate: Sendable {
    private struct State {
        var concurrency: AdaptiveConcurrency
        var running = 0
        var nextTicket: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Bool, Never>] = [:]
        var queue: [UInt64] = []
        var queueStart = 0
        var pausedUntil = Duration.zero

        /// Takes those who wait longest out of the queue while there are places.
        mutating func admit() -> [CheckedContinuation<Bool, Never>] {
            var admitted: [CheckedContinuation<Bool, Never>] = []
            defer { concurrency.runs(running) }
            while running < concurrency.limit, queueStart < queue.count {
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

    private let time: TimeSource
    private let state: Mutex<State>

    /// Opens a gate.
    ///
    /// - Parameters:
    ///   - maximum: How many requests run at once at most; at least 1.
    ///   - time: The clock.
    init(maximum: Int, time: TimeSource) {
        self.time = time
        state = Mutex(State(concurrency: AdaptiveConcurrency(maximum: maximum, now: time.uptime())))
    }

    /// How many requests may run at once at the moment.
    var limit: Int { state.withLock { $0.concurrency.limit } }

    /// Waits for a place.
    ///
    /// Each is given back with ``leave()``.
    ///
    /// - Throws: `CancellationError`; there is no place to give back then.
    func enter() async throws {
        try Task.checkCancellation()
        let ticket: UInt64? = state.withLock { state in
            if state.running < state.concurrency.limit, state.waiting.isEmpty {
                state.running += 1
                state.concurrency.runs(state.running)
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
    ///
    /// - Parameter byteCount: The bytes that were sent.
    func succeeded(byteCount: Int64) {
        let now = time.uptime()
        resume(
            state.withLock { state in
                state.concurrency.succeeded(byteCount: byteCount, now: now)
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
            state.concurrency.throttled(now: now)
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
