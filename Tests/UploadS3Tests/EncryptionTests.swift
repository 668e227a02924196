import Foundation
import NIOHTTP1
import NIOSSL
import RunOutputs
import Testing
import UploadExecution
import UploadTestSupport

@testable import UploadS3

@Suite("Encrypted connections and proxies", .needsServers)
struct EncryptionTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/tls")
    private static let authority = fixtures.appending(path: "authority.pem").path
    private static let small = Data("Some text.\n".utf8)
    private static let large = Data.sample(byteCount: (5 << 20) + 20_000)

    private static func context(certificate: String, newest: TLSVersion?) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(fixtures.appending(path: certificate).path)
                .map { .certificate($0) },
            privateKey: .privateKey(
                try NIOSSLPrivateKey(file: fixtures.appending(path: "server-key.pem").path, format: .pem)))
        configuration.applicationProtocols = ["http/1.1"]
        configuration.minimumTLSVersion = .tlsv1
        configuration.maximumTLSVersion = newest
        return try NIOSSLContext(configuration: configuration)
    }

    /// Runs a test with an encrypted way to a server.
    ///
    /// - Parameters:
    ///   - environment: The environment, made from the URL of the server.
    ///   - certificate: What the server shows.
    ///   - newest: The newest version of TLS that the server speaks, if not the newest of all.
    ///   - body: The test.
    /// - Throws: What the test throws.
    private func withEncryption(
        _ environment: [String: String], certificate: String = "server.pem", newest: TLSVersion? = nil,
        _ body: (TestBucket, S3Backend, FaultProxy) async throws -> Void
    ) async throws {
        let server = try #require(TestServer.checking.first)
        try await server.withBucket { bucket in
            let tls = try Self.context(certificate: certificate, newest: newest)
            try await FaultProxy.run(to: server.endpoint, tls: tls, { _ in .none }) { proxy in
                var choices = S3Configuration.Choices()
                choices.endpointURL = proxy.url
                var configuration = try S3Configuration.resolve(choices, environment: environment)
                configuration.multipartThreshold = 5 << 20
                configuration.partSize = 5 << 20
                configuration.retries.baseDelay = .milliseconds(1)
                let backend = S3Backend(
                    configuration: configuration, provider: StaticCredentials(TestServer.credentials))
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

    /// Uploads an object in one request and one in parts, and looks whether both arrived.
    private func expectUploads(_ bucket: TestBucket, _ backend: S3Backend) async throws {
        for (key, content) in [("whole", Self.small), ("parts", Self.large)] {
            let file = try TestFile.write(content, to: key, in: TemporaryDirectory.url())
            try await bucket.upload(.file(file), to: key, with: backend)
            #expect(try await bucket.read(bucket.location(key)).map { Data($0.bytes) } == content)
        }
    }

    @Test("A store whose authority AWS_CA_BUNDLE names is trusted", .directoryInMemory)
    func bundle() async throws {
        try await withEncryption(["AWS_CA_BUNDLE": Self.authority]) { bucket, backend, proxy in
            try await expectUploads(bucket, backend)
            // The connection protects the bytes: nothing is hashed for the signature.
            let writes = proxy.requests.filter { $0.method == .PUT }
            #expect(writes.allSatisfy { $0.headers["x-amz-content-sha256"] == ["UNSIGNED-PAYLOAD"] })
            #expect(writes.allSatisfy { !$0.headers["content-md5"].isEmpty })
        }
    }

    @Test("A store that nobody vouches for is refused at once, with the way out")
    func stranger() async throws {
        try await withEncryption([:]) { bucket, backend, proxy in
            let error = await #expect(throws: StoreError.self) {
                try await bucket.upload("text", to: "object", with: backend)
            }
            #expect(error?.message.contains("TLS") == true, "\(String(describing: error))")
            #expect(error?.hint?.contains("AWS_CA_BUNDLE") == true)
            #expect(proxy.requests.isEmpty)
        }
    }

    @Test("A certificate for another host is refused")
    func otherHost() async throws {
        try await withEncryption(["AWS_CA_BUNDLE": Self.authority], certificate: "elsewhere.pem") {
            bucket, backend, proxy in
            let error = await #expect(throws: StoreError.self) {
                try await bucket.upload("text", to: "object", with: backend)
            }
            #expect(error?.message.contains("TLS") == true, "\(String(describing: error))")
            #expect(proxy.requests.isEmpty)
        }
    }

    @Test("A certificate that has expired is called expired, at once")
    func expired() async throws {
        let itself = Self.fixtures.appending(path: "expired.pem").path
        try await withEncryption(["AWS_CA_BUNDLE": itself], certificate: "expired.pem") { bucket, backend, proxy in
            let error = await #expect(throws: StoreError.self) {
                try await bucket.upload("text", to: "object", with: backend)
            }
            #expect(error?.message.contains("expired on 2024-02-01") == true, "\(String(describing: error))")
            #expect(proxy.requests.isEmpty)
        }
    }

    @Test("A store that speaks nothing newer than TLS 1.1 is refused", arguments: [TLSVersion.tlsv1, .tlsv11])
    func oldVersion(_ version: TLSVersion) async throws {
        try await withEncryption(["AWS_CA_BUNDLE": Self.authority], newest: version) { bucket, backend, proxy in
            let error = await #expect(throws: StoreError.self) {
                try await bucket.upload("text", to: "object", with: backend)
            }
            #expect(error?.message.contains("TLS") == true, "\(String(describing: error))")
            #expect(proxy.requests.isEmpty)
        }
    }

    @Test("HTTPS_PROXY leads through a tunnel, with its password", .directoryInMemory)
    func proxies() async throws {
        try await TunnelProxy.run(login: "user:pass word") { tunnel in
            let environment = [
                "AWS_CA_BUNDLE": Self.authority, "HTTPS_PROXY": "http://user:pass%20word@\(tunnel.authority)",
            ]
            try await withEncryption(environment) { bucket, backend, proxy in
                try await expectUploads(bucket, backend)
                #expect(!tunnel.tunnels.isEmpty)
                #expect(tunnel.tunnels.allSatisfy { "https://\($0)" == proxy.url })
            }
        }
    }

    @Test("A proxy that wants another password is named")
    func wrongPassword() async throws {
        try await TunnelProxy.run(login: "user:right") { tunnel in
            let environment = ["AWS_CA_BUNDLE": Self.authority, "HTTPS_PROXY": "http://user:wrong@\(tunnel.authority)"]
            try await withEncryption(environment) { bucket, backend, proxy in
                let error = await #expect(throws: StoreError.self) {
                    try await bucket.upload("text", to: "object", with: backend)
                }
                #expect(error?.hint?.contains("HTTPS_PROXY") == true, "\(String(describing: error))")
                #expect(proxy.requests.isEmpty)
            }
        }
    }

    @Test("NO_PROXY leads past the proxy", .directoryInMemory, arguments: ["127.0.0.1", "*", "example.com,127.0.0.1"])
    func exceptions(_ list: String) async throws {
        try await TunnelProxy.run { tunnel in
            let environment = [
                "AWS_CA_BUNDLE": Self.authority, "HTTPS_PROXY": "http://\(tunnel.authority)", "NO_PROXY": list,
            ]
            try await withEncryption(environment) { bucket, backend, _ in
                try await bucket.upload("text", to: "object", with: backend)
                #expect(try await bucket.text("object") == "text")
                #expect(tunnel.tunnels.isEmpty)
            }
        }
    }
}
