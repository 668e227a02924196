import Foundation
import NIOHTTP1
import RunLifetime
import RunOutputs
import Synchronization
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@testable import UploadS3

@Suite("Pinned runs", .needsServers, .serialized)
struct PinTests {
    private static let tagging = TestServer.running.filter { $0 == .moto || $0 == .seaweed }

    private static func root(in bucket: TestBucket) throws -> RunOutputRoot {
        try RunOutputRoot(bucket: bucket.name, runID: "7", platform: .linux)
    }

    /// Uploads objects of a run, and one of another.
    private static func fill(_ bucket: TestBucket, count: Int) async throws {
        for index in 0..<count {
            var properties = ObjectProperties()
            properties.tags = index % 3 == 0 ? ["owner": "me"] : ["owner": "me", "therock:retain": "\(index)d"]
            _ = try await bucket.backend.upload(
                UploadRequest(
                    body: .bytes([1]), destination: bucket.location("7-linux/f\(index)"), contentType: "x/y",
                    properties: properties), progress: { _ in })
        }
        var properties = ObjectProperties()
        properties.tags = ["therock:retain": "9d"]
        _ = try await bucket.backend.upload(
            UploadRequest(
                body: .bytes([1]), destination: bucket.location("7-linux-other/f"), contentType: "x/y",
                properties: properties), progress: { _ in })
    }

    private static func tags(_ bucket: TestBucket, _ key: String) async throws -> [String: String] {
        try await bucket.backend.tags(of: bucket.location(key))
    }

    private static func check(_ bucket: TestBucket, count: Int, isPinned: Bool) async throws {
        for index in 0..<count {
            var expected = ["owner": "me"]
            if index % 3 != 0 { expected[isPinned ? "therock:pinned" : "therock:retain"] = "\(index)d" }
            #expect(try await tags(bucket, "7-linux/f\(index)") == expected)
        }
        #expect(try await tags(bucket, "7-linux-other/f") == ["therock:retain": "9d"])
    }

    @Test(
        "Pinning and back changes our tags of the run, and nothing else; again it changes nothing", arguments: tagging)
    func pinning(server: TestServer) async throws {
        try await server.withBucket { bucket in
            try await Self.fill(bucket, count: 12)
            let (pinner, root) = (RunPinner(backend: bucket.backend, concurrency: 4), try Self.root(in: bucket))
            let dry = try await RunPinner(backend: bucket.backend, concurrency: 4, isDryRun: true)
                .run(.pin, root, shard: nil)
            #expect(dry.changed == 8 && dry.unchanged == 4)
            try await Self.check(bucket, count: 12, isPinned: false)
            for (change, isPinned) in [(RunPinner.Change.pin, true), (.unpin, false)] {
                let first = try await pinner.run(change, root, shard: nil)
                #expect(first.changed == 8 && first.unchanged == 4 && first.failed == 0)
                try await Self.check(bucket, count: 12, isPinned: isPinned)
                let second = try await pinner.run(change, root, shard: nil)
                #expect(second.changed == 0 && second.unchanged == 12)
            }
        }
    }

    @Test("Shards together do what one job does", arguments: tagging)
    func shards(server: TestServer) async throws {
        try await server.withBucket { bucket in
            try await Self.fill(bucket, count: 12)
            let (pinner, root) = (RunPinner(backend: bucket.backend, concurrency: 4), try Self.root(in: bucket))
            var count = 0
            for number in 1...3 {
                let outcome = try await pinner.run(.pin, root, shard: Shard("\(number)/3"))
                count += outcome.changed + outcome.unchanged
            }
            #expect(count == 12)
            try await Self.check(bucket, count: 12, isPinned: true)
        }
    }

    @Test("What fails is told, and the next time it is done", arguments: tagging)
    func failures(server: TestServer) async throws {
        let refused = Mutex(3)
        try await server.withProxy { request in
            guard request.method == .PUT, request.uri.contains("tagging") else { return .none }
            return refused.withLock { left in
                left -= 1
                return left >= 0 ? .error(403, "AccessDenied") : .none
            }
        } _: { bucket, backend, _ in
            try await Self.fill(bucket, count: 12)
            let (pinner, root) = (RunPinner(backend: backend, concurrency: 1), try Self.root(in: bucket))
            let first = try await pinner.run(.pin, root, shard: nil)
            #expect(first.failed == 3 && first.changed == 5)
            #expect(first.failures.render().contains("3 × "))
            #expect(try await pinner.run(.pin, root, shard: nil).changed == 3)
            try await Self.check(bucket, count: 12, isPinned: true)
        }
    }

    @Test("A store without tags fails before any object is written", arguments: TestServer.running)
    func withoutTags(server: TestServer) async throws {
        guard server == .rclone else { return }
        try await server.withBucket { bucket in
            try await bucket.upload("content", to: "7-linux/a")
            let pinner = RunPinner(backend: bucket.backend, concurrency: 1)
            let outcome = try await pinner.run(.pin, try Self.root(in: bucket), shard: nil)
            #expect(outcome.failed == 1 && outcome.changed == 0)
            #expect(try await bucket.text("7-linux/a") == "content")
        }
    }

    @Test("The reason is kept as long as it is the same, and says so", arguments: TestServer.running)
    func record(server: TestServer) async throws {
        try await server.withBucket { bucket in
            let (root, backend) = (try Self.root(in: bucket), bucket.backend)
            func write(_ isPinned: Bool, _ reason: String, at: String) async throws -> PinRecord? {
                try await PinRecord(isPinned: isPinned, reason: reason, by: "me", at: at).write(to: root, in: backend)
            }
            func read() async throws -> PinRecord? {
                try await PinRecord.read(PinRecord.location(in: root), in: backend)?.record
            }
            #expect(try await write(false, "", at: "0") == nil)
            #expect(try await read() == nil)
            #expect(try await write(true, "why", at: "1") == nil)
            #expect(try await write(true, "why", at: "2")?.at == "1")
            #expect(try await read()?.at == "1")
            #expect(try await write(true, "other", at: "3")?.reason == "why")
            #expect(try await write(false, "other", at: "4")?.isPinned == true)
            let last = try #require(try await read())
            #expect(!last.isPinned && last.reason == "other" && last.at == "4" && last.by == "me")
            try await bucket.upload("{}", to: "7-linux/receipts/pin.json")
            await #expect(throws: StoreError.self) { try await read() }
        }
    }
}
