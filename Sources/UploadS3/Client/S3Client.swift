import FoundationEssentials
import HTTPConnections
import Synchronization
import UploadExecution

/// Sends requests to a store: signs them, repeats them where that may help, and follows buckets to their regions.
final class S3Client: Sendable {
    /// What answers have taught about the store.
    struct BucketRouting: Sendable {
        /// The regions of buckets that are not where they were looked for.
        var regions: [String: String] = [:]
        /// The hosts at which buckets answer until the name service knows them.
        var hosts: [String: String] = [:]
        /// The store's clock minus ours, in seconds.
        var clockOffset = 0.0
    }

    let configuration: S3Configuration
    let time: TimeSource
    let credentials: CredentialsCache
    let transport: HTTPTransport
    let signer = RequestSigner(service: "s3")
    let gate: RequestGate
    private let budget: RetryBudget
    /// Whether anything was ever answered.
    private let wasReached = Atomic<Bool>(false)
    /// Whether a request was given up before anything was answered: others need not be repeated then.
    private let wasGivenUp = Atomic<Bool>(false)
    private let routings = Mutex(BucketRouting())

    /// How often a server is tried that has never answered: it may not be there at all.
    private static let attemptsAtStranger = 3

    /// Makes a client; nothing is connected yet.
    init(
        _ configuration: S3Configuration, credentials: any CredentialsProvider, transport: HTTPTransport,
        time: TimeSource
    ) {
        self.configuration = configuration
        self.time = time
        self.transport = transport
        self.credentials = CredentialsCache(credentials, now: time.now)
        gate = RequestGate(maximum: configuration.concurrency, time: time)
        budget = RetryBudget(retries: configuration.retries.reserve)
    }

    /// What answers have taught so far.
    var routing: BucketRouting { routings.withLock { $0 } }

    /// The region that a bucket is in, as far as is known.
    func region(of bucket: String) -> String { routing.regions[bucket] ?? configuration.region }

    /// Whether anything was ever answered.
    var isReached: Bool { wasReached.load(ordering: .relaxed) }

    /// Takes note that the server answers.
    func noteAnswer() { if !wasReached.load(ordering: .relaxed) { wasReached.store(true, ordering: .relaxed) } }

    /// Sends a request until it is answered for good.
    ///
    /// - Parameter request: The request. It must be safe to repeat.
    /// - Returns: An answer of success.
    /// - Throws: ``S3Failure``; ``StoreError`` if the source or the credentials cannot be had; `CancellationError`.
    func send(_ request: S3Request) async throws -> S3Response {
        var failures = 0
        var corrections = 0
        var leavesDoubt = false
        var isLost = false
        var last: S3Failure?
        while true {
            do {
                let answer = try await pass(request)
                gate.succeeded(byteCount: request.body.byteCount)
                budget.deposit(afterRetry: failures > 0)
                return answer
            } catch var failure as S3Failure {
                leavesDoubt = leavesDoubt || failure.leavesDoubt
                failure.followsLostAnswer = leavesDoubt
                isLost = isLost || failure.isLostAnswer
                failure.mayHaveStored = isLost && request.storesObject
                last = failure
                // Cancelled, and what was sent may have been carried out: that is more than a cancellation.
                if failure.mayHaveStored, Task.isCancelled { throw failure }
                if corrections < 3, await correct(failure, for: request) {
                    corrections += 1
                    continue
                }
                failures += 1
                do {
                    try await pause(after: failure, failures, of: request)
                } catch is CancellationError where failure.mayHaveStored {
                    throw failure
                }
            } catch let error as CancellationError {
                if let last, last.mayHaveStored { throw last }
                throw error
            }
        }
    }

    private func pass(_ request: S3Request) async throws -> S3Response {
        try await gate.enter()
        defer { gate.leave() }
        return try await attempt(request)
    }

    /// Waits before the next attempt, or throws the failure if there is to be none.
    private func pause(after failure: S3Failure, _ failures: Int, of request: S3Request) async throws {
        let policy = configuration.retries
        let isStranger = (failure.kind == .unreachable || failure.kind == .timeout) && !isReached
        let most = isStranger ? min(Self.attemptsAtStranger, policy.maximumAttempts) : policy.maximumAttempts
        if isStranger {
            if failures >= most { wasGivenUp.store(true, ordering: .relaxed) }
            if wasGivenUp.load(ordering: .relaxed) { throw failure }
        }
        guard failure.isTransient, failure.kind != .writersMet || request.isRepeatedAfterConflict,
            failures < min(most, request.maximumAttempts), budget.withdraw()
        else { throw failure }
        let delay = policy.delay(
            afterFailed: failures, retryAfter: failure.retryAfter.map { .seconds($0) }, jitter: time.random())
        if failure.kind == .throttled { gate.throttled(pause: delay) }
        try await time.sleep(delay)
    }

    /// Learns from a failure what makes the next attempt different from this one.
    ///
    /// - Returns: Whether something was routings.
    private func correct(_ failure: S3Failure, for request: S3Request) async -> Bool {
        switch failure.kind {
        case .redirected:
            return routings.withLock { $0.follow(failure, bucket: request.bucket) }
        case .skewedClock:
            guard let storeTime = failure.storeTime else { return false }
            let offset = storeTime.timeIntervalSince(time.now())
            routings.withLock { $0.clockOffset = offset }
            return true
        case .expired:
            guard let used = failure.credentials else { return false }
            credentials.invalidate(used)
            guard let renewed = try? await credentials.credentials() else { return false }
            return renewed != used
        default:
            return false
        }
    }
}

extension S3Client.BucketRouting {
    /// Takes note of where a bucket is.
    ///
    /// - Returns: Whether that is somewhere else than where this request went: others may have routings it meanwhile.
    fileprivate mutating func follow(_ failure: S3Failure, bucket: String) -> Bool {
        if let named = failure.region, !named.isEmpty, named != failure.askedRegion {
            regions[bucket] = named
            return true
        }
        guard failure.status == 307, let location = failure.location, let host = URL(string: location)?.host(),
            host.hasPrefix("\(bucket).")
        else { return false }
        let store = String(host.dropFirst(bucket.count + 1))
        guard failure.askedHost != store else { return false }
        hosts[bucket] = store
        return true
    }
}
