import NIOCore
import NIOHTTP1

/// One request under way, and who waits for the answer.
///
/// Belongs to the event loop of its connection.
final class HTTPExchange {
    let request: HTTPRequest
    /// Where the body of a success goes, if not into the answer.
    let sink: (any BodySink)?
    /// When the whole exchange has taken too long.
    let deadline: NIODeadline
    private var continuation: CheckedContinuation<HTTPResponse, any Error>?
    /// Whether the whole request has been handed to the connection: from then on the other side may carry it out.
    var isSent = false

    init(
        _ request: HTTPRequest, into sink: (any BodySink)?, deadline: NIODeadline,
        _ continuation: CheckedContinuation<HTTPResponse, any Error>
    ) {
        self.request = request
        self.sink = sink
        self.deadline = deadline
        self.continuation = continuation
    }

    /// Whether nobody waits any more.
    var isOver: Bool { continuation == nil }

    /// Hands over how it ended; only the first call counts.
    func end(_ result: Result<HTTPResponse, any Error>) {
        var result = result
        if !isSent, case .failure(var error as TransportError) = result {
            error.mayHaveArrived = false
            result = .failure(error)
        }
        continuation?.resume(with: result)
        continuation = nil
    }
}

/// One connection to a server, which carries one exchange after another: the last handler of its channel.
///
/// Belongs to the channel's event loop.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// How much one connection sends before others get their turn.
    private static let turn = 256 << 10

    /// The way to the server.
    let route: HTTPRoute
    /// Told when an exchange is over, and whether the connection can carry another.
    var onEnd: (HTTPConnection, Bool) -> Void = { _, _ in }
    /// The exchange under way.
    private(set) var exchange: HTTPExchange?
    /// When something was last sent or received.
    private(set) var lastActivity = NIODeadline.now()
    private var context: ChannelHandlerContext?
    private var answer: HTTPResponse?
    private var isKeptAlive = true
    private var hasAnswered = false
    private var unsent: (any RequestBodyReader)?
    private var isSending = false
    /// Whether a chunk is on its way into the connection.
    ///
    /// It stays in memory until the handshake of TLS is over, and while the other side does not read.
    private var isChunkUnderWay = false
    private var chunk = ByteBuffer()

    init(along route: HTTPRoute) { self.route = route }

    /// Whether the other side still listens.
    var isActive: Bool { context?.channel.isActive ?? false }

    /// Begins an exchange; the one before must have ended.
    func start(_ exchange: HTTPExchange) {
        self.exchange = exchange
        lastActivity = .now()
        guard let context, isActive else { return fail(TransportError.closed) }
        let request = exchange.request
        var head = HTTPRequestHead(
            version: .http1_1, method: request.method, uri: route.isForwarded ? request.url : request.target,
            headers: request.headers)
        if route.isForwarded, let authorization = route.proxy?.authorization {
            head.headers.add(name: "proxy-authorization", value: authorization)
        }
        let byteCount = request.body.byteCount
        if byteCount > 0 || request.method == .PUT || request.method == .POST {
            head.headers.add(name: "content-length", value: "\(byteCount)")
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        switch request.body {
        case .none: sendEnd(context)
        case .bytes(let buffer):
            if byteCount > 0 { context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil) }
            sendEnd(context)
        case .source(let source):
            unsent = source.makeReader()
            sendMore(context)
        }
    }

    /// Ends the exchange without an answer, and the connection with it.
    func fail(_ error: any Error) {
        finish(.failure(error), canContinue: false)
        context?.close(promise: nil)
    }

    /// Closes a connection that carries no exchange.
    func close() { context?.close(promise: nil) }

    private func sendEnd(_ context: ChannelHandlerContext) {
        unsent = nil
        exchange?.isSent = true
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Sends as much of the body as the connection takes.
    private func sendMore(_ context: ChannelHandlerContext) {
        // A chunk may go out at once: then the loop goes on, and does not begin again inside.
        guard !isSending else { return }
        isSending = true
        defer { isSending = false }
        var budget = Self.turn
        while var position = unsent, !isChunkUnderWay {
            guard budget > 0 else {
                context.eventLoop.assumeIsolated().execute { [weak self] in self?.sendMore(context) }
                return
            }
            do {
                let count = try position.read(into: &chunk)
                guard count > 0 else { return sendEnd(context) }
                unsent = position
                budget -= count
                send(chunk, context)
            } catch {
                return fail(error)
            }
        }
    }

    private func send(_ chunk: ByteBuffer, _ context: ChannelHandlerContext) {
        let sent = context.eventLoop.makePromise(of: Void.self)
        isChunkUnderWay = true
        sent.futureResult.assumeIsolated().whenComplete { [weak self] _ in
            guard let self else { return }
            isChunkUnderWay = false
            lastActivity = .now()
            sendMore(context)
        }
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(chunk))), promise: sent)
    }

    private func finish(_ result: Result<HTTPResponse, any Error>, canContinue: Bool) {
        guard let exchange else { return }
        self.exchange = nil
        answer = nil
        unsent = nil
        chunk = ByteBuffer()
        lastActivity = .now()
        onEnd(self, canContinue)
        exchange.end(result)
    }
}

// MARK: - What the channel tells

extension HTTPConnection {
    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastActivity = .now()
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer = HTTPResponse(status: Int(head.status.code), headers: head.headers, body: [])
            isKeptAlive = head.isKeepAlive
            guard 200..<300 ~= head.status.code, let sink = exchange?.sink else { return }
            do { try sink.begin(Int(head.status.code), head.headers) } catch { fail(error) }
        // While a sink is busy, no more is read from this connection.
        case .body(let bytes): do { try answer?.take(bytes, into: exchange?.sink) } catch { fail(error) }
        case .end:
            guard let answer else { return fail(TransportError.closed) }
            // An answer before the end of the request leaves a connection on which nothing else can follow.
            let canContinue = isKeptAlive && unsent == nil
            hasAnswered = true
            finish(.success(answer), canContinue: canContinue)
            if !canContinue { context.close(promise: nil) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(TransportError.closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Some servers send more than an answer has, such as the body of an answer to a HEAD: it comes before the next.
        let isLeftOver = hasAnswered && answer == nil && error is HTTPParserError
        fail(isLeftOver ? TransportError.closed : TransportError.sorted(error))
    }
}
