import FoundationEssentials
import HTTPConnections
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

    /// Begins to list what stands at the destinations that must not be overwritten.
    public func prepare(for destinations: [OutputLocation]) { known.prepare(for: destinations) }

    /// A few more uploads than requests may run: the next requests stand ready while files are opened and hashed.
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
