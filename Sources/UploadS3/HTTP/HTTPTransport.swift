import AsyncHTTPClient
import HTTPProxy
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import UploadExecution

/// Carries requests: a pool of connections for each of one or two event loop threads, and async-http-client for requests
/// through a proxy and to credential services.
///
/// Every answer is read to its end, since a connection whose answer is dropped is closed.
final class HTTPTransport: Sendable {
    /// How connections are made.
    struct Configuration: Sendable {
        /// The file of certificates to trust besides the system's.
        var caBundle: String?
        /// Which hosts are reached through which proxy.
        var proxies = ProxySettings()
        /// How long making a connection may take.
        var connectTimeout = Duration.seconds(10)
        /// How long either side may be silent in the middle of an exchange.
        var idleTimeout = Duration.seconds(60)
        /// How many connections lead through a proxy at most.
        var maximumConnections = 256
    }

    private let group: MultiThreadedEventLoopGroup
    private let executors: [LoopExecutor]
    private let pools: [ObjectIdentifier: NIOLoopBoundBox<HTTPConnectionPool>]
    private let direct: HTTPClient
    private let proxied: HTTPClient?
    private let proxies: ProxySettings
    private let lastExchange = Atomic<UInt64>(0)
    private let lastTurn = Atomic<UInt64>(0)

    /// Starts the event loops; nothing is connected yet.
    ///
    /// - Parameter configuration: How connections are made.
    init(_ configuration: Configuration) {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: min(System.coreCount, 2))
        self.group = group
        proxies = configuration.proxies
        direct = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration.client(proxy: nil))
        proxied = configuration.proxies.proxy.map {
            HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration.client(proxy: $0))
        }
        executors = group.makeIterator().map { LoopExecutor($0) }
        let tls = TLSContext(configuration.tls)
        pools = Dictionary(
            uniqueKeysWithValues: executors.map { executor in
                let pool = HTTPConnectionPool(
                    loop: executor.loop, connectTimeout: TimeAmount(configuration.connectTimeout),
                    idleTimeout: TimeAmount(configuration.idleTimeout), tls: tls)
                return (
                    ObjectIdentifier(executor.loop),
                    NIOLoopBoundBox.makeBoxSendingValue(pool, eventLoop: executor.loop)
                )
            })
    }

    /// Closes all connections and ends the event loops' threads.
    ///
    /// Not to be used after that.
    func shutdown() async {
        for executor in executors {
            guard let pool = pools[ObjectIdentifier(executor.loop)] else { continue }
            try? await executor.loop.submit { pool.value.shutdown() }.get()
        }
        // Both fail only when they were shut down before, which is what was asked for.
        try? await direct.shutdown()
        try? await proxied?.shutdown()
        try? await group.shutdownGracefully()
    }

    /// The thread of an event loop, each in its turn.
    ///
    /// - Returns: An executor for tasks that mostly wait for requests. They must not block for long.
    func nextExecutor() -> any TaskExecutor {
        let turn = lastTurn.add(1, ordering: .relaxed).newValue
        return executors[Int(turn % UInt64(executors.count))]
    }

    /// Carries one request over a connection of our own, or through the proxy.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - timeout: The longest that the whole exchange may take.
    ///   - sink: Where the body of a success goes, if not into the answer.
    /// - Returns: The complete answer.
    /// - Throws: ``TransportError``, ``UploadError`` if the body cannot be read or the sink cannot write it, or
    ///   `CancellationError` when the task was cancelled.
    func execute(_ request: HTTPRequest, timeout: Duration, sink: (any BodySink)? = nil) async throws -> HTTPAnswer {
        guard !proxies.usesProxy(for: request.origin.host) else {
            return try await execute(
                HTTPClientRequest(request), host: request.origin.host, timeout: timeout, sink: sink)
        }
        try Task.checkCancellation()
        let loop = group.any()
        guard let pool = pools[ObjectIdentifier(loop)] else { preconditionFailure("every event loop has a pool") }
        let id = lastExchange.add(1, ordering: .relaxed).newValue
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        let cancel: @Sendable () -> Void = { loop.execute { pool.value.cancel(id) } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let start: @Sendable () -> Void = {
                    pool.value.start(id, HTTPExchange(request, into: sink, deadline: deadline, continuation))
                }
                if loop.inEventLoop { start() } else { loop.execute(start) }
                // A cancellation from before the start found nothing to cancel.
                if Task.isCancelled { cancel() }
            }
        } onCancel: {
            cancel()
        }
    }

    /// Carries one request that async-http-client knows more about: proxies and credential services.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - host: The host of its URL, to decide whether a proxy is used; `nil` for none.
    ///   - timeout: The longest that the whole exchange may take.
    ///   - sink: Where the body of a success goes, if not into the answer.
    /// - Returns: The complete answer.
    /// - Throws: ``TransportError``, `CancellationError` when the task was cancelled, and what the sink throws.
    func execute(
        _ request: HTTPClientRequest, host: String?, timeout: Duration, sink: (any BodySink)? = nil
    ) async throws -> HTTPAnswer {
        let usesProxy = host.map { proxies.usesProxy(for: $0) } ?? false
        let client = usesProxy ? proxied ?? direct : direct
        do {
            let response = try await client.execute(request, timeout: TimeAmount(timeout))
            var answer = HTTPAnswer(status: Int(response.status.code), headers: response.headers, body: [])
            for try await part in response.body { try answer.take(part, into: sink) }
            return answer
        } catch let error as TransportError {
            throw error
        } catch let error as UploadError {
            throw error
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw TransportError(error)
        }
    }
}

extension HTTPClientRequest {
    /// The same request for async-http-client.
    fileprivate init(_ request: HTTPRequest) {
        self.init(url: request.url)
        method = request.method
        headers = request.headers
        switch request.body {
        case .none: break
        case .bytes(let buffer): body = .bytes(buffer)
        case .file(let stream): body = .stream(stream, length: .known(stream.part.byteCount))
        }
    }
}

extension HTTPTransport.Configuration {
    /// How encrypted connections are made.
    fileprivate var tls: TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let caBundle { tls.additionalTrustRoots = [.file(caBundle)] }
        return tls
    }

    fileprivate func client(proxy: HTTPClient.Configuration.Proxy?) -> HTTPClient.Configuration {
        var client = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(
                connect: TimeAmount(connectTimeout), read: TimeAmount(idleTimeout), write: TimeAmount(idleTimeout)),
            connectionPool: .init(
                idleTimeout: .seconds(15), concurrentHTTP1ConnectionsPerHostSoftLimit: maximumConnections),
            proxy: proxy, decompression: .disabled)
        client.httpVersion = .http1Only
        // What a retry is, and what it costs, is decided above this layer.
        client.connectionPool.retryConnectionEstablishment = false
        return client
    }
}
