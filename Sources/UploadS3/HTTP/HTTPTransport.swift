import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import UploadExecution

/// Carries requests: one event loop thread, one client for direct connections and one for those through a proxy.
///
/// Every answer is read to its end, since a connection whose answer is dropped is closed.
final class HTTPTransport: Sendable {
    /// How connections are made.
    struct Configuration: Sendable {
        /// The file of certificates to trust besides the system's.
        var caBundle: String?
        /// Which hosts are reached through which proxy.
        var proxies = ProxySettings()
        /// How long making a connection may take.
        var connectTimeout = Duration.seconds(10)
        /// How long either side may be silent in the middle of an exchange.
        var idleTimeout = Duration.seconds(60)
        /// How many connections to one host are kept.
        var maximumConnections = 32
    }

    /// No answer of S3, STS or a credential service is longer: a listing of 1,000 keys of 1,024 bytes, all of them
    /// escaped, is a fifth of it.
    private static let maximumAnswer = 16 << 20

    private let group: MultiThreadedEventLoopGroup
    private let direct: HTTPClient
    private let proxied: HTTPClient?
    private let proxies: ProxySettings

    /// Starts the event loop; nothing is connected yet.
    init(_ configuration: Configuration) {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.group = group
        proxies = configuration.proxies
        direct = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration.client(proxy: nil))
        proxied = configuration.proxies.proxy.map {
            HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration.client(proxy: $0))
        }
    }

    /// Closes all connections and ends the event loop's thread.
    ///
    /// Not to be used after that.
    func shutdown() async {
        // Both fail only when they were shut down before, which is what was asked for.
        try? await direct.shutdown()
        try? await proxied?.shutdown()
        try? await group.shutdownGracefully()
    }

    /// Carries one request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - host: The host of its URL, to decide whether a proxy is used; `nil` for none.
    ///   - timeout: The longest that the whole exchange may take.
    ///   - sink: Where the body of a success goes, if not into the answer.
    /// - Returns: The complete answer.
    /// - Throws: ``TransportError``, `CancellationError` when the task was cancelled, and what the sink throws.
    func execute(
        _ request: HTTPClientRequest, host: String?, timeout: Duration, sink: RangeWriter? = nil
    ) async throws -> HTTPAnswer {
        let usesProxy = host.map { proxies.usesProxy(for: $0) } ?? false
        let client = usesProxy ? proxied ?? direct : direct
        do {
            let response = try await client.execute(request, timeout: TimeAmount(timeout))
            var body: [UInt8] = []
            let takesBody = 200..<300 ~= response.status.code ? sink : nil
            for try await part in response.body {
                if let takesBody {
                    try takesBody.take(part)
                    continue
                }
                guard body.count + part.readableBytes <= Self.maximumAnswer else {
                    throw TransportError(isTimeout: false, isTransient: false, message: "the answer is too long")
                }
                body += part.readableBytesView
            }
            return HTTPAnswer(status: Int(response.status.code), headers: response.headers, body: body)
        } catch let error as TransportError {
            throw error
        } catch let error as UploadError {
            throw error
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw TransportError(error)
        }
    }
}

extension HTTPTransport.Configuration {
    fileprivate func client(proxy: HTTPClient.Configuration.Proxy?) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let caBundle { tls.additionalTrustRoots = [.file(caBundle)] }
        var client = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(
                connect: TimeAmount(connectTimeout), read: TimeAmount(idleTimeout), write: TimeAmount(idleTimeout)),
            connectionPool: .init(
                idleTimeout: .seconds(15), concurrentHTTP1ConnectionsPerHostSoftLimit: maximumConnections),
            proxy: proxy, decompression: .disabled)
        client.httpVersion = .http1Only
        // What a retry is, and what it costs, is decided above this layer.
        client.connectionPool.retryConnectionEstablishment = false
        return client
    }
}
