import Foundation
import NIOHTTP1
import RunOutputs
import Synchronization
import Testing
import UploadExecution
import UploadTestSupport

@testable import UploadS3

@Suite("Copies inside a store", .needsServers, .serialized)
struct ServerSideCopyTests {
    /// Two parts of five mebibytes and a short one.
    private static let content = Data.sample(byteCount: (10 << 20) + 20_000)
    private static let twoParts = content.prefix((5 << 20) + 20_000)

    private func upload(_ content: Data, to bucket: TestBucket) async throws {
        let file = try TestFile.write(content, to: "file", in: TemporaryDirectory.url())
        _ = try await bucket.backend.upload(
            UploadRequest(body: .file(file), destination: bucket.location("object"), contentType: "application/x-test"),
            progress: { _ in })
    }

    @Test(
        "Large objects are copied in parts, with their properties", .directoryInMemory, arguments: TestServer.running)
    func parts(_ server: TestServer) async throws {
        let count = Mutex(0)
        try await server.withProxy { request in
            guard request.headers.contains(name: "x-amz-copy-source") else { return .none }
            // Every second request fails.
            return count.withLock { count in
                count += 1
                return count % 2 == 1 ? .error(503, "SlowDown") : .none
            }
        } _: { bucket, backend, proxy in
            try await upload(Self.content, to: bucket)
            let source = try #require(try await backend.client.head(bucket.location("object")))
            _ = try await backend.copy(bucket.location("object"), to: bucket.location("copies/a +ü"))
            let copy = try await bucket.read(bucket.location("copies/a +ü"))
            #expect(copy.map { Data($0.bytes) } == Self.content)
            // rclone copies whole objects only, and keeps no media type of a copy.
            if server != .rclone {
                let ranges = proxy.requests.compactMap { $0.headers.first(name: "x-amz-copy-source-range") }
                #expect(Set(ranges) == ["bytes=0-5242879", "bytes=5242880-10485759", "bytes=10485760-10505759"])
                let head = try #require(try await backend.client.head(bucket.location("copies/a +ü")))
                #expect(head.properties == source.properties)
            }
            #expect(try await bucket.backend.client.incompleteUploads(of: bucket.location("copies/a +ü")).isEmpty)
        }
    }

    @Test("Nothing is copied from or over the wrong object", .directoryInMemory, arguments: TestServer.running)
    func refusals(_ server: TestServer) async throws {
        try await server.withBucket { bucket in
            try await upload(Self.twoParts, to: bucket)
            try await bucket.upload("something else", to: "other")
            for (source, destination, code) in [
                ("object", "other", StoreError.Code.conflict), ("absent", "new", .notFound),
            ] {
                let error = await #expect(throws: StoreError.self) {
                    try await bucket.backend.copy(bucket.location(source), to: bucket.location(destination))
                }
                #expect(error?.code == code)
            }
            #expect(try await bucket.text("other") == "something else")
            #expect(try await bucket.text("new") == nil)
        }
    }

    @Test(
        "Objects in other parts are told to be the same by reading them", .directoryInMemory,
        arguments: TestServer.running)
    func otherParts(_ server: TestServer) async throws {
        try await server.withBucket { bucket in
            try await upload(Self.twoParts, to: bucket)
            var configuration = bucket.backend.configuration
            configuration.multipartThreshold = 1 << 40
            let other = S3Backend(configuration: configuration, provider: StaticCredentials(TestServer.credentials))
            let file = try TestFile.write(Self.twoParts, to: "file", in: TemporaryDirectory.url())
            try await bucket.upload(.file(file), to: "whole", with: other)
            await other.shutdown()
            let receipt = try await bucket.backend.copy(bucket.location("object"), to: bucket.location("whole"))
            #expect(receipt.outcome == .identical)
        }
    }
}
