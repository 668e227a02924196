import Foundation
import NIOHTTP1
import RunOutputs
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@testable import UploadS3

@Suite("Objects that exist already, on real servers", .needsServers)
struct ExistingObjectTests {
    @Test(
        "A store that ignores conditions is found out, without a trace, and the user is told",
        arguments: TestServer.running)
    func conditionsAreTriedOut(_ server: TestServer) async throws {
        try await server.withBucket { bucket in
            for index in 0..<5 { try await bucket.upload("text", to: "dir/object-\(index)", .identical) }
            #expect(try await bucket.keys() == (0..<5).map { "dir/object-\($0)" })
            #expect(bucket.backend.notices.isEmpty == server.honoursConditions)
            #expect(bucket.backend.notices.count <= 1)
        }
    }

    @Test(
        "--require-atomic refuses a store that ignores conditions before anything is written",
        arguments: TestServer.running)
    func atomicWritesCanBeRequired(_ server: TestServer) async throws {
        try await server.withBucket {
            $0.requiresAtomicWrites = true
        } _: { bucket in
            do {
                try await bucket.upload("text", to: "object", .fail)
                #expect(server.honoursConditions)
            } catch let error as StoreError {
                #expect(!server.honoursConditions)
                #expect(error.code == .destination && error.message.contains("--require-atomic"))
                let keys = try await bucket.keys()
                #expect(keys.isEmpty)
            }
        }
    }

    @Test(
        "A finished upload is not sent again", .directoryInMemory, arguments: TestServer.running,
        [ExistingObjectPolicy.identical, .keep])
    func nothingIsSentTwice(_ server: TestServer, policy: ExistingObjectPolicy) async throws {
        // Whole, in parts with and without an announced digest.
        let folder = try TemporaryDirectory.url()
        let large = Data.sample(byteCount: (5 << 20) + 20_000)
        let files = try [
            TestFile.write("small", to: "small", in: folder), TestFile.write(large, to: "large", in: folder),
            TestFile.write(large, to: "announced", in: folder),
        ]
        try TestFile.write("\(BackendContract.sha256(large))  announced\n", to: "announced.sha256sum", in: folder)
        try await server.withProxy { _ in
            .none
        } _: { bucket, backend, proxy in
            for (index, file) in files.enumerated() {
                #expect(try await bucket.upload(.file(file), to: "object-\(index)", policy).outcome == .uploaded)
            }
            for (index, file) in files.enumerated() {
                let receipt = try await bucket.upload(.file(file), to: "object-\(index)", policy, with: backend)
                #expect(receipt.outcome == (policy == .keep ? .kept : .identical))
            }
            #expect(proxy.requests.allSatisfy { $0.method == .HEAD })
        }
    }

    @Test("Compares without changing anything", arguments: TestServer.running)
    func comparisons(_ server: TestServer) async throws {
        try await server.withBucket { bucket in
            try await bucket.upload("text", to: "object")
            func compare(_ text: String, _ key: String) async throws -> ObjectComparison {
                try await bucket.backend.compare(
                    UploadRequest(
                        body: .bytes(Array(text.utf8)), destination: bucket.location(key), contentType: "text/plain"))
            }
            #expect(try await compare("text", "object") == .identical)
            #expect(try await compare("text", "other") == .absent)
            #expect(try await compare("longer", "object") == .different("it has 4 bytes, the file has 6"))
            guard case .different = try await compare("TEXT", "object") else {
                Issue.record("the same size is not the same content")
                return
            }
            #expect(try await bucket.keys() == ["object"])
        }
    }

    struct Race: Sendable, CustomTestStringConvertible {
        var server: TestServer
        var policy: ExistingObjectPolicy
        var testDescription: String { "\(server), \(policy)" }

        /// Whole objects only: when an upload in parts is completed, SeaweedFS looks first and then writes, so that two
        /// writers can both win.
        static let all = TestServer.running.filter(\.decidesRaces).flatMap { server in
            [ExistingObjectPolicy.identical, .keep, .fail].map { Race(server: server, policy: $0) }
        }
    }

    @Test("Of two writers one wins, in each of thirty rounds", .directoryInMemory, arguments: Race.all)
    func races(_ race: Race) async throws {
        let folder = try TemporaryDirectory.url()
        let contents = (1...2).map { Data(repeating: $0, count: 1000) }
        let files = try contents.enumerated().map { try TestFile.write($1, to: "writer-\($0)", in: folder) }
        try await race.server.withBucket { bucket in
            for round in 0..<30 {
                let winners = try await withThrowingTaskGroup(of: Int?.self) { group in
                    for (writer, file) in files.enumerated() {
                        group.addTask {
                            do {
                                let key = "object-\(round)"
                                let receipt = try await bucket.upload(.file(file), to: key, race.policy)
                                return receipt.outcome == .uploaded ? writer : nil
                            } catch let error as StoreError where error.code == .conflict && race.policy != .keep {
                                return nil
                            }
                        }
                    }
                    return try await group.reduce(into: [Int]()) { $0 += $1.map { [$0] } ?? [] }
                }
                #expect(winners.count == 1)
                let stored = try await bucket.read(bucket.location("object-\(round)"))
                #expect(stored.map { Data($0.bytes) } == winners.first.map { contents[$0] })
            }
        }
    }

    @Test("Metadata is not believed against the store's own digest", arguments: TestServer.running)
    func lyingMetadata(_ server: TestServer) async throws {
        try await server.withBucket { bucket in
            let (old, new) = (Array("old".utf8), Array("new".utf8))
            let content = try UploadContent(.bytes(old), in: SourceDirectories())
            let digests = try content.digests([.sha256, .md5])
            let client = bucket.backend.client
            _ = try await client.put(
                bucket.location("object"),
                headers: client.configuration.checksumHeaders(digests) + [
                    ("x-amz-meta-sha256", BackendContract.sha256(new))
                ], body: .bytes(#require(content.bytes), sha256: client.configuration.signedHash(digests)))
            let error = await #expect(throws: StoreError.self) {
                try await bucket.upload("new", to: "object", .identical)
            }
            #expect(error?.code == .conflict)
            #expect(try await bucket.upload("old", to: "object", .identical).outcome == .identical)
            let etag = try #require(try await client.head(bucket.location("object"))).etag
            let verifier = ObjectVerifier(backend: bucket.backend, concurrency: 1)
            func finding(_ bytes: [UInt8], _ etag: String?) async throws -> VerificationFinding? {
                try await verifier.findings([
                    ExpectedObject(
                        location: bucket.location("object"),
                        content: .digest(sha256: BackendContract.sha256(bytes), size: 3, etag: etag))
                ]).first
            }
            for tag in [nil, "", "22af645d1859cb5ca6da0c484f1f37ea"] {
                #expect(try await finding(old, tag) == .identical)
                guard case .different = try await finding(new, tag) else {
                    Issue.record("the metadata was believed")
                    return
                }
            }
            #expect(try await finding(old, etag) == .identical)
        }
    }

    @Test("Examines a bucket without writing an object", arguments: TestServer.running)
    func examination(_ server: TestServer) async throws {
        try await server.withBucket { bucket in
            let findings = await bucket.backend.diagnose(bucket.location("dir/object"))
            #expect(findings.filter { $0.verdict == .fails } == [])
            #expect(findings.map(\.subject).contains("writing"))
            let keys = try await bucket.keys()
            #expect(keys.isEmpty)
            let elsewhere = await bucket.backend.diagnose(OutputLocation(bucket: "no-such-bucket-here", key: "object"))
            #expect(elsewhere.first { $0.subject == "bucket" }?.verdict == .fails)
        }
    }

    @Test("Sends the properties of the plan", arguments: TestServer.running)
    func properties(_ server: TestServer) async throws {
        try await server.withBucket { bucket in
            var properties = ObjectProperties()
            properties.contentEncoding = "gzip"
            properties.cacheControl = "max-age=60"
            properties.contentDisposition = "inline"
            properties.metadata = ["commit": "abc123"]
            properties.tags = ["team": "ci build+x=1", "a": "b"]
            _ = try await bucket.backend.upload(
                UploadRequest(
                    body: .bytes([1, 2, 3]), destination: bucket.location("object"), contentType: "text/html",
                    properties: properties)
            ) { _ in }
            let head = try #require(try await bucket.backend.client.head(bucket.location("object")))
            #expect(head.properties["content-type"] == "text/html; charset=utf-8")
            #expect(head.properties["x-amz-meta-commit"] == "abc123")
            // MinIO's gateway keeps no more than these two.
            if server != .minio {
                #expect(head.properties["content-encoding"] == "gzip")
                #expect(head.properties["cache-control"] == "max-age=60")
                #expect(head.properties["content-disposition"] == "inline")
            }
        }
    }

    @Test("A property that a header cannot carry is refused before anything is sent")
    func illegalProperties() async throws {
        let server = try #require(TestServer.running.first)
        try await server.withBucket { bucket in
            var properties = ObjectProperties()
            properties.metadata = ["name": "a\r\nx-amz-acl: public-read"]
            let request = UploadRequest(
                body: .bytes([1]), destination: bucket.location("object"), contentType: "text/html",
                properties: properties)
            let error = await #expect(throws: StoreError.self) {
                _ = try await bucket.backend.upload(request) { _ in }
            }
            #expect(error?.message.contains("x-amz-meta-name") == true)
        }
    }
}
