import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Carries requests: a pool of connections for each of one or two event loop threads.
///
/// Every answer is read to its end, since a connection whose answer is dropped is closed.
package final class HTTPTransport: Sendable {
    /// How connections are made.
    package struct Configuration: Sendable {
        /// The file of certificates to trust besides the system's.
        package var caBundle: String?
        /// Which servers are reached through which proxy.
        package var proxies = ProxySettings()
        /// How long each step of making a connection may take.
        package var connectTimeout = Duration.seconds(10)
        /// How long either side may be silent in the middle of an exchange.
        package var idleTimeout = Duration.seconds(60)
        /// How many threads carry connections at most.
        package var maximumThreads = 2

        package init() {}
    }

    private let group: MultiThreadedEventLoopGroup
    private let executors: [LoopExecutor]
    private let pools: [ObjectIdentifier: NIOLoopBoundBox<HTTPConnectionPool>]
    private let proxies: ProxySettings
    private let connectTimeout: Duration
    private let lastExchange = Atomic<UInt64>(0)
    private let lastTurn = Atomic<UInt64>(0)

    /// Starts the event loops; nothing is connected yet.
    ///
    /// - Parameter configuration: How connections are made.
    package init(_ configuration: Configuration) {
        let group = MultiThreadedEventLoopGroup(
            numberOfThreads: max(1, min(System.coreCount, configuration.maximumThreads)))
        self.group = group
        proxies = configuration.proxies
        connectTimeout = configuration.connectTimeout
        executors = group.makeIterator().map { LoopExecutor($0) }
        let tls = TLSContext(caBundle: configuration.caBundle)
        pools = Dictionary(
            uniqueKeysWithValues: executors.map { executor in
                let pool = HTTPConnectionPool(
                    loop: executor.loop, idleTimeout: TimeAmount(configuration.idleTimeout), tls: tls)
                return (
                    ObjectIdentifier(executor.loop),
                    NIOLoopBoundBox.makeBoxSendingValue(pool, eventLoop: executor.loop)
                )
            })
    }

    /// Closes all connections and ends the event loops' threads.
    ///
    /// Not to be used after that.
    package func shutdown() async {
        for executor in executors {
            guard let pool = pools[ObjectIdentifier(executor.loop)] else { continue }
            try? await executor.loop.submit { pool.value.shutdown() }.get()
        }
        // Fails only if it was shut down before, which is what was asked for.
        try? await group.shutdownGracefully()
    }

    /// The thread of an event loop, each in its turn.
    ///
    /// - Returns: An executor for tasks that mostly wait for requests. They must not block for long.
    package func nextExecutor() -> any TaskExecutor {
        let turn = lastTurn.add(1, ordering: .relaxed).newValue
        return executors[Int(turn % UInt64(executors.count))]
    }

    /// Carries one request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - timeout: The longest that the whole exchange may take.
    ///   - sink: Where the body of a success goes, if not into the answer.
    ///   - isDirect: Whether no proxy leads there, whatever the settings say.
    /// - Returns: The complete answer.
    /// - Throws: ``TransportError``, what the body or the sink throws, or `CancellationError` when the task was
    ///   cancelled.
    package func execute(
        _ request: HTTPRequest, timeout: Duration, sink: (any BodySink)? = nil, isDirect: Bool = false
    ) async throws -> HTTPResponse {
        try Task.checkCancellation()
        try request.checkHeaders()
        let route = HTTPRoute(
            origin: request.origin, proxy: isDirect ? nil : try proxy(for: request.origin),
            connectTimeout: connectTimeout)
        let answer = try await carry(request, along: route, timeout: timeout, sink)
        if answer.status == 407, route.isForwarded, let proxy = route.proxy {
            throw proxy.refusal(status: 407, "Proxy Authentication Required", to: request.origin)
        }
        return answer
    }

    private func carry(
        _ request: HTTPRequest, along route: HTTPRoute, timeout: Duration, _ sink: (any BodySink)?
    ) async throws -> HTTPResponse {
        let loop = group.any()
        guard let pool = pools[ObjectIdentifier(loop)] else { preconditionFailure("every event loop has a pool") }
        let id = lastExchange.add(1, ordering: .relaxed).newValue
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        let cancel: @Sendable () -> Void = { loop.execute { pool.value.cancel(id) } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let start: @Sendable () -> Void = {
                    pool.value.start(
                        id, HTTPExchange(request, into: sink, deadline: deadline, continuation), along: route)
                }
                if loop.inEventLoop { start() } else { loop.execute(start) }
                // A cancellation from before the start found nothing to cancel.
                if Task.isCancelled { cancel() }
            }
        } onCancel: {
            cancel()
        }
    }

    private func proxy(for origin: HTTPOrigin) throws(TransportError) -> ProxyServer? {
        do {
            return try proxies.proxy(for: origin)
        } catch {
            throw TransportError(.unsendable, error.message, hint: error.hint)
        }
    }
}

extension String {
    /// Whether it holds a byte that no header may hold.
    fileprivate var holdsControlBytes: Bool {
        var text = self
        return text.withUTF8 { bytes in
            // Without an early end, the processor looks at several bytes at once.
            var found: UInt8 = 0
            for index in bytes.indices {
                let byte = unsafe bytes[index]
                found |= byte < 0x20 && byte != 0x09 || byte == 0x7F ? 1 : 0
            }
            return found != 0
        }
    }
}

extension HTTPRequest {
    /// Makes sure that no header holds what would end it, or what servers refuse (RFC 9110, section 5.5).
    fileprivate func checkHeaders() throws(TransportError) {
        for (name, value) in headers {
            guard !value.holdsControlBytes else {
                throw TransportError(
                    .unsendable, "the header \(name) would hold a line feed or another control character")
            }
        }
    }
}
