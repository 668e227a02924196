import NIOCore

/// The connections of one event loop: kept while they are good, used again, the latest first.
///
/// Connections of our own on NIO's codecs, and not async-http-client's: small requests take little more than half of
/// the time (see docs/performance.md). Belongs to its event loop.
final class HTTPConnectionPool {
    /// How long a connection is kept without use.
    private static let keptFor = TimeAmount.seconds(15)

    private let loop: any EventLoop
    private let idleTimeout: TimeAmount
    private let tls: TLSContext
    private var idle: [HTTPRoute: [HTTPConnection]] = [:]
    private var busy: [UInt64: (exchange: HTTPExchange, connection: HTTPConnection?)] = [:]
    private var watch: Scheduled<Void>?
    private var isShutDown = false

    /// Prepares a pool.
    ///
    /// - Parameters:
    ///   - loop: The event loop.
    ///   - idleTimeout: How long the other side may be silent in the middle of an exchange.
    ///   - tls: How encrypted connections are made.
    init(loop: any EventLoop, idleTimeout: TimeAmount, tls: TLSContext) {
        self.loop = loop
        self.idleTimeout = idleTimeout
        self.tls = tls
    }

    /// Begins an exchange.
    ///
    /// - Parameters:
    ///   - id: What ``cancel(_:)`` calls it.
    ///   - exchange: The exchange.
    ///   - route: The way to the server.
    func start(_ id: UInt64, _ exchange: HTTPExchange, along route: HTTPRoute) {
        guard !isShutDown else { return exchange.end(.failure(CancellationError())) }
        watchTime()
        while let connection = idle[route]?.popLast() {
            if connection.isActive { return run(id, exchange, on: connection) }
        }
        busy[id] = (exchange, nil)
        HTTPConnector.connect(along: route, on: loop, tls).assumeIsolated().whenComplete { [self] result in
            do {
                let handlers = try result.get().pipeline.syncOperations
                try run(id, exchange, on: handlers.handler(type: HTTPConnection.self))
            } catch {
                busy[id] = nil
                exchange.end(.failure(error))
            }
        }
    }

    /// Ends an exchange, if it is still under way; one that may have been carried out gets time for its answer.
    func cancel(_ id: UInt64) {
        guard let exchange = busy[id]?.exchange else { return }
        guard exchange.isSent, let patience = exchange.request.patience else { return end(id, CancellationError()) }
        loop.assumeIsolated().scheduleTask(in: patience) { self.end(id, TransportError.unanswered) }
    }

    private func end(_ id: UInt64, _ error: any Error) {
        guard let (exchange, connection) = busy[id] else { return }
        if let connection { connection.fail(error) } else { exchange.end(.failure(error)) }
    }

    func shutdown() {
        isShutDown = true
        watch?.cancel()
        for id in busy.keys { end(id, CancellationError()) }
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
        idle[connection.route, default: []].append(connection)
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
                let error = TransportError(.timeout, "the exchange took too long")
                if let connection { connection.fail(error) } else { exchange.end(.failure(error)) }
            } else if let connection, now - connection.lastActivity >= idleTimeout {
                connection.fail(
                    TransportError(.timeout, "no answer for \(idleTimeout.nanoseconds / 1_000_000_000) s"))
            }
        }
        for (route, connections) in idle {
            idle[route] = connections.filter { connection in
                if now - connection.lastActivity < Self.keptFor { return connection.isActive }
                connection.close()
                return false
            }
        }
    }
}
