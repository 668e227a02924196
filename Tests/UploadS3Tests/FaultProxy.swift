import Foundation
import HTTPConnections
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// What goes wrong with one request.
enum Fault: Hashable, Sendable {
    /// Nothing.
    case none
    /// The connection is reset before the server sees the request.
    case reset
    /// The server does the work, and the connection is reset before the answer.
    case lostAnswer
    /// The server does the work, and the connection ends in the middle of the answer.
    case halfAnswer
    /// The server does the work, and the answer comes late.
    case delay(Duration)
    /// The server does not see the request, and this is answered.
    case answer(Int, String)
    /// The server does not see the request, and this is answered with an entity tag, as a store does.
    case tagged(String, tag: String)
    /// One byte of what is sent reaches the server changed.
    case damage
    /// The server does the work, and the answer has another entity tag.
    case wrongTag
    /// The server does the work, and the answer's XML ends early.
    case truncatedDocument
    /// The server is not told which part of an object is wanted.
    case wholeObject

    /// The answer of a store that has stored an object.
    static let stored = Fault.tagged("", tag: "a-tag")

    /// S3's answer for an error.
    static func error(_ status: Int, _ code: String) -> Fault {
        .answer(status, "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>A fault</Message></Error>")
    }
}

/// One request as the proxy sees it.
struct ProxiedRequest: Sendable {
    /// The number of the request, from 1.
    var number: Int
    var method: HTTPMethod
    var uri: String
    var headers: HTTPHeaders

    /// Whether the request stores the bytes of an object, whole or in parts.
    var isWrite: Bool { method == .PUT && uri.contains("/object") }
}

/// A proxy between the client and a server, which does to requests what a closure says.
final class FaultProxy: Sendable {
    typealias Decision = @Sendable (ProxiedRequest) -> Fault

    let url: String
    private let server: Task<Void, any Error>
    private let client: HTTPTransport
    private let log: Log

    private final class Log: Sendable {
        let requests = Mutex<[ProxiedRequest]>([])

        func add(_ head: HTTPRequestHead) -> ProxiedRequest {
            requests.withLock { requests in
                requests.append(
                    ProxiedRequest(
                        number: requests.count + 1, method: head.method, uri: head.uri, headers: head.headers))
                return requests[requests.count - 1]
            }
        }
    }

    /// The requests so far.
    var requests: [ProxiedRequest] { log.requests.withLock { $0 } }

    private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPPart<HTTPResponseHead, IOData>>

    /// Starts a proxy on a port of its own.
    ///
    /// - Parameters:
    ///   - upstream: The server's URL; without one, every request gets a fault.
    ///   - tls: How clients connect, if not in plain text.
    ///   - decide: What goes wrong with each request.
    /// - Throws: If there is no port.
    init(to upstream: String?, tls: NIOSSLContext? = nil, _ decide: @escaping Decision) async throws {
        let client = HTTPTransport(.patient)
        let log = Log()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        url = (tls == nil ? "http" : "https") + "://127.0.0.1:\(listener.channel.localAddress?.port ?? 0)"
        self.client = client
        self.log = log
        server = Task {
            try await listener.executeThenClose { connections in
                try await withThrowingDiscardingTaskGroup { group in
                    for try await connection in connections {
                        group.addTask {
                            // A client that closes early is not a failure of the proxy.
                            try? await Self.serve(connection, client, upstream, log, decide)
                        }
                    }
                }
            }
        }
    }

    /// Runs a test with a proxy, and ends the proxy after it.
    static func run(
        to upstream: String?, tls: NIOSSLContext? = nil, _ decide: @escaping Decision,
        _ body: (FaultProxy) async throws -> Void
    ) async throws {
        let proxy = try await FaultProxy(to: upstream, tls: tls, decide)
        do {
            try await body(proxy)
        } catch {
            try await proxy.stop()
            throw error
        }
        try await proxy.stop()
    }

    private func stop() async throws {
        server.cancel()
        _ = await server.result
        await client.shutdown()
    }

    private static func serve(
        _ connection: Connection, _ client: HTTPTransport, _ upstream: String?, _ log: Log, _ decide: Decision
    ) async throws {
        try await connection.executeThenClose { inbound, outbound in
            var head: HTTPRequestHead?
            var body = ByteBuffer()
            for try await part in inbound {
                switch part {
                case .head(let received): (head, body) = (received, ByteBuffer())
                case .body(var bytes): body.writeBuffer(&bytes)
                case .end:
                    guard let received = head else { return }
                    let fault = decide(log.add(received))
                    if fault == .reset { return try await reset(connection.channel) }
                    if case .answer(let status, let text) = fault {
                        try await send(status, [:], ByteBuffer(string: text), received, outbound)
                        continue
                    }
                    if case .tagged(let text, let tag) = fault {
                        try await send(200, ["etag": "\"\(tag)\""], ByteBuffer(string: text), received, outbound)
                        continue
                    }
                    guard let upstream else { return }
                    if fault == .damage { damage(&body) }
                    if fault == .wholeObject { head?.headers.remove(name: "range") }
                    let (answer, content) = try await forward(head ?? received, body, client, upstream)
                    if fault == .lostAnswer { return try await reset(connection.channel) }
                    try await send(answer, content, received, fault, outbound)
                    if fault == .halfAnswer { return try await reset(connection.channel) }
                }
            }
        }
    }

    private static func damage(_ body: inout ByteBuffer) {
        let middle = body.readerIndex + body.readableBytes / 2
        guard let byte = body.getInteger(at: middle, as: UInt8.self) else { return }
        body.setInteger(byte ^ 1, at: middle)
    }

    private static func forward(
        _ head: HTTPRequestHead, _ body: ByteBuffer, _ client: HTTPTransport, _ upstream: String
    ) async throws -> (HTTPResponse, ByteBuffer) {
        let bytes = body.readableBytes > 0 ? HTTPRequest.Body.bytes(body) : .none
        guard var request = HTTPRequest(head.method, url: upstream + head.uri, body: bytes) else {
            throw URLError(.badURL)
        }
        // The signature covers the host that the client named.
        request.headers = head.headers
        request.headers.remove(name: "content-length")
        request.headers.remove(name: "transfer-encoding")
        let answer = try await client.execute(request, timeout: .seconds(600))
        return (answer, ByteBuffer(bytes: answer.body))
    }

    private static func send(
        _ answer: HTTPResponse, _ content: ByteBuffer, _ request: HTTPRequestHead, _ fault: Fault,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPPart<HTTPResponseHead, IOData>>
    ) async throws {
        var headers = answer.headers
        var content = content
        switch fault {
        case .delay(let duration): try await Task.sleep(for: duration)
        case .wrongTag: headers.replaceOrAdd(name: "etag", value: "\"00000000000000000000000000000000\"")
        case .truncatedDocument: content = content.getSlice(at: 0, length: content.readableBytes / 2) ?? content
        case .halfAnswer:
            headers.remove(name: "transfer-encoding")
            headers.replaceOrAdd(name: "content-length", value: "\(content.readableBytes + 10)")
            try await outbound.write(
                .head(
                    HTTPResponseHead(
                        version: .http1_1, status: .init(statusCode: answer.status), headers: headers)))
            return try await outbound.write(.body(.byteBuffer(content)))
        default: break
        }
        try await send(answer.status, headers, content, request, outbound)
    }

    private static func send(
        _ status: Int, _ headers: HTTPHeaders, _ content: ByteBuffer, _ request: HTTPRequestHead,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPPart<HTTPResponseHead, IOData>>
    ) async throws {
        var headers = headers
        headers.remove(name: "transfer-encoding")
        headers.remove(name: "connection")
        // The answer to a HEAD tells the size of what it does not send. Without a size it would end as if in chunks.
        if request.method != .HEAD || !headers.contains(name: "content-length") {
            headers.replaceOrAdd(name: "content-length", value: "\(content.readableBytes)")
        }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
        try await outbound.write(.head(head))
        if request.method != .HEAD, content.readableBytes > 0 {
            try await outbound.write(.body(.byteBuffer(content)))
        }
        try await outbound.write(.end(nil))
    }

    private static func reset(_ channel: any Channel) async throws {
        try await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await channel.close().get()
    }
}

extension HTTPTransport.Configuration {
    /// As much time as a busy machine may need: what a test counts must not depend on it.
    static var patient: Self {
        var configuration = Self()
        configuration.connectTimeout = .seconds(600)
        configuration.idleTimeout = .seconds(600)
        return configuration
    }
}
