import Synchronization

/// Finds out how many requests at once are worth it, so that nobody has to tune a number for a store's latency.
///
/// - It starts small and doubles with each round while the throughput grows by a quarter, and stops when three rounds
///   in a row did not: TCP's slow start ([RFC 5681](https://www.rfc-editor.org/rfc/rfc5681), section 3.1) with the end
///   of BBR's Startup ([draft-ietf-ccwg-bbr](https://datatracker.ietf.org/doc/draft-ietf-ccwg-bbr/), "Exiting Startup
///   Based on Bandwidth Plateau").
/// - Then it holds what was best, and tries a quarter more now and then, as BBR's ProbeBW does.
/// - When the store asks for fewer requests it halves, and grows by one with each round from there: RFC 5681's
///   multiplicative decrease and additive increase.
///
/// A round is as many successes as may run at once, and not too short to be measured. Rounds in which fewer requests
/// ran than could have say nothing, and count for nothing.
///
/// A value: it reads no clock.
struct AdaptiveConcurrency: Sendable {
    private enum Phase: Hashable {
        /// Doubling; how many rounds have brought no more.
        case doubling(stalled: Int)
        /// Holding for so many rounds yet.
        case holding(rounds: Int)
        /// Trying more than was held, for so many rounds yet.
        case probing(held: Int, rounds: Int)
        /// Growing by one with each round since the store asked for fewer requests.
        case recovering
    }

    private static let growth = 1.25
    private static let worthwhile = 1.1
    private static let stalledRounds = 3
    private static let roundsBetweenProbes = 16
    private static let shortestRound = Duration.milliseconds(20)
    /// The answers to requests of one moment say one thing, not many.
    private static let sameMoment = Duration.milliseconds(200)
    /// What a request costs besides its bytes, in bytes: it makes rounds of small and of large requests comparable.
    private static let costOfRequest: Int64 = 32 << 10

    /// How many requests may run at once.
    private(set) var limit: Int
    private let maximum: Int
    private var phase = Phase.doubling(stalled: 0)
    private var best: (rate: Double, limit: Int)
    private var roundStart: Duration
    private var roundWork: Int64 = 0
    private var roundSuccesses = 0
    private var wasFull = false
    private var lastHalving: Duration?

    /// Starts with few requests.
    ///
    /// - Parameters:
    ///   - maximum: The largest limit; at least 1.
    ///   - initial: The first limit.
    ///   - now: The time since some fixed moment.
    init(maximum: Int, initial: Int = 4, now: Duration) {
        self.maximum = max(1, maximum)
        limit = min(max(1, initial), self.maximum)
        best = (0, limit)
        roundStart = now
    }

    /// Takes note of how many requests run.
    mutating func runs(_ count: Int) { wasFull = wasFull || count >= limit }

    /// Takes note of a success.
    ///
    /// - Parameters:
    ///   - byteCount: The bytes that were sent.
    ///   - now: The time since the same moment.
    mutating func succeeded(byteCount: Int64, now: Duration) {
        roundWork += byteCount + Self.costOfRequest
        roundSuccesses += 1
        let elapsed = now - roundStart
        guard roundSuccesses >= limit, elapsed >= Self.shortestRound else { return }
        if wasFull { endRound(rate: Double(roundWork) / (elapsed / .seconds(1))) }
        beginRound(now: now)
    }

    /// Takes note that the store asks for fewer requests.
    ///
    /// - Parameter now: The time since the same moment.
    mutating func throttled(now: Duration) {
        if let lastHalving, now - lastHalving < Self.sameMoment { return }
        lastHalving = now
        limit = max(1, limit / 2)
        phase = .recovering
        beginRound(now: now)
    }

    private mutating func beginRound(now: Duration) {
        (roundStart, roundWork, roundSuccesses, wasFull) = (now, 0, 0, false)
    }

    private mutating func endRound(rate: Double) {
        switch phase {
        case .doubling(let stalled):
            if rate >= best.rate * Self.growth {
                best = (rate, limit)
                limit = min(maximum, limit * 2)
                phase = .doubling(stalled: 0)
            } else if stalled + 1 < Self.stalledRounds {
                phase = .doubling(stalled: stalled + 1)
            } else {
                limit = best.limit
                phase = .holding(rounds: Self.roundsBetweenProbes)
            }
        case .holding(let rounds):
            guard rounds <= 1 else { return phase = .holding(rounds: rounds - 1) }
            best = (rate, limit)
            phase = .probing(held: limit, rounds: 2)
            limit = min(maximum, limit + max(1, limit / 4))
        case .probing(let held, let rounds):
            if rate >= best.rate * Self.worthwhile {
                phase = .holding(rounds: 1)
            } else if rounds > 1 {
                phase = .probing(held: held, rounds: rounds - 1)
            } else {
                limit = held
                phase = .holding(rounds: Self.roundsBetweenProbes)
            }
        case .recovering:
            limit = min(maximum, limit + 1)
        }
    }
}

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
