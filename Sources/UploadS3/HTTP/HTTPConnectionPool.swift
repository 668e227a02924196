import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The connections of one event loop: kept while they are good, used again, the latest first.
///
/// A connection of our own on NIO's codecs, and not async-http-client's: small requests take little more than half of
/// the time (see docs/performance.md). Requests through a proxy, and those to credential services, still use
/// async-http-client. Belongs to its event loop.
final class HTTPConnectionPool {
    /// How long a connection is kept without use.
    private static let keptFor = TimeAmount.seconds(15)

    /// The most bytes that are read at once: downloads of large objects get there.
    private static let longestRead = 256 << 10

    private let loop: any EventLoop
    private let connectTimeout: TimeAmount
    private let idleTimeout: TimeAmount
    private let tls: TLSContext
    private var idle: [HTTPOrigin: [HTTPConnection]] = [:]
    private var busy: [UInt64: (exchange: HTTPExchange, connection: HTTPConnection?)] = [:]
    private var watch: Scheduled<Void>?
    private var isShutDown = false

    /// Prepares a pool.
    ///
    /// - Parameters:
    ///   - loop: The event loop.
    ///   - connectTimeout: How long making a connection may take.
    ///   - idleTimeout: How long the other side may be silent in the middle of an exchange.
    ///   - tls: How encrypted connections are made.
    init(loop: any EventLoop, connectTimeout: TimeAmount, idleTimeout: TimeAmount, tls: TLSContext) {
        self.loop = loop
        self.connectTimeout = connectTimeout
        self.idleTimeout = idleTimeout
        self.tls = tls
    }

    /// Begins an exchange.
    ///
    /// - Parameters:
    ///   - id: What ``cancel(_:)`` calls it.
    ///   - exchange: The exchange.
    func start(_ id: UInt64, _ exchange: HTTPExchange) {
        guard !isShutDown else { return exchange.end(.failure(CancellationError())) }
        watchTime()
        while let connection = idle[exchange.request.origin]?.popLast() {
            if connection.isActive { return run(id, exchange, on: connection) }
        }
        busy[id] = (exchange, nil)
        connect(to: exchange.request.origin) { [self] result in
            switch result {
            case .success(let connection): run(id, exchange, on: connection)
            case .failure(let error):
                busy[id] = nil
                exchange.end(.failure(TransportError(error)))
            }
        }
    }

    /// Ends an exchange, if it is still under way.
    func cancel(_ id: UInt64) {
        guard let (exchange, connection) = busy[id] else { return }
        if let connection { connection.fail(CancellationError()) } else { exchange.end(.failure(CancellationError())) }
    }

    /// Closes all connections.
    func shutdown() {
        isShutDown = true
        watch?.cancel()
        for id in busy.keys { cancel(id) }
        for connection in idle.values.joined() { connection.close() }
        idle = [:]
    }

    private func run(_ id: UInt64, _ exchange: HTTPExchange, on connection: HTTPConnection) {
        guard !exchange.isOver, !isShutDown else {
            // Nobody waits any more: another may use the connection.
            busy[id] = nil
            return keep(connection)
        }
        busy[id] = (exchange, connection)
        connection.onEnd = { [self] connection, canContinue in
            busy[id] = nil
            if canContinue { keep(connection) }
        }
        connection.start(exchange)
    }

    private func keep(_ connection: HTTPConnection) {
        guard !isShutDown else { return connection.close() }
        connection.onEnd = { _, _ in }
        idle[connection.origin, default: []].append(connection)
    }

    private func connect(to origin: HTTPOrigin, then use: @escaping (Result<HTTPConnection, any Error>) -> Void) {
        let tls = tls
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2 << 10, initial: 2 << 10, maximum: Self.longestRead)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handlers = channel.pipeline.syncOperations
                    if origin.isEncrypted {
                        let name = origin.hasAddress ? nil : origin.host
                        try handlers.addHandler(
                            NIOSSLClientHandler(context: tls.context(), serverHostname: name))
                    }
                    try handlers.addHTTPClientHandlers()
                    try handlers.addHandler(HTTPConnection(to: origin))
                }
            }
        bootstrap.connect(host: origin.host, port: origin.effectivePort).assumeIsolated().whenComplete { result in
            use(
                result.flatMap { channel in
                    Result { try channel.pipeline.syncOperations.handler(type: HTTPConnection.self) }
                })
        }
    }
}

// MARK: - Time

extension HTTPConnectionPool {
    /// Looks after time limits, once for all connections: a timer for each request would cost more than the rest.
    private func watchTime() {
        guard watch == nil, !isShutDown else { return }
        let interval = min(TimeAmount.seconds(1), .nanoseconds(max(idleTimeout.nanoseconds / 4, 1_000_000)))
        watch = loop.assumeIsolated().scheduleTask(in: interval) { [weak self] in
            self?.watch = nil
            self?.checkTime()
            self?.watchTime()
        }
    }

    private func checkTime() {
        let now = NIODeadline.now()
        for (exchange, connection) in busy.values {
            if now >= exchange.deadline {
                let error = TransportError.timeout("the exchange took too long")
                if let connection { connection.fail(error) } else { exchange.end(.failure(error)) }
            } else if let connection, now - connection.lastActivity >= idleTimeout {
                connection.fail(TransportError.timeout("no answer for \(idleTimeout.nanoseconds / 1_000_000_000) s"))
            }
        }
        for (origin, connections) in idle {
            idle[origin] = connections.filter { connection in
                if now - connection.lastActivity < Self.keptFor { return connection.isActive }
                connection.close()
                return false
            }
        }
    }
}

extension TransportError {
    fileprivate static func timeout(_ message: String) -> TransportError {
        TransportError(isTimeout: true, isTransient: true, message: message)
    }
}
