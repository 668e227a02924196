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
