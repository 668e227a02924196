import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOTLS

/// Makes connections: to the server or its proxy, through the proxy's tunnel, and through the handshake of TLS.
enum HTTPConnector {
    /// The most bytes that are read at once: downloads of large objects get there.
    private static let longestRead = 256 << 10

    /// Makes a connection.
    ///
    /// - Parameters:
    ///   - route: The way.
    ///   - loop: The event loop that it will belong to.
    ///   - tls: How encrypted connections are made.
    /// - Returns: A channel whose last handler is an ``HTTPConnection``; or ``TransportError``.
    static func connect(along route: HTTPRoute, on loop: any EventLoop, _ tls: TLSContext) -> EventLoopFuture<
        any Channel
    > {
        let hop = route.nextHop
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(route.connectTimeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2 << 10, initial: 2 << 10, maximum: longestRead))
        return bootstrap.connect(host: hop.host, port: hop.port).flatMap { channel in
            openTunnel(channel, route)
                .flatMap { shakeHands(channel, route, tls) }
                .flatMapThrowing { () -> any Channel in
                    let handlers = channel.pipeline.syncOperations
                    // Headers are checked, and have the length of the body, before they come here.
                    var encoding = HTTPRequestEncoder.Configuration()
                    encoding.automaticallySetFramingHeaders = false
                    try handlers.addHTTPClientHandlers(
                        enableOutboundHeaderValidation: false, encoderConfiguration: encoding)
                    try handlers.addHandler(HTTPConnection(along: route))
                    return channel
                }
                .flatMapErrorThrowing { error in
                    channel.close(promise: nil)
                    throw error
                }
        }
        .flatMapErrorThrowing { throw TransportError(connecting: $0, along: route) }
    }

    /// Lets the proxy open a tunnel to the server, if the way leads through one.
    private static func openTunnel(_ channel: any Channel, _ route: HTTPRoute) -> EventLoopFuture<Void> {
        guard let proxy = route.proxy, !route.isForwarded else { return channel.eventLoop.makeSucceededVoidFuture() }
        let opened = channel.eventLoop.makePromise(of: Void.self)
        let step = StepTimer(opened, on: channel.eventLoop, route.connectTimeout) {
            TransportError(.unreachable, "\(proxy) did not answer within \(route.connectTimeout)")
        }
        do {
            let handlers = channel.pipeline.syncOperations
            let encoder = HTTPRequestEncoder()
            let decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes))
            let tunnel = ProxyTunnel(to: route.origin, through: proxy, opened)
            try handlers.addHandlers([encoder, decoder, tunnel])
            return step.result.assumeIsolated().flatMap {
                handlers.removeHandler(tunnel)
                    .and(handlers.removeHandler(decoder)).and(handlers.removeHandler(encoder)).map { _ in }
            }.nonisolated()
        } catch {
            opened.fail(error)
            return step.result
        }
    }

    /// Waits for the handshake of TLS, if the server wants one.
    private static func shakeHands(
        _ channel: any Channel, _ route: HTTPRoute, _ tls: TLSContext
    ) -> EventLoopFuture<Void> {
        guard route.origin.isEncrypted else { return channel.eventLoop.makeSucceededVoidFuture() }
        let done = channel.eventLoop.makePromise(of: Void.self)
        let step = StepTimer(done, on: channel.eventLoop, route.connectTimeout) {
            TransportError(
                .unreachable, "the TLS handshake did not end within \(route.connectTimeout)",
                hint: "does that port speak TLS?")
        }
        do {
            let handler = try NIOSSLClientHandler(
                context: tls.context(), serverHostname: route.origin.hasAddress ? nil : route.origin.host)
            try channel.pipeline.syncOperations.addHandlers([handler, HandshakeWatch(handler, done)])
        } catch {
            done.fail(TransportError(settingUp: error))
        }
        return step.result
    }
}

/// Ends one step of making a connection when it takes too long.
private struct StepTimer {
    /// How the step ended.
    let result: EventLoopFuture<Void>

    init(
        _ step: EventLoopPromise<Void>, on loop: any EventLoop, _ timeout: Duration,
        _ error: @escaping @Sendable () -> TransportError
    ) {
        let timer = loop.scheduleTask(in: TimeAmount(timeout)) { step.fail(error()) }
        result = step.futureResult.always { _ in timer.cancel() }
    }
}

/// Asks a proxy for a tunnel to a server (RFC 9110, section 9.3.6).
private final class ProxyTunnel: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let origin: HTTPOrigin
    private let proxy: ProxyServer
    private let opened: EventLoopPromise<Void>

    /// Prepares the request.
    ///
    /// - Parameters:
    ///   - origin: The server.
    ///   - proxy: The proxy.
    ///   - opened: Told when the tunnel is there, or why it is not.
    init(to origin: HTTPOrigin, through proxy: ProxyServer, _ opened: EventLoopPromise<Void>) {
        self.origin = origin
        self.proxy = proxy
        self.opened = opened
    }

    func handlerAdded(context: ChannelHandlerContext) {
        var head = HTTPRequestHead(version: .http1_1, method: .CONNECT, uri: origin.address)
        head.headers = ["host": origin.address, "user-agent": "therock-upload"]
        if let authorization = proxy.authorization {
            head.headers.add(name: "proxy-authorization", value: authorization)
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head) where !(200..<300 ~= head.status.code):
            opened.fail(proxy.refusal(status: Int(head.status.code), head.status.reasonPhrase, to: origin))
        case .head, .body: break
        case .end: opened.succeed()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { opened.fail(error) }

    func channelInactive(context: ChannelHandlerContext) {
        opened.fail(TransportError(.unreachable, "\(proxy) closed the connection before its answer was complete"))
        context.fireChannelInactive()
    }
}

/// Tells how the handshake of TLS ends.
private final class HandshakeWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let handler: NIOSSLClientHandler
    private let done: EventLoopPromise<Void>

    init(_ handler: NIOSSLClientHandler, _ done: EventLoopPromise<Void>) {
        self.handler = handler
        self.done = done
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        guard case .handshakeCompleted = event as? TLSUserEvent else { return }
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
        done.succeed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let validity = handler.peerCertificate.map { (from: Int($0.notValidBefore), to: Int($0.notValidAfter)) }
        done.fail(TransportError(handshake: error, validity: validity))
    }

    func channelInactive(context: ChannelHandlerContext) {
        done.fail(
            TransportError(
                .unreachable, "the server closed the connection during the TLS handshake",
                hint: "does that port speak TLS?"))
        context.fireChannelInactive()
    }
}

extension TimeAmount {
    /// The same time, for the event loop.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
