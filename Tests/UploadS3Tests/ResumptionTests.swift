import Foundation
import NIOHTTP1
import RunOutputs
import Synchronization
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@testable import UploadS3

@Suite("Uploads that an earlier run left behind", .needsServers, .serialized)
struct ResumptionTests {
    private static let content = Data.sample(byteCount: (10 << 20) + 20_000)

    /// Leaves an upload behind as a killed run does: some parts stored, nothing given up.
    private func leave(
        _ bucket: TestBucket, parts: [Int], of data: Data, headers: [(name: String, value: String)] = []
    ) async throws {
        let client = bucket.backend.client
        let upload = try await client.createMultipartUpload(
            bucket.location("object"), headers: [("content-type", "text/x-log")] + headers)
        for number in parts {
            let range = (number - 1) * (5 << 20)..<min(number * (5 << 20), data.count)
            let content = try UploadContent(.bytes([UInt8](data[range])), in: SourceDirectories())
            let digests = try content.digests([.sha256, .md5])
            _ = try await client.uploadPart(
                number, of: upload, headers: client.configuration.checksumHeaders(digests),
                body: .bytes(#require(content.bytes), sha256: client.configuration.signedHash(digests)))
        }
    }

    @Test(
        "Parts that are there are not sent again; what does not fit is given up", .directoryInMemory,
        arguments: TestServer.running)
    func takesUp(_ server: TestServer) async throws {
        let file = try TestFile.write(Self.content, to: "file", in: TemporaryDirectory.url())
        try await server.withProxy { _ in
            .none
        } _: { bucket, backend, proxy in
            // An upload of a longer file, and one of this file whose second part has other bytes.
            try await leave(bucket, parts: [1, 4], of: Self.content + Self.content)
            var damaged = Self.content
            damaged[6 << 20] ^= 1
            try await leave(bucket, parts: [1, 2, 3], of: damaged)
            let receipt = try await bucket.upload(.file(file), to: "object", with: backend)
            #expect(receipt.sha256 == BackendContract.sha256(Self.content))
            let sent = proxy.requests.filter(\.isWrite).compactMap { request in
                request.uri.firstMatch(of: /partNumber=(\d+)/).map { String($0.1) }
            }
            // rclone lets nobody replace a part, so that all are sent again in a new upload.
            #expect(server == .rclone ? Set(sent) == ["1", "2", "3"] : sent == ["2"])
            let stored = try await bucket.read(bucket.location("object"))
            #expect(stored.map { Data($0.bytes) } == Self.content)
            let leftovers = try await bucket.backend.client.incompleteUploads(of: bucket.location("object"))
            #expect(leftovers.isEmpty)
        }
    }

    @Test(
        "An upload that was begun with other properties is not passed off as this one", .directoryInMemory,
        arguments: ExistingObjectPolicy.allCases)
    func otherProperties(_ policy: ExistingObjectPolicy) async throws {
        let server = try #require(TestServer.running.first)
        let file = try TestFile.write(Self.content, to: "file", in: TemporaryDirectory.url())
        try await server.withBucket { bucket in
            try await leave(
                bucket, parts: [1, 2, 3], of: Self.content, headers: [("cache-control", "no-store")])
            var properties = ObjectProperties()
            properties.cacheControl = "max-age=60"
            let sent = Mutex<Int64>(0)
            _ = try await bucket.backend.upload(
                UploadRequest(
                    body: .file(file), destination: bucket.location("object"), contentType: "text/x-log",
                    properties: properties, existing: policy)
            ) { count in sent.withLock { $0 += count } }
            let head = try #require(try await bucket.backend.client.head(bucket.location("object")))
            #expect(head.properties["cache-control"] == "max-age=60")
            #expect(sent.withLock { $0 } == Int64(Self.content.count))
            let leftovers = try await bucket.backend.client.incompleteUploads(of: bucket.location("object"))
            #expect(leftovers.isEmpty)
        }
    }

    @Test(
        "A file that changes while it is sent is not stored", .directoryInMemory, arguments: TestServer.running,
        [false, true])
    func changeMeanwhile(_ server: TestServer, isParted: Bool) async throws {
        let folder = try TemporaryDirectory.url()
        let content = isParted ? Self.content : Self.content.prefix(3 << 20)
        let file = try TestFile.write(content, to: "file", in: folder)
        try await server.withBucket { bucket in
            let error = await #expect(throws: StoreError.self) {
                _ = try await bucket.backend.upload(
                    UploadRequest(
                        body: .file(file), destination: bucket.location("object"), contentType: "text/x-log")
                ) { _ in
                    // The bytes stay, and a writer has been there: what is sent cannot be trusted.
                    try? FileManager.default.setAttributes(
                        [.modificationDate: Date(timeIntervalSinceNow: 3600)], ofItemAtPath: file.path.text)
                }
            }
            #expect(error?.code == .sourceChanged)
            let keys = try await bucket.keys()
            #expect(keys.isEmpty)
        }
    }
}
