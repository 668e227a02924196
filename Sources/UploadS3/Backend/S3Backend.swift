import FoundationEssentials
import HTTPConnections
public import RunLifetime
public import RunOutputs
import Synchronization
public import UploadExecution
import UploadPlanning

/// Uploads to S3, or to a store that speaks its language.
///
/// One event loop thread and one pool of connections serve all uploads; call ``shutdown()`` when the last has ended.
public final class S3Backend: UploadBackend {
    /// Something that the user should know although nothing failed.
    public struct Notice: Hashable, Sendable {
        /// What it is, in one line.
        public var message: String
        /// What to do about it, if there is something.
        public var hint: String?
    }

    let client: S3Client
    /// How the store is reached and used.
    public let configuration: S3Configuration
    let conditions: ConditionalWriteProbe
    let known: DestinationListing
    let sources = SourceDirectories()
    /// What the entity tags of parts mean here.
    let partTags = Atomic<PartTags>(.unknown)
    /// How many downloads are under way.
    let downloads = Atomic<Int>(0)
    /// Whether the server was seen to answer a request for a part with the whole object.
    let ignoresRanges = Atomic<Bool>(false)
    private let refusalBreaker = RefusalBreaker()
    private let noted: Mutex<[Notice]>

    /// Makes a backend that looks for credentials where the AWS SDKs look.
    ///
    /// - Parameters:
    ///   - configuration: How the store is reached and used.
    ///   - chain: Where credentials come from.
    ///   - time: Clocks and chance.
    public convenience init(
        configuration: S3Configuration, credentials chain: CredentialsChain, time: TimeSource = .system
    ) {
        let transport = HTTPTransport(configuration.transport)
        self.init(configuration, chain.provider(transport: transport, time: time), transport, time)
    }

    /// Makes a backend with credentials of the caller's.
    ///
    /// - Parameters:
    ///   - configuration: How the store is reached and used.
    ///   - provider: Where credentials come from.
    ///   - time: Clocks and chance.
    public convenience init(
        configuration: S3Configuration, provider: any CredentialsProvider, time: TimeSource = .system
    ) {
        self.init(configuration, provider, HTTPTransport(configuration.transport), time)
    }

    private init(
        _ configuration: S3Configuration, _ provider: any CredentialsProvider, _ transport: HTTPTransport,
        _ time: TimeSource
    ) {
        self.configuration = configuration
        client = S3Client(configuration, credentials: provider, transport: transport, time: time)
        conditions = ConditionalWriteProbe(client)
        known = DestinationListing(client)
        noted = Mutex([])
    }

    /// Where the store answers.
    public var displayName: String { configuration.endpoint.url ?? "S3" }

    /// What the user should know although nothing failed, in the order in which it was found out.
    public var notices: [Notice] { noted.withLock { $0 } }

    /// Closes all connections.
    ///
    /// No upload may be under way, and none may follow.
    public func shutdown() async { await client.transport.shutdown() }

    /// Stores one object.
    ///
    /// - Parameters:
    ///   - request: The object, its destination and properties.
    ///   - progress: Told how many more bytes have been sent.
    /// - Returns: What was done.
    /// - Throws: ``StoreError``; ``UnknownOutcome`` if the object may have been stored or not; `CancellationError` when
    ///   the task was cancelled.
    public func upload(
        _ request: UploadRequest, progress: @escaping @Sendable (Int64) -> Void
    ) async throws -> UploadReceipt {
        try refusalBreaker.check()
        let error: StoreError
        do {
            let receipt = try await ObjectUpload(self, request, progress).run()
            refusalBreaker.succeeded()
            return receipt
        } catch let failure as S3Failure {
            error = failure.storeError(action: "s3:PutObject", at: request.destination)
        } catch let failure as StoreError {
            error = failure
        }
        refusalBreaker.failed(error)
        throw error
    }

    /// Begins to list what is at the destinations that must not be overwritten.
    public func prepare(for destinations: [OutputLocation]) { known.prepare(for: destinations) }

    /// A few more uploads than requests may run: the next requests are ready while files are opened and hashed.
    public var concurrency: Int {
        let limit = client.gate.limit
        return limit + limit / 4
    }

    /// What is sent in one request from memory: hashing a larger file would hold up the thread of the connections.
    public func isBrief(byteCount: Int64) -> Bool { byteCount <= UploadContent.inMemoryLimit }

    /// The thread of some connections.
    public func nextExecutor() -> (any TaskExecutor)? { client.transport.nextExecutor() }

    /// Tells the user something once.
    func note(_ notice: Notice) {
        noted.withLock { noted in
            if !noted.contains(notice) { noted.append(notice) }
        }
    }
}

extension S3Backend {
    /// Asks what an upload would find, without changing anything.
    ///
    /// Anonymous requests are made where there are no credentials: what is public can be compared all the same.
    ///
    /// - Parameter request: The upload.
    /// - Returns: What is at its destination.
    /// - Throws: ``StoreError``, or `CancellationError` when the task was cancelled.
    public func compare(_ request: UploadRequest) async throws -> ObjectComparison {
        do {
            guard let head = try await client.head(request.destination) else { return .absent }
            guard head.size == request.body.byteCount else {
                return .different("it has \(head.size) bytes, the file has \(request.body.byteCount)")
            }
            let upload = ObjectUpload(self, request) { _ in }
            switch try await upload.compare(head, UploadContent(request.body, in: sources)) {
            case .identical: return .identical
            case .different(let how): return .different(how)
            case .undecided(let why), .disputed(sha256: let why): return .undecided(why)
            }
        } catch let failure as S3Failure {
            throw failure.storeError(action: "s3:GetObject", at: request.destination)
        }
    }

    /// Compares an object with a file by the checksums that the store keeps.
    ///
    /// - Parameters:
    ///   - body: The content.
    ///   - location: The object.
    /// - Returns: What is there.
    /// - Throws: ``StoreError``, or `CancellationError` when the task was cancelled.
    public func compare(_ body: UploadBody, with location: OutputLocation) async throws -> ObjectComparison {
        try await compare(UploadRequest(body: body, destination: location, contentType: ""))
    }
}

extension S3Backend: TaggedBackend {
    /// Reads the tags of an object.
    ///
    /// - Parameter location: The object.
    /// - Returns: All of them.
    /// - Throws: ``StoreError``, also if the store keeps no tags; `CancellationError`.
    public func tags(of location: OutputLocation) async throws -> [String: String] {
        do {
            return try await client.tags(of: location)
        } catch let failure as S3Failure {
            var error = failure.storeError(action: "s3:GetObjectTagging", at: location)
            if failure.kind == .notFound { error.code = .notFound }
            throw error
        }
    }

    /// Gives an object other tags; see ``TaggedBackend/setTags(_:of:)``.
    ///
    /// - Parameters:
    ///   - tags: All tags that it is to have.
    ///   - location: The object.
    /// - Throws: ``StoreError``; `CancellationError`.
    public func setTags(_ tags: [String: String], of location: OutputLocation) async throws {
        do {
            try await client.setTags(tags, of: location)
        } catch let failure as S3Failure {
            throw failure.storeError(action: "s3:PutObjectTagging", at: location)
        }
    }
}

extension S3Backend {
    /// The lifecycle configuration of a bucket.
    public struct Lifecycle: Hashable, Sendable {
        /// The rules, in their order.
        public var rules: [BucketRule]
        /// What belongs to the configuration and is not a rule.
        var minimumSize: String?
    }

    /// Reads a bucket's lifecycle configuration.
    ///
    /// - Parameter bucket: The bucket.
    /// - Returns: The configuration, without rules if the bucket has none.
    /// - Throws: ``StoreError``; `CancellationError`.
    public func lifecycle(of bucket: String) async throws -> Lifecycle {
        do {
            guard let found = try await client.lifecycle(of: bucket) else { return Lifecycle(rules: []) }
            return Lifecycle(
                rules: found.document.all("Rule").map { BucketRule($0) }, minimumSize: found.minimumSize)
        } catch let failure as S3Failure {
            throw failure.storeError(
                action: "s3:GetLifecycleConfiguration", at: OutputLocation(bucket: bucket, key: ""))
        }
    }

    /// Replaces the rules of a bucket's lifecycle configuration, and reads them again.
    ///
    /// S3 knows no condition for this: what somebody else changes at the same time is lost.
    ///
    /// - Parameters:
    ///   - rules: All rules, as XML spells them.
    ///   - former: The configuration as it was read.
    ///   - bucket: The bucket.
    /// - Returns: The configuration that the bucket has now.
    /// - Throws: ``StoreError``; `CancellationError`.
    public func setLifecycle(_ rules: [String], over former: Lifecycle, of bucket: String) async throws -> Lifecycle {
        do {
            try await client.setLifecycle(rules, minimumSize: former.minimumSize, of: bucket)
        } catch let failure as S3Failure {
            throw failure.storeError(
                action: "s3:PutLifecycleConfiguration", at: OutputLocation(bucket: bucket, key: ""))
        }
        return try await lifecycle(of: bucket)
    }
}

extension BucketRule {
    /// Reads a `Rule` of a `LifecycleConfiguration`:
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html>.
    fileprivate init(_ rule: XMLElement) {
        let filter = rule["Filter"]
        let and = filter?["And"]
        let tags = (filter?.all("Tag") ?? []) + (and?.all("Tag") ?? [])
        let limits = (filter?.children ?? []) + (and?.children ?? [])
        let looksElsewhere =
            limits.contains { !["Tag", "And", "Prefix"].contains($0.name) || $0.name == "Prefix" && !$0.text.isEmpty }
            || rule["Prefix"]?.text.isEmpty == false
        let known: Set = ["ID", "Status", "Filter", "Expiration", "Prefix"]
        let doesMore =
            rule.children.contains { !known.contains($0.name) }
            || rule["Expiration"]?.children.contains { $0.name != "Days" } == true
        self.init(
            id: rule["ID"]?.text ?? "", xml: rule.xml, isEnabled: rule["Status"]?.text == "Enabled",
            tags: Dictionary(tags.map { ($0["Key"]?.text ?? "", $0["Value"]?.text ?? "") }) { first, _ in first },
            days: rule["Expiration"]?["Days"].flatMap { Int($0.text) }, isOtherwise: looksElsewhere || doesMore)
    }
}

extension S3Backend: ArtifactBackend {
    /// Lists the objects below a prefix, a thousand to a request.
    ///
    /// Anonymous requests are made where there are no credentials: what is public can be read all the same.
    ///
    /// - Parameters:
    ///   - prefix: The prefix without a trailing slash; an empty key for the whole bucket.
    ///   - depth: How deep to look.
    /// - Returns: The listing.
    public func list(_ prefix: OutputLocation, _ depth: ListingDepth) -> ObjectListing {
        let start = prefix.key.text.isEmpty ? "" : prefix.key.text + "/"
        return ObjectListing(below: prefix, depth) { token in
            do {
                let page = try await self.client.list(
                    bucket: prefix.bucket, prefix: start, delimiter: depth == .oneLevel ? "/" : nil, after: token)
                return ObjectListing.Page(entries: page.entries(in: prefix.bucket, below: start), next: page.next)
            } catch let failure as S3Failure {
                throw failure.readError(at: OutputLocation(bucket: prefix.bucket, key: ""))
            }
        }
    }

    /// Asks the store for size, entity tag and checksums of an object.
    ///
    /// - Parameter location: The object.
    /// - Returns: What the store says of it, or `nil` if it says that there is nothing.
    /// - Throws: ``StoreError``, also where the store hides from these credentials whether there is something;
    ///   `CancellationError`.
    public func head(_ location: OutputLocation) async throws -> StoredObject? {
        do {
            return try await client.head(location).map { StoredObject(location, $0) }
        } catch let failure as S3Failure {
            throw failure.readError(at: location)
        }
    }
}

extension ListedPage {
    /// The entries in the order of their keys, without the empty objects that stand for directories.
    fileprivate func entries(in bucket: String, below start: String) -> [ListingEntry] {
        var entries: [(key: ExactString, entry: ListingEntry)] = []
        for object in objects where object.key.text.utf8.last != UInt8(ascii: "/") {
            let location = OutputLocation(bucket: bucket, key: object.key)
            entries.append((object.key, .object(StoredObject(location, object))))
        }
        guard !prefixes.isEmpty else { return entries.map(\.entry) }
        for prefix in prefixes {
            let key = ExactString(String(decoding: prefix.text.utf8.dropLast(), as: UTF8.self))
            entries.append((prefix, .prefix(OutputLocation(bucket: bucket, key: key))))
        }
        return entries.sorted { $0.key < $1.key }.map(\.entry)
    }
}

extension StoredObject {
    fileprivate init(_ location: OutputLocation, _ object: ListedObject) {
        self.init(
            location: location, size: object.size, etag: object.etag,
            modified: object.modified.map(\.nanosecondsSince1970))
    }

    init(_ location: OutputLocation, _ head: ObjectHead) {
        self.init(
            location: location, size: head.size, etag: head.etag, modified: head.modified.map(\.nanosecondsSince1970),
            sha256: head.sha256, crc32: head.isCRC32Verified || head.isTagOpaque ? head.crc32 : nil)
    }
}

extension Date {
    /// The moment in nanoseconds since 1970, to the second as stores tell it.
    fileprivate var nanosecondsSince1970: Int64 { Int64(timeIntervalSince1970.rounded(.down)) * 1_000_000_000 }
}
