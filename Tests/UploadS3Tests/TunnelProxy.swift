import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// An HTTP proxy that knows `CONNECT` alone, and asks for a password if it has one.
final class TunnelProxy: Sendable {
    /// The authorities that clients asked for, allowed or not.
    var tunnels: [String] { asked.withLock { $0 } }
    /// Host and port, as a proxy's URL names them.
    let authority: String

    private let asked: Tunnels
    private let server: Task<Void, any Error>

    private final class Tunnels: Sendable {
        let list = Mutex<[String]>([])
        func withLock<Result>(_ body: (inout sending [String]) -> sending Result) -> Result { list.withLock(body) }
    }

    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Runs a test with a proxy, and ends the proxy after it.
    ///
    /// - Parameters:
    ///   - login: User and password as `user:password`, if clients need one.
    ///   - body: The test.
    /// - Throws: What the test throws.
    static func run(login: String? = nil, _ body: (TunnelProxy) async throws -> Void) async throws {
        let proxy = try await TunnelProxy(login: login)
        defer { proxy.server.cancel() }
        try await body(proxy)
    }

    private init(login: String?) async throws {
        let asked = Tunnels()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
            }
        self.asked = asked
        authority = "127.0.0.1:\(listener.channel.localAddress?.port ?? 0)"
        server = Task {
            try await listener.executeThenClose { connections in
                try await withThrowingDiscardingTaskGroup { group in
                    for try await connection in connections {
                        group.addTask { try? await Self.serve(connection, login, asked) }
                    }
                }
            }
        }
    }

    private static func serve(_ client: Connection, _ login: String?, _ asked: Tunnels) async throws {
        try await client.executeThenClose { inbound, outbound in
            var received = inbound.makeAsyncIterator()
            var head = ""
            while !head.contains("\r\n\r\n"), let bytes = try await received.next() { head += String(buffer: bytes) }
            let words = head.split(separator: " ")
            guard words.count > 1, words[0] == "CONNECT" else {
                return try await outbound.write(ByteBuffer(string: "HTTP/1.1 405 No\r\ncontent-length: 0\r\n\r\n"))
            }
            asked.withLock { $0.append(String(words[1])) }
            if let login, !head.contains("Basic \(Data(login.utf8).base64EncodedString())") {
                return try await outbound.write(
                    ByteBuffer(string: "HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n"))
            }
            let target = words[1].split(separator: ":")
            let server = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: String(target[0]), port: Int(target[1]) ?? 0) { channel in
                    channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
                }
            try await outbound.write(ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\n"))
            try await server.executeThenClose { answers, requests in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { for try await bytes in answers { try await outbound.write(bytes) } }
                    while let bytes = try await received.next() { try await requests.write(bytes) }
                    group.cancelAll()
                }
            }
        }
    }
}
