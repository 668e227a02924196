import NIOCore
import NIOHTTP1
import NIOPosix
import Testing
import UploadTestSupport

@testable import HTTPConnections

@Suite("Requests, connections, and what is said when there is no answer")
struct HTTPTransportTests {
    private func ask(
        _ url: String, _ environment: [String: String] = [:], headers: HTTPHeaders = [:], isDirect: Bool = false
    ) async throws -> HTTPResponse {
        var configuration = HTTPTransport.Configuration()
        configuration.proxies = ProxySettings(environment: environment)
        let transport = HTTPTransport(configuration)
        let result: Result<HTTPResponse, any Error>
        do {
            let request = try #require(HTTPRequest(.GET, url: url, headers: headers))
            result = .success(try await transport.execute(request, timeout: .seconds(60), isDirect: isDirect))
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        return try result.get()
    }

    /// Runs a test with a server that answers the requests of each connection with these bytes, and closes it.
    private func with<Result>(_ answers: [String], _ body: (_ port: Int) async throws -> Result) async throws -> Result
    {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Babbler(answers))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result = try await body(server.localAddress?.port ?? 0)
        try await group.shutdownGracefully()
        return result
    }

    /// Asks a server that sends these bytes to whoever connects, and closes the connection.
    private func error(bytes: String, scheme: String = "http") async throws -> TransportError? {
        try await with([bytes]) { port in
            await #expect(throws: TransportError.self) { try await ask("\(scheme)://127.0.0.1:\(port)/") }
        }
    }

    @Test("A plain request through a proxy names the server in full, and the proxy's password goes to the proxy")
    func forwarded() async throws {
        try await ScriptedServer.with([.answer(200, "there"), .answer(200, "direct")]) { server in
            let proxy = ["http_proxy": server.url.replacing("http://", with: "http://user:pw@")]
            let answer = try await ask("http://store.example:9000/bucket/a%20b?x=1", proxy)
            #expect(String(decoding: answer.body, as: UTF8.self) == "there")
            #expect(server.requests.map(\.path) == ["http://store.example:9000/bucket/a%20b?x=1"])
            #expect(server.requests.first?.headers["host"] == ["store.example:9000"])
            #expect(server.requests.first?.headers["proxy-authorization"] == ["Basic dXNlcjpwdw=="])
            _ = try await ask(server.url + "/local", proxy, isDirect: true)
            #expect(server.requests.last?.path == "/local")
            #expect(server.requests.last?.headers["proxy-authorization"] == [])
        }
    }

    @Test("A proxy that opens no tunnel is named with its status", arguments: [403, 407, 502])
    func refusedTunnel(_ status: Int) async throws {
        try await ScriptedServer.with([.answer(status, "<html>")]) { server in
            let error = await #expect(throws: TransportError.self) {
                try await ask("https://store.example/", ["HTTPS_PROXY": server.url])
            }
            #expect(error?.kind == .refusedByProxy && error?.isTransient == (status >= 500))
            #expect(error?.message.contains("HTTPS_PROXY") == true && error?.message.contains("\(status)") == true)
            #expect(server.requests.map(\.path) == ["store.example:443"])
        }
    }

    @Test("A port where nobody listens, and a proxy where nobody listens")
    func nobody() async throws {
        try await ClosedPort.with { url in
            let refused = await #expect(throws: TransportError.self) { try await ask(url) }
            #expect(refused?.kind == .unreachable && refused?.message == "Connection refused")
            #expect(refused?.mayHaveArrived == false)
            let proxy = await #expect(throws: TransportError.self) { try await ask("https://h/", ["HTTPS_PROXY": url]) }
            #expect(proxy?.message.hasPrefix("the proxy in HTTPS_PROXY at 127.0.0.1:") == true)
        }
        let unknown = await #expect(throws: TransportError.self) { try await ask("http://no-such-host.invalid/") }
        #expect(unknown?.kind == .unreachable && unknown?.message.contains("was not found") == true)
    }

    @Test("What is not HTTP, and headers without end, are not worth another attempt")
    func unusable() async throws {
        for bytes in ["SSH-2.0-OpenSSH_9.2p1\r\n", "<html>hello</html>\n"] {
            let error = try await error(bytes: bytes)
            #expect(error?.kind == .unusable && error?.isTransient == false, "\(bytes)")
        }
        let endless = try await error(
            bytes: "HTTP/1.1 200 OK\r\nx: y\r\n" + String(repeating: "a: b\r\n", count: 99_999))
        #expect(endless?.kind == .unusable && endless?.message == "the answer's headers do not end")
        let short = try await error(bytes: "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
        #expect(short?.kind == .interrupted && short?.isTransient == true)
    }

    @Test("What is left over from an answer is not the next one: that may be asked for again")
    func leftOver() async throws {
        try await with(["HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "0\r\n\r\n"]) { port in
            let transport = HTTPTransport(HTTPTransport.Configuration())
            let request = try #require(HTTPRequest(.GET, url: "http://127.0.0.1:\(port)/"))
            // The requests may go over several connections in turn.
            let error = await #expect(throws: TransportError.self) {
                for _ in 0..<20 {
                    let answer = try await transport.execute(request, timeout: .seconds(60))
                    #expect(answer.status == 200)
                }
            }
            #expect(error?.kind == .interrupted && error?.isTransient == true && error?.mayHaveArrived == true)
            await transport.shutdown()
        }
    }

    @Test("A server without TLS is told from one that cannot be trusted")
    func plain() async throws {
        let error = try await error(bytes: "HTTP/1.1 400 Bad Request\r\n\r\n", scheme: "https")
        #expect(error?.message == "the server does not speak TLS there" && error?.isTransient == false)
        let closed = try await self.error(bytes: "", scheme: "https")
        #expect(closed?.message == "the server closed the connection during the TLS handshake")
    }

    @Test("A header that would end itself is not sent", arguments: ["a\nb", "a\r\nb", "a\0", "a\u{7F}"])
    func headers(_ value: String) async throws {
        try await ScriptedServer.with([]) { server in
            let error = await #expect(throws: TransportError.self) {
                try await ask(server.url, headers: ["x-name": value])
            }
            #expect(error?.kind == .unsendable && error?.message.contains("x-name") == true)
            #expect(server.requests.isEmpty)
        }
    }

    @Test("URLs of servers", arguments: ["http://h:0/", "http://h:70000/", "ftp://h/", "h:80", "http://"])
    func urls(_ url: String) { #expect(HTTPRequest(.GET, url: url) == nil) }
}

private final class Babbler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private var answers: [String]

    init(_ answers: [String]) { self.answers = answers }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !answers.isEmpty else { return }
        let written = context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answers.removeFirst())))
        guard answers.isEmpty else { return }
        let channel = context.channel
        written.whenComplete { _ in channel.close(mode: .output, promise: nil) }
    }
}
