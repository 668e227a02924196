import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A server on this machine that gives the answers of a script, one to a request, and notes the requests.
final class ScriptedServer: Sendable {
    /// What the server does about a request.
    enum Answer: Sendable {
        /// It answers.
        case answer(Int, HTTPHeaders, String)
        /// It closes the connection.
        case hangUp
        /// It does nothing.
        case silence

        static func answer(_ status: Int, _ body: String) -> Answer { .answer(status, [:], body) }
    }

    /// A request that came in.
    struct Request: Sendable {
        var path: String
        var headers: HTTPHeaders
    }

    private let state: Mutex<(script: [Answer], requests: [Request])>
    private let port = Mutex(0)

    private init(_ script: [Answer]) { state = Mutex((script, [])) }

    /// The URL of the server.
    var url: String { "http://127.0.0.1:\(port.withLock(\.self))" }

    /// The requests so far.
    var requests: [Request] { state.withLock(\.requests) }

    /// Runs a server.
    ///
    /// - Parameters:
    ///   - script: Its answers.
    ///   - body: Uses the server.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    static func with<Result: Sendable>(
        _ script: [Answer], _ body: (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let server = ScriptedServer(script)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(ScriptHandler(server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        server.port.withLock { $0 = channel.localAddress?.port ?? 0 }
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(server))
        } catch {
            result = .failure(error)
        }
        try await group.shutdownGracefully()
        return try result.get()
    }

    fileprivate func next(after request: Request) -> Answer {
        state.withLock { state in
            state.requests.append(request)
            return state.script.isEmpty ? .answer(418, "the script is over") : state.script.removeFirst()
        }
    }
}

private final class ScriptHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: ScriptedServer
    private var request: ScriptedServer.Request?

    init(_ server: ScriptedServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): request = ScriptedServer.Request(path: head.uri, headers: head.headers)
        case .body: break
        case .end:
            guard let request else { return }
            switch server.next(after: request) {
            case .hangUp: context.close(promise: nil)
            case .silence: break
            case .answer(let status, var headers, let body):
                headers.add(name: "content-length", value: "\(body.utf8.count)")
                let head = HTTPResponseHead(
                    version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
