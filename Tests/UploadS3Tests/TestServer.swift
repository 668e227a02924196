import Foundation
import HTTPConnections
import NIOCore
import RunOutputs
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@testable import UploadS3

/// The servers that `scripts/test-servers start` starts, as the environment names them.
enum TestServer: String, CaseIterable, CustomTestStringConvertible {
    case moto = "TEST_S3_MOTO"
    case minio = "TEST_S3_MINIO"
    case rclone = "TEST_S3_RCLONE"
    /// Checks signatures and every digest, and honours conditions: what it refuses, AWS refuses.
    case seaweed = "TEST_S3_SEAWEED"

    /// The servers that are running.
    static let running = allCases.filter { $0.endpoint != nil }
    /// The servers that check signatures and `Content-MD5`.
    static let checking = running.filter { $0 != .moto }

    var testDescription: String { "\(self)" }
    var endpoint: String? { ProcessInfo.processInfo.environment[rawValue] }
    /// Whether `If-None-Match` keeps an object from being overwritten.
    var honoursConditions: Bool { self == .moto || self == .seaweed }
    /// Whether of two writers at once only one creates the object.
    ///
    /// Moto looks first and then writes, so that now and then both do.
    var decidesRaces: Bool { self == .seaweed }

    /// The credentials of all servers.
    static let credentials = Credentials(
        accessKeyID: ProcessInfo.processInfo.environment["TEST_S3_ACCESS_KEY"] ?? "test",
        secretAccessKey: ProcessInfo.processInfo.environment["TEST_S3_SECRET_KEY"] ?? "test", source: "the tests")

    /// A configuration for the server, or for a proxy before it, with small parts and short waits.
    func configuration(at url: String? = nil) throws -> S3Configuration {
        var configuration = S3Configuration()
        configuration.endpoint = try S3Endpoint(url: #require(url ?? endpoint), addressing: .automatic)
        configuration.multipartThreshold = 5 << 20
        configuration.partSize = 5 << 20
        configuration.copyThreshold = 5 << 20
        configuration.copyPartSize = 5 << 20
        configuration.retries.baseDelay = .milliseconds(5)
        configuration.retries.maximumDelay = .milliseconds(200)
        configuration.idleTimeout = .seconds(20)
        return configuration
    }

    /// Runs a test with a bucket of its own.
    func withBucket(
        _ change: (inout S3Configuration) -> Void = { _ in },
        _ body: (TestBucket) async throws -> Void
    ) async throws {
        var configuration = try configuration()
        change(&configuration)
        let bucket = TestBucket(
            name: "b-\(UUID().uuidString.lowercased().prefix(18))",
            backend: S3Backend(configuration: configuration, provider: StaticCredentials(Self.credentials)))
        do {
            try await bucket.create()
            try await body(bucket)
        } catch {
            await bucket.backend.shutdown()
            throw error
        }
        await bucket.backend.shutdown()
    }

    /// Runs a test with a bucket of its own, and with a backend that reaches it through a proxy.
    ///
    /// - Parameters:
    ///   - idleTimeout: How long the backend waits for an answer.
    ///   - decide: What goes wrong with each request.
    ///   - body: The test; the bucket's own backend goes to the server directly.
    /// - Throws: What the test throws.
    func withProxy(
        idleTimeout: Duration = .seconds(20), _ decide: @escaping FaultProxy.Decision,
        _ body: (TestBucket, S3Backend, FaultProxy) async throws -> Void
    ) async throws {
        try await withProxy(configuring: { $0.idleTimeout = idleTimeout }, decide, body)
    }

    /// Runs a test with a bucket of its own, and with a backend of another configuration that reaches it through a proxy.
    func withProxy(
        configuring change: (inout S3Configuration) -> Void, _ decide: @escaping FaultProxy.Decision,
        _ body: (TestBucket, S3Backend, FaultProxy) async throws -> Void
    ) async throws {
        try await withBucket { bucket in
            try await FaultProxy.run(to: endpoint, decide) { proxy in
                var configuration = try configuration(at: proxy.url)
                change(&configuration)
                let backend = S3Backend(configuration: configuration, provider: StaticCredentials(Self.credentials))
                do {
                    try await body(bucket, backend, proxy)
                } catch {
                    await backend.shutdown()
                    throw error
                }
                await backend.shutdown()
            }
        }
    }
}

/// A bucket on a test server, with what the tests need and uploads do not.
struct TestBucket: Sendable {
    let name: String
    let backend: S3Backend

    func location(_ key: String) -> OutputLocation { OutputLocation(bucket: name, key: ExactString(key)) }

    func create() async throws { _ = try await backend.client.send(S3Request(method: "PUT", bucket: name)) }

    /// What is stored at a location, or `nil`.
    @Sendable func read(_ location: OutputLocation) async throws -> StoredContent? {
        do {
            let answer = try await backend.client.send(
                S3Request(method: "GET", bucket: location.bucket, key: location.key))
            return StoredContent(bytes: answer.http.body, contentType: answer["content-type"])
        } catch let failure as S3Failure where failure.kind == .notFound {
            return nil
        }
    }

    func text(_ key: String) async throws -> String? {
        try await read(location(key)).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    func keys() async throws -> [String] {
        try await backend.client.list(bucket: name, prefix: "").objects.map(\.key.text)
    }

    @discardableResult
    func upload(
        _ body: UploadBody, to key: String, _ existing: ExistingObjectPolicy = .replace,
        with other: S3Backend? = nil
    ) async throws -> UploadReceipt {
        try await (other ?? backend).upload(
            UploadRequest(
                body: body, destination: location(key), contentType: "text/x-log", existing: existing),
            progress: { _ in })
    }

    @discardableResult
    func upload(
        _ text: String, to key: String, _ existing: ExistingObjectPolicy = .replace, with other: S3Backend? = nil
    ) async throws -> UploadReceipt {
        try await upload(.bytes(Array(text.utf8)), to: key, existing, with: other)
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips tests that need servers where none is running.
    static var needsServers: Self {
        .enabled(if: !TestServer.running.isEmpty, "run: eval \"$(scripts/test-servers start)\"")
    }
}

@Suite("The servers of the tests")
struct TestServerTests {
    @Test(
        "All of them run where they were promised",
        .enabled(if: ProcessInfo.processInfo.environment["TEST_S3_PROMISED"] != nil))
    func promised() { #expect(TestServer.running == TestServer.allCases) }
}
