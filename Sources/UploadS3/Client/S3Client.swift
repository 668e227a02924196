import Crypto
import FoundationEssentials
import HTTPConnections
import NIOCore
import RunOutputs
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

extension S3Client {
    /// Asks what is at a location.
    ///
    /// - Parameters:
    ///   - location: The object.
    ///   - part: A part of an object that was uploaded in parts, to learn its size.
    /// - Returns: What the store says of it, or `nil` if there is nothing.
    /// - Throws: What ``send(_:)`` throws.
    func head(_ location: OutputLocation, part: Int? = nil) async throws -> ObjectHead? {
        var request = S3Request(method: "HEAD", bucket: location.bucket, key: location.key)
        if let part { request.query = [("partNumber", "\(part)")] }
        if configuration.effectiveChecksums == .crc32 { request.headers = [("x-amz-checksum-mode", "ENABLED")] }
        request.proof = .header
        do {
            return ObjectHead(try await send(request).http.headers, isOfAWS: configuration.isAWS)
        } catch let failure as S3Failure where failure.kind == .notFound {
            return nil
        }
    }

    /// Reads an object, or a part of it.
    ///
    /// - Parameters:
    ///   - location: The object.
    ///   - range: The bytes, or `nil` for all of them.
    ///   - etag: The entity tag that the object must have.
    ///   - sink: Where the bytes go; without one, they are the body of the answer.
    /// - Returns: The answer.
    /// - Throws: What ``send(_:)`` throws: `preconditionFailed` also if the object has another tag and the store did not
    ///   look at the condition.
    func get(
        _ location: OutputLocation, range: Range<Int64>?, etag: String, sink: (any BodySink)? = nil
    ) async throws -> S3Response {
        var request = S3Request(method: "GET", bucket: location.bucket, key: location.key)
        if let range { request.headers.append(("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")) }
        if !etag.isEmpty { request.headers.append(("if-match", "\"\(etag)\"")) }
        request.sink = sink
        request.proof = .header
        let answer = try await send(request)
        if let found = answer["etag"]?.withoutQuotes, found != etag {
            throw S3Failure(kind: .preconditionFailed, status: answer.http.status, message: "the object has changed")
        }
        // Some stores send a range with a status of 200: the header says what was sent.
        guard let range, sink == nil, answer.http.status != 206, answer.http.body.count != range.count,
            answer["content-range"]?.hasPrefix("bytes \(range.lowerBound)-") != true
        else { return answer }
        throw S3Failure.rangesIgnored(status: answer.http.status)
    }

    /// Reads the first bytes of an object in one request.
    ///
    /// - Parameters:
    ///   - location: The object.
    ///   - byteCount: How many bytes are asked for; a store that knows no ranges may send more.
    /// - Returns: The bytes; none of an empty object.
    /// - Throws: ``S3Failure``, or `CancellationError`.
    func start(of location: OutputLocation, byteCount: Int64) async throws -> [UInt8] {
        var request = S3Request(method: "GET", bucket: location.bucket, key: location.key)
        request.headers.append(("range", "bytes=0-\(byteCount - 1)"))
        request.proof = .header
        do {
            return try await send(request).http.body
        } catch let failure as S3Failure where failure.status == 416 {
            // Of nothing there is no first byte.
            return []
        }
    }

    /// Stores an object in one request.
    ///
    /// - Parameters:
    ///   - location: Where.
    ///   - headers: The object's headers, checksums and conditions.
    ///   - body: The bytes.
    /// - Returns: The answer.
    /// - Throws: What ``send(_:)`` throws.
    func put(
        _ location: OutputLocation, headers: [(name: String, value: String)], body: RequestBody
    ) async throws -> S3Response {
        try await send(
            S3Request(
                method: "PUT", bucket: location.bucket, key: location.key, headers: headers, body: body, proof: .tag,
                storesObject: true))
    }

    func delete(_ location: OutputLocation) async throws {
        _ = try await send(S3Request(method: "DELETE", bucket: location.bucket, key: location.key))
    }

    /// Lists one page of a bucket's objects.
    ///
    /// - Parameters:
    ///   - bucket: The bucket.
    ///   - prefix: What the keys start with.
    ///   - delimiter: Keys that hold it behind the prefix are gathered into one prefix each; `nil` for none.
    ///   - limit: How many keys there are on the page at most.
    ///   - token: Where the page before ended.
    /// - Returns: The page.
    /// - Throws: What ``send(_:)`` throws.
    func list(
        bucket: String, prefix: String, delimiter: String? = nil, limit: Int = 1000, after token: String? = nil
    ) async throws -> ListedPage {
        // XML cannot carry every key, so they come percent-encoded.
        var query = [("list-type", "2"), ("max-keys", "\(limit)"), ("prefix", prefix), ("encoding-type", "url")]
        if let delimiter { query.append(("delimiter", delimiter)) }
        if let token { query.append(("continuation-token", token)) }
        let request = S3Request(
            method: "GET", bucket: bucket, query: query.map { (name: $0.0, value: $0.1) },
            expectedDocument: "ListBucketResult")
        guard let document = try await send(request).document else {
            throw S3Failure(kind: .other, message: "the store sent no listing")
        }
        let page = try ListedPage(document, below: prefix)
        if document["IsTruncated"]?.text == "true", page.next == nil {
            throw S3Failure(kind: .other, message: "the store's listing ends without saying how it goes on")
        }
        return page
    }
}

extension S3Client {
    /// Reads the tags of an object.
    ///
    /// - Parameter location: The object.
    /// - Returns: Its tags; none if it has none.
    /// - Throws: What ``send(_:)`` throws: `foreign` or `notImplemented` where a store knows no tags.
    func tags(of location: OutputLocation) async throws -> [String: String] {
        var request = S3Request(
            method: "GET", bucket: location.bucket, key: location.key, query: [("tagging", "")],
            expectedDocument: "Tagging")
        // A store that knows no tags may answer with the object itself.
        if !configuration.isAWS { request.headers.append(("range", "bytes=0-65535")) }
        request.maximumAttempts = Self.attemptsAtDocuments
        let set = try await send(request).document?["TagSet"]?.all("Tag") ?? []
        return Dictionary(set.map { ($0["Key"]?.text ?? "", $0["Value"]?.text ?? "") }) { first, _ in first }
    }

    /// Gives an object other tags than it has.
    ///
    /// A store that knows no tags takes this for an upload, and the object for its document: call it only where
    /// ``tags(of:)`` was answered.
    ///
    /// - Parameters:
    ///   - tags: All tags that it is to have.
    ///   - location: The object.
    /// - Throws: What ``send(_:)`` throws.
    func setTags(_ tags: [String: String], of location: OutputLocation) async throws {
        let elements = tags.sorted { $0.key < $1.key }.map { name, value in
            XMLElement("Tag", [XMLElement("Key", name), XMLElement("Value", value)])
        }
        try await put(
            "Tagging", XMLElement("TagSet", elements).xml, to: "tagging", bucket: location.bucket, key: location.key)
    }

    /// Reads a bucket's lifecycle configuration.
    ///
    /// - Parameter bucket: The bucket.
    /// - Returns: The document, and the header that belongs to it; `nil` if the bucket has none.
    /// - Throws: What ``send(_:)`` throws.
    func lifecycle(of bucket: String) async throws -> (document: XMLElement, minimumSize: String?)? {
        var request = S3Request(
            method: "GET", bucket: bucket, query: [("lifecycle", "")], expectedDocument: "LifecycleConfiguration")
        request.maximumAttempts = Self.attemptsAtDocuments
        do {
            let answer = try await send(request)
            return answer.document.map { ($0, answer[Self.minimumSizeHeader]) }
        } catch let failure as S3Failure where failure.kind == .notFound {
            return nil
        }
    }

    /// Gives a bucket another lifecycle configuration than it has.
    ///
    /// - Parameters:
    ///   - rules: All rules, as XML spells them.
    ///   - minimumSize: The header that was read with the former one, and would be lost without being sent again.
    ///   - bucket: The bucket.
    /// - Throws: What ``send(_:)`` throws.
    func setLifecycle(_ rules: [String], minimumSize: String?, of bucket: String) async throws {
        try await put(
            "LifecycleConfiguration", rules.joined(), to: "lifecycle", bucket: bucket,
            headers: minimumSize.map { [(Self.minimumSizeHeader, $0)] } ?? [])
    }

    private func put(
        _ root: String, _ content: String, to name: String, bucket: String, key: ExactString = "",
        headers: [(name: String, value: String)] = []
    ) async throws {
        let text = #"<\#(root) xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\#(content)</\#(root)>"#
        let bytes = Array(text.utf8)
        let md5 = Insecure.MD5.hash(data: bytes).base64
        _ = try await send(
            S3Request(
                method: "PUT", bucket: bucket, key: key, query: [(name, "")],
                headers: headers + [("content-type", "application/xml"), ("content-md5", md5)],
                body: .bytes(ByteBuffer(bytes: bytes), sha256: String(hexadecimal: SHA256.hash(data: bytes)))))
    }

    /// A store that does not know a request may answer it with 500 for ever.
    private static let attemptsAtDocuments = 5
    /// Which objects transitions pass over, by size: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html>.
    private static let minimumSizeHeader = "x-amz-transition-default-minimum-object-size"
}
