import Foundation
import NIOHTTP1
import RunOutputs
import Synchronization
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@testable import UploadS3

@Suite("Faults between client and server", .needsServers)
struct FaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var server: TestServer
        var fault: Fault
        var isParted: Bool
        var testDescription: String { "\(server), \(isParted ? "in parts" : "whole"): \(fault)" }

        static let transient: [Fault] = [
            .reset, .lostAnswer, .halfAnswer, .answer(500, ""), .answer(503, ""),
            .error(500, "InternalError"), .error(503, "SlowDown"), .error(400, "RequestTimeout"),
            .error(400, "BadDigest"), .answer(429, ""), .error(200, "InternalError"),
        ]

        static func all(parted: Bool) -> [Case] {
            TestServer.running.flatMap { server in
                (transient + slow(server)).map { Case(server: server, fault: $0, isParted: parted) }
            }
        }

        /// How long an answer is waited for where one is to come too late: longer than an honest one ever takes.
        static let idleTimeout = Duration.seconds(4)

        /// Each such case waits, and what the client does about it depends on no server.
        private static func slow(_ server: TestServer) -> [Fault] {
            server == .seaweed ? [.delay(idleTimeout * 2)] : []
        }
    }

    private func content(parted: Bool) -> Data { parted ? Self.large : Self.small }
    private static let small = Data.sample(byteCount: 20_000)
    private static let large = Data.sample(byteCount: (5 << 20) + 20_000)

    @Test(
        "A fault that passes is repeated, and the object arrives", .serialized, .directoryInMemory,
        arguments: Case.all(parted: false))
    func wholeObjects(_ testCase: Case) async throws { try await checkTransient(testCase) }

    @Test(
        "A fault that passes is repeated, and the parts arrive", .serialized, .directoryInMemory,
        arguments: Case.all(parted: true))
    func objectsInParts(_ testCase: Case) async throws { try await checkTransient(testCase) }

    private func checkTransient(_ testCase: Case) async throws {
        let content = content(parted: testCase.isParted)
        let file = try TestFile.write(content, to: "file", in: TemporaryDirectory.url())
        let spoiled = Mutex(0)
        let isDelay = if case .delay = testCase.fault { true } else { false }
        try await testCase.server.withProxy(idleTimeout: isDelay ? Case.idleTimeout : .seconds(20)) { request in
            // Every kind of request of the upload meets the fault once: the second write, the first of the others.
            guard request.isWrite || request.method == .POST else { return .none }
            return spoiled.withLock { count in
                count += 1
                return count % 2 == 1 && count < 6 ? testCase.fault : .none
            }
        } _: { bucket, backend, proxy in
            let receipt = try await bucket.upload(.file(file), to: "object", with: backend)
            #expect(receipt.outcome == .uploaded)
            let stored = try await bucket.read(bucket.location("object"))
            #expect(stored.map { Data($0.bytes) } == content)
            #expect(spoiled.withLock { $0 } >= 2)
            // Nothing is left over, whichever answer was lost.
            if testCase.isParted, testCase.fault != .lostAnswer, testCase.fault != .halfAnswer {
                let leftovers = try await bucket.backend.client.incompleteUploads(of: bucket.location("object"))
                #expect(leftovers.isEmpty || isDelay)
            }
        }
    }

    @Test(
        "A lost answer to a conditional write is recognised", .serialized, .directoryInMemory,
        arguments: TestServer.running, [false, true])
    func lostConditionalWrite(_ server: TestServer, isParted: Bool) async throws {
        let content = content(parted: isParted)
        let file = try TestFile.write(content, to: "file", in: TemporaryDirectory.url())
        let lost = Mutex(false)
        try await server.withProxy { request in
            let isDecisive =
                isParted
                ? request.method == .POST && request.uri.contains("uploadId")
                : request.isWrite
            guard isDecisive else { return .none }
            return lost.withLock { lost in
                defer { lost = true }
                return lost ? .none : .lostAnswer
            }
        } _: { bucket, backend, _ in
            let receipt = try await bucket.upload(.file(file), to: "object", .fail, with: backend)
            #expect(receipt.outcome == .uploaded)
            #expect(lost.withLock { $0 })
            #expect(try await bucket.read(bucket.location("object")).map { Data($0.bytes) } == content)
        }
    }

    @Test(
        "A store that fails for good makes the upload fail, and leaves nothing half written", .serialized,
        .directoryInMemory, arguments: TestServer.running, [false, true])
    func permanentFault(_ server: TestServer, isParted: Bool) async throws {
        let file = try TestFile.write(content(parted: isParted), to: "file", in: TemporaryDirectory.url())
        try await server.withProxy {
            $0.isWrite ? .error(500, "InternalError") : .none
        } _: { bucket, backend, proxy in
            try await bucket.upload("old", to: "object")
            let error = await #expect(throws: StoreError.self) {
                try await bucket.upload(.file(file), to: "object", with: backend)
            }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("InternalError") == true)
            #expect(try await bucket.text("object") == "old")
            let leftovers = try await bucket.backend.client.incompleteUploads(of: bucket.location("object"))
            #expect(leftovers.isEmpty)
        }
    }

    @Test(
        "An answer with the tag of something else is not believed", .serialized, .directoryInMemory,
        arguments: TestServer.running)
    func wrongTags(_ server: TestServer) async throws {
        let file = try TestFile.write(content(parted: true), to: "file", in: TemporaryDirectory.url())
        try await server.withProxy {
            $0.isWrite ? .wrongTag : .none
        } _: { bucket, backend, _ in
            // A whole object: the store is asked again, and holds what was sent.
            try await bucket.upload("text", to: "object-whole", with: backend)
            #expect(try await bucket.text("object-whole") == "text")
            // Parts: the store does not know them under these tags; a careless one ignores the tags.
            do {
                try await bucket.upload(.file(file), to: "object", with: backend)
                #expect(try await bucket.read(bucket.location("object"))?.bytes.count == Self.large.count)
            } catch let error as StoreError {
                #expect(error.code == .unavailable)
                #expect(try await bucket.read(bucket.location("object")) == nil)
            }
        }
    }

    @Test(
        "A document that ends early is not a success", .serialized, .directoryInMemory, arguments: TestServer.running)
    func truncatedDocuments(_ server: TestServer) async throws {
        let content = content(parted: true)
        let file = try TestFile.write(content, to: "file", in: TemporaryDirectory.url())
        let posts = Mutex(0)
        try await server.withProxy { request in
            guard request.method == .POST else { return .none }
            return posts.withLock { posts in
                posts += 1
                return posts % 2 == 1 ? .truncatedDocument : .none
            }
        } _: { bucket, backend, _ in
            try await bucket.upload(.file(file), to: "object", with: backend)
            #expect(try await bucket.read(bucket.location("object")).map { Data($0.bytes) } == content)
            #expect(posts.withLock { $0 } >= 4)
        }
    }

    @Test(
        "Two thousand files arrive though requests fail at random", .serialized, .directoryInMemory,
        arguments: [0.01, 0.1])
    func randomFaults(_ rate: Double) async throws {
        let server = try #require(TestServer.running.last)
        let random = Mutex(SeededNumbers(seed: 42))
        try await server.withProxy { request in
            let number = random.withLock { Double.random(in: 0..<1, using: &$0) }
            return number < rate / 2 ? .reset : number < rate ? .error(503, "SlowDown") : .none
        } _: { bucket, backend, proxy in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<2000 {
                    if index >= 64 { try await group.next() }
                    group.addTask { try await bucket.upload("file \(index)", to: "object-\(index)", with: backend) }
                }
                try await group.waitForAll()
            }
            var objects: [ListedObject] = []
            var next: String?
            repeat {
                let page = try await bucket.backend.client.list(bucket: bucket.name, prefix: "", after: next)
                objects += page.objects
                next = page.next
            } while next != nil
            #expect(objects.count == 2000)
            for index in stride(from: 0, to: 2000, by: 97) {
                #expect(try await bucket.text("object-\(index)") == "file \(index)")
            }
            if rate < 0.05 { #expect(proxy.requests.count <= 2600) }
        }
    }
}

/// The same numbers in every run: SplitMix64.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
