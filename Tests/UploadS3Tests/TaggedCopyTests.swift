import Foundation
import RunLifetime
import RunOutputs
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@testable import UploadS3

@Suite("Tags, classes and lifecycle rules in stores", .needsServers, .serialized)
struct TaggedCopyTests {
    /// The servers that keep tags.
    private static let tagging = TestServer.running.filter { $0 == .moto || $0 == .seaweed }

    private static func place(
        _ retention: Retention?, storageClass: String? = nil, cacheControl: String? = nil
    ) -> PlaceProperties {
        var properties = PlaceProperties()
        properties.retention = retention
        properties.storageClass = storageClass
        properties.cacheControl = cacheControl
        return properties
    }

    /// Uploads an object that a nightly could have left.
    private static func upload(_ bytes: Int, to key: String, in bucket: TestBucket) async throws {
        var properties = ObjectProperties()
        properties.tags = ["therock:retain": "30d", "owner": "a b/c"]
        properties.metadata = ["commit": "abc"]
        properties.cacheControl = "max-age=60"
        let content = [UInt8](Data.sample(byteCount: bytes))
        _ = try await bucket.backend.upload(
            UploadRequest(
                body: .bytes(content), destination: bucket.location(key), contentType: "application/x-test",
                properties: properties),
            progress: { _ in })
    }

    @Test(
        "Copies keep everybody else's tags and metadata, and are kept as their own place says",
        arguments: tagging, [1000, 6_000_000])
    func tags(server: TestServer, bytes: Int) async throws {
        try await server.withBucket { bucket in
            try await Self.upload(bytes, to: "nightly", in: bucket)
            let client = bucket.backend.client
            for (name, place, expected) in [
                ("release", Self.place(nil), ["owner": "a b/c"]), ("kept", Self.place(.forever), ["owner": "a b/c"]),
                ("short", Self.place(.days(7)), ["owner": "a b/c", "therock:retain": "7d"]),
                ("same", Self.place(.days(30)), ["owner": "a b/c", "therock:retain": "30d"]),
            ] {
                let receipt = try await bucket.backend.copy(
                    bucket.location("nightly"), to: bucket.location(name), properties: place)
                #expect(receipt.outcome == .uploaded)
                #expect(try await client.tags(of: bucket.location(name)) == expected, "\(name)")
                let head = try #require(try await client.head(bucket.location(name)))
                #expect(head.size == bytes)
                #expect(head.properties["content-type"] == "application/x-test")
                #expect(head.properties["x-amz-meta-commit"] == "abc")
                #expect(head.properties["cache-control"] == "max-age=60")
            }
            #expect(bucket.backend.notices.isEmpty)
        }
    }

    @Test("The place's class and cache control win over the source's", arguments: tagging, [1000, 6_000_000])
    func placeProperties(server: TestServer, bytes: Int) async throws {
        try await server.withBucket { bucket in
            try await Self.upload(bytes, to: "nightly", in: bucket)
            let place = Self.place(nil, storageClass: "STANDARD_IA", cacheControl: "immutable")
            _ = try await bucket.backend.copy(
                bucket.location("nightly"), to: bucket.location("release"), properties: place)
            let head = try #require(try await bucket.backend.client.head(bucket.location("release")))
            #expect(head.storageClass == "STANDARD_IA")
            #expect(head.properties["cache-control"] == "immutable")
            #expect(head.properties["x-amz-meta-commit"] == "abc")
            #expect(head.properties["content-type"] == "application/x-test")
        }
    }

    @Test("A copy that was there is kept as its place says from now on, unless it is pinned", arguments: tagging)
    func thereAlready(server: TestServer) async throws {
        try await server.withBucket { bucket in
            try await Self.upload(1000, to: "nightly", in: bucket)
            let (client, source, copy) = (bucket.backend.client, bucket.location("nightly"), bucket.location("release"))
            _ = try await bucket.backend.copy(source, to: copy, properties: Self.place(.days(30)))
            for (place, expected) in [
                (Self.place(nil), ["owner": "a b/c"]),
                (Self.place(.days(7)), ["owner": "a b/c", "therock:retain": "7d"]),
            ] {
                let receipt = try await bucket.backend.copy(source, to: copy, properties: place)
                #expect(receipt.outcome == .identical)
                #expect(try await client.tags(of: copy) == expected)
            }
            let pinned = ["owner": "a b/c", "therock:pinned": "7d"]
            try await client.setTags(pinned, of: copy)
            _ = try await bucket.backend.copy(source, to: copy, properties: Self.place(.days(1)))
            #expect(try await client.tags(of: copy) == pinned)
        }
    }

    @Test("Stores that keep no tags are told of, and nothing of theirs is overwritten", arguments: TestServer.running)
    func withoutTags(server: TestServer) async throws {
        try await server.withBucket { bucket in
            try await bucket.upload("content", to: "nightly")
            for _ in 0..<2 {
                _ = try await bucket.backend.copy(
                    bucket.location("nightly"), to: bucket.location("release"), properties: Self.place(.days(7)))
                #expect(try await bucket.text("release") == "content")
            }
            if server == .rclone { #expect(bucket.backend.notices.contains(.noTags)) }
        }
    }

    @Test("A bucket's own lifecycle rules survive ours", arguments: tagging)
    func lifecycle(server: TestServer) async throws {
        try await server.withBucket { bucket in
            let backend = bucket.backend
            var found = try await backend.lifecycle(of: bucket.name)
            #expect(found.rules.isEmpty)
            let own =
                "<Rule><ID>own &amp; old</ID><Filter><Prefix>tmp/</Prefix></Filter><Status>Enabled</Status>"
                + "<Expiration><Days>3</Days></Expiration></Rule>"
            found = try await backend.setLifecycle([own], over: found, of: bucket.name)
            #expect(found.rules.map(\.id) == ["own & old"])
            #expect(found.rules.map(\.isOtherwise) == [true])
            let comparison = LifecycleComparison([.days(30), .days(7)], with: found.rules)
            found = try await backend.setLifecycle(comparison.rules(pruning: false), over: found, of: bucket.name)
            #expect(found.rules.map(\.id) == ["own & old", "therock-retain-7d", "therock-retain-30d"])
            #expect(!LifecycleComparison([.days(30), .days(7)], with: found.rules).isChange(pruning: true))
            let less = LifecycleComparison([.days(7)], with: found.rules)
            found = try await backend.setLifecycle(less.rules(pruning: true), over: found, of: bucket.name)
            #expect(found.rules.map(\.id) == ["own & old", "therock-retain-7d"])
        }
    }

    @Test("Stores without lifecycle rules are refused before anything is put there", arguments: TestServer.running)
    func withoutLifecycle(server: TestServer) async throws {
        guard !Self.tagging.contains(server) else { return }
        try await server.withBucket { bucket in
            await #expect(throws: StoreError.self) { try await bucket.backend.lifecycle(of: bucket.name) }
        }
    }
}
