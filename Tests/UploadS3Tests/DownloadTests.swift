import Foundation
import NIOCore
import NIOHTTP1
import RunOutputs
import Synchronization
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@testable import UploadS3

@Suite("Downloads from a store that fails", .needsServers, .serialized)
struct DownloadTests {
    /// Two parts of five mebibytes and a short one.
    private static let content = Data.sample(byteCount: (10 << 20) + 20_000)
    private static let twoParts = content.prefix((5 << 20) + 20_000)

    private func request(_ bucket: TestBucket, sha256: String? = nil) throws -> DownloadRequest {
        DownloadRequest(
            location: bucket.location("object"), path: try TemporaryDirectory.url().appending(path: "copy").path,
            sha256: sha256)
    }

    private func store(_ content: Data, in bucket: TestBucket) async throws {
        try await bucket.upload(.file(TestFile.write(content, to: "file", in: TemporaryDirectory.url())), to: "object")
    }

    private func copy() throws -> Data? {
        FileManager.default.contents(atPath: try TemporaryDirectory.url().appending(path: "copy").path)
    }

    private func hiddenFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: TemporaryDirectory.url().path).filter { $0.hasPrefix(".") }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var server: TestServer
        var fault: Fault
        var testDescription: String { "\(server): \(fault)" }

        static let faults: [Fault] = [
            .reset, .lostAnswer, .halfAnswer, .answer(500, ""), .error(503, "SlowDown"), .answer(429, ""),
        ]
        static let all = TestServer.running.flatMap { server in faults.map { Case(server: server, fault: $0) } }
    }

    @Test("A fault that passes is repeated, and the bytes arrive once", .directoryInMemory, arguments: Case.all)
    func transientFaults(_ testCase: Case) async throws {
        let reads = Mutex(0)
        try await testCase.server.withProxy { request in
            guard request.method == .GET else { return .none }
            return reads.withLock { reads in
                reads += 1
                return reads % 2 == 1 ? testCase.fault : .none
            }
        } _: { bucket, backend, _ in
            let content = Self.twoParts
            try await store(content, in: bucket)
            let arrived = Mutex<Int64>(0)
            let receipt = try await backend.download(request(bucket)) { count in arrived.withLock { $0 += count } }
            #expect(try copy() == content)
            #expect(receipt.sha256 == BackendContract.sha256(content))
            #expect(arrived.withLock { $0 } == Int64(content.count))
            #expect(reads.withLock { $0 } >= 4)
            #expect(try hiddenFiles().isEmpty)
        }
    }

    @Test("An interrupted download goes on where it ended", .directoryInMemory, arguments: TestServer.running)
    func resumption(_ server: TestServer) async throws {
        let fails = Mutex(true)
        try await server.withProxy { request in
            guard request.method == .GET, fails.withLock({ $0 }) else { return .none }
            // The third part never arrives.
            return request.headers["range"].first == "bytes=10485760-10505759" ? .error(400, "Broken") : .none
        } _: { bucket, backend, proxy in
            try await store(Self.content, in: bucket)
            var only = backend.configuration
            only.concurrency = 1
            let first = S3Backend(configuration: only, provider: StaticCredentials(TestServer.credentials))
            await #expect(throws: StoreError.self) {
                try await first.download(request(bucket), progress: { _ in })
            }
            await first.shutdown()
            #expect(try copy() == nil)
            #expect(try hiddenFiles().count == 2)
            fails.withLock { $0 = false }
            let before = proxy.requests.count
            let receipt = try await backend.download(request(bucket), progress: { _ in })
            #expect(try copy() == Self.content)
            #expect(receipt.resumedByteCount >= 10 << 20)
            #expect(proxy.requests.dropFirst(before).filter { $0.method == .GET }.count == 1)
            #expect(try hiddenFiles().isEmpty)
        }
    }

    @Test("What is left of another version is not used", .directoryInMemory, arguments: TestServer.running)
    func changedMeanwhile(_ server: TestServer) async throws {
        let fails = Mutex(true)
        try await server.withProxy { request in
            guard request.method == .GET, fails.withLock({ $0 }) else { return .none }
            return request.headers["range"].first == "bytes=10485760-10505759" ? .error(400, "Broken") : .none
        } _: { bucket, backend, _ in
            try await store(Self.content, in: bucket)
            await #expect(throws: StoreError.self) {
                try await backend.download(request(bucket), progress: { _ in })
            }
            let other = Data.sample(byteCount: Self.content.count, seed: 1)
            try await store(other, in: bucket)
            fails.withLock { $0 = false }
            let receipt = try await backend.download(request(bucket), progress: { _ in })
            #expect(try copy() == other)
            #expect(receipt.resumedByteCount == 0)
        }
    }

    @Test("Leftovers that are damaged are fetched again", .directoryInMemory, arguments: TestServer.running.suffix(1))
    func damagedLeftover(_ server: TestServer) async throws {
        let fails = Mutex(true)
        try await server.withProxy { request in
            guard request.method == .GET, fails.withLock({ $0 }) else { return .none }
            return request.headers["range"].first == "bytes=10485760-10505759" ? .error(400, "Broken") : .none
        } _: { bucket, backend, _ in
            try await store(Self.content, in: bucket)
            await #expect(throws: StoreError.self) {
                try await backend.download(request(bucket), progress: { _ in })
            }
            let part = try #require(try hiddenFiles().first { $0.hasSuffix(".part") })
            let handle = try FileHandle(forWritingTo: TemporaryDirectory.url().appending(path: part))
            try handle.write(contentsOf: Data("damage".utf8))
            try handle.close()
            fails.withLock { $0 = false }
            let digest = BackendContract.sha256(Self.content)
            let receipt = try await backend.download(request(bucket, sha256: digest), progress: { _ in })
            #expect(try copy() == Self.content)
            #expect(receipt.evidence == .announced && receipt.resumedByteCount == 0)
        }
    }

    @Test("Bytes that differ from the store's checksum do not appear", .directoryInMemory)
    func damagedBytes() async throws {
        let server = try #require(TestServer.running.last)
        try await server.withProxy {
            $0.method == .GET ? .tagged("tampered", tag: "919c8b643b7133116b02fc0d9bb7df3f") : .none
        } _: { bucket, backend, _ in
            try await bucket.upload("original", to: "object")
            let error = await #expect(throws: StoreError.self) {
                try await backend.download(request(bucket), progress: { _ in })
            }
            #expect(error?.code == .damaged)
            #expect(try copy() == nil)
            #expect(try hiddenFiles().isEmpty)
        }
    }

    @Test("A refusal is not an absence", .directoryInMemory)
    func refusal() async throws {
        let server = try #require(TestServer.running.last)
        try await server.withProxy { _ in
            .error(403, "AccessDenied")
        } _: { bucket, backend, _ in
            for read in [
                { _ = try await backend.head(bucket.location("object")) },
                { _ = try await backend.objects(below: bucket.location("x")) },
                { _ = try await backend.download(request(bucket), progress: { _ in }) },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: StoreError.self) { try await read() }
                #expect(error?.code == .accessDenied)
            }
        }
    }

    @Test("Without credentials requests are anonymous", .directoryInMemory)
    func anonymous() async throws {
        // The only server that lets everybody read.
        try await TestServer.moto.withProxy { request in
            request.headers.contains(name: "authorization") ? .error(400, "Signed") : .none
        } _: { bucket, _, proxy in
            let headers = [(name: "x-amz-acl", value: "public-read")]
            let client = bucket.backend.client
            _ = try await client.send(
                S3Request(method: "PUT", bucket: bucket.name, query: [("acl", "")], headers: headers))
            _ = try await client.put(
                bucket.location("object"), headers: headers, body: .bytes(ByteBuffer(string: "public"), sha256: nil))
            let configuration = try TestServer.moto.configuration(at: proxy.url)
            let backend = S3Backend(configuration: configuration, provider: NoCredentials())
            let result: Result<Int, any Error>
            do {
                _ = try await backend.download(request(bucket), progress: { _ in })
                result = .success(try await backend.objects(below: bucket.location("")).count)
            } catch {
                result = .failure(error)
            }
            await backend.shutdown()
            #expect(try result.get() == 1)
            #expect(try copy() == Data("public".utf8))
        }
    }

    private struct NoCredentials: CredentialsProvider {
        func credentials() async throws -> Credentials? { nil }
    }

    @Test("A server that ignores Range is asked for whole objects", .directoryInMemory)
    func rangesIgnored() async throws {
        let server = try #require(TestServer.running.first)
        let content = Self.content
        try await server.withProxy { request in
            request.method == .GET ? .wholeObject : .none
        } _: { bucket, backend, proxy in
            try await store(content, in: bucket)
            for _ in 0..<2 {
                let arrived = Mutex<Int64>(0)
                _ = try await backend.download(request(bucket)) { count in arrived.withLock { $0 += count } }
                #expect(try copy() == content)
                #expect(arrived.withLock { $0 } == Int64(content.count))
            }
            let whole = proxy.requests.filter { $0.method == .GET && !$0.headers.contains(name: "range") }
            #expect(whole.count == 2)
            do {
                try await unsafe backend.read(bucket.location("object")) { _ in }
                Issue.record("the server sends no parts")
            } catch let error as StoreError {
                #expect(error.message.contains("ignores Range"))
            }
        }
    }
}
