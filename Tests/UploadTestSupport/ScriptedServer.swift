import NIOCore
public import NIOHTTP1
import NIOPosix
import Synchronization

/// A server on this machine that answers as a test says, and notes the requests.
public final class ScriptedServer: Sendable {
    /// What the server does about a request.
    public enum Answer: Sendable {
        /// It answers.
        case answer(Int, HTTPHeaders, String)
        /// It closes the connection.
        case hangUp
        /// It does nothing.
        case silence

        /// It answers without further headers.
        public static func answer(_ status: Int, _ body: String) -> Answer { .answer(status, [:], body) }
    }

    /// A request that came in.
    public struct Request: Sendable {
        /// `GET` and so on.
        public var method: HTTPMethod
        /// The path with its query.
        public var path: String
        public var headers: HTTPHeaders
        /// What came with it.
        public var body: [UInt8] = []
    }

    /// Decides on an answer.
    public typealias Script = @Sendable (Request) -> Answer

    private let script: Script
    private let received = Mutex<[Request]>([])
    private let port = Mutex(0)

    private init(_ script: @escaping Script) { self.script = script }

    /// The URL of the server.
    public var url: String { "http://127.0.0.1:\(port.withLock(\.self))" }

    /// The requests so far.
    public var requests: [Request] { received.withLock(\.self) }

    /// Runs a server that gives its answers in order, one to a request.
    ///
    /// - Parameters:
    ///   - script: Its answers.
    ///   - body: Uses the server.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    public static func with<Result: Sendable>(
        _ script: [Answer], _ body: (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let rest = AnswersLeft(script)
        return try await with({ _ in rest.next() }, body)
    }

    /// Runs a server that decides on each request.
    ///
    /// - Parameters:
    ///   - script: Gives the answers.
    ///   - body: Uses the server.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    public static func with<Result: Sendable>(
        _ script: @escaping Script, _ body: (ScriptedServer) async throws -> Result
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

    fileprivate func answer(_ request: Request) -> Answer {
        received.withLock { $0.append(request) }
        return script(request)
    }
}

private final class AnswersLeft: Sendable {
    private let answers: Mutex<[ScriptedServer.Answer]>

    init(_ answers: [ScriptedServer.Answer]) { self.answers = Mutex(answers) }

    func next() -> ScriptedServer.Answer {
        answers.withLock { $0.isEmpty ? .answer(418, "the script is over") : $0.removeFirst() }
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
        case .head(let head):
            request = ScriptedServer.Request(method: head.method, path: head.uri, headers: head.headers)
        case .body(let bytes): request?.body += bytes.readableBytesView
        case .end:
            guard let request else { return }
            switch server.answer(request) {
            case .hangUp: context.close(promise: nil)
            case .silence: break
            case .answer(let status, var headers, let body):
                if !headers.contains(name: "content-length") {
                    headers.add(name: "content-length", value: "\(body.utf8.count)")
                }
                let head = HTTPResponseHead(
                    version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                if request.method != .HEAD {
                    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
                }
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
