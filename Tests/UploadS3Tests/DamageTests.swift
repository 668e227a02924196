import Foundation
import NIOHTTP1
import RunOutputs
import Synchronization
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@testable import UploadS3

@Suite("Bytes that change on the way", .needsServers, .serialized)
struct DamageTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var server: TestServer
        var checksums: S3Configuration.Checksums
        var isParted: Bool
        var testDescription: String { "\(server), \(checksums.rawValue), \(isParted ? "in parts" : "whole")" }

        static let all = TestServer.running.flatMap { server in
            S3Configuration.Checksums.allCases.flatMap { checksums in
                [false, true].map { Case(server: server, checksums: checksums, isParted: $0) }
            }
        }

        var content: Data { isParted ? Self.large : Self.small }

        private static let small = Data.sample(byteCount: 20_000)
        private static let large = Data.sample(byteCount: (5 << 20) + 20_000)
    }

    @Test("What is damaged once is sent again, and arrives", .directoryInMemory, arguments: Case.all)
    func once(_ testCase: Case) async throws {
        let file = try TestFile.write(testCase.content, to: "file", in: TemporaryDirectory.url())
        let writes = Mutex(0)
        try await testCase.server.withProxy(configuring: { $0.checksums = testCase.checksums }) { request in
            guard request.isWrite else { return .none }
            return writes.withLock { writes in
                writes += 1
                return writes == 1 ? .damage : .none
            }
        } _: { bucket, backend, _ in
            let receipt = try await bucket.upload(.file(file), to: "object", with: backend)
            #expect(receipt.outcome == .uploaded)
            #expect(try await bucket.read(bucket.location("object")).map { Data($0.bytes) } == testCase.content)
            #expect(writes.withLock { $0 } > 1)
        }
    }

    @Test("What is damaged again and again is not a success", .directoryInMemory, arguments: Case.all)
    func always(_ testCase: Case) async throws {
        let file = try TestFile.write(testCase.content, to: "file", in: TemporaryDirectory.url())
        try await testCase.server.withProxy(
            configuring: {
                $0.checksums = testCase.checksums
                $0.retries.maximumAttempts = 3
            }
        ) {
            $0.isWrite ? .damage : .none
        } _: { bucket, backend, _ in
            let error = await #expect(throws: StoreError.self) {
                try await bucket.upload(.file(file), to: "object", with: backend)
            }
            #expect([.damaged, .unavailable].contains(error?.code), "\(String(describing: error))")
        }
    }

    @Test("A rule that must not overwrite makes its own damaged object good", arguments: TestServer.running)
    func repairs(_ server: TestServer) async throws {
        let writes = Mutex(0)
        try await server.withProxy(configuring: { $0.checksums = .whenRequired }) { request in
            guard request.isWrite else { return .none }
            return writes.withLock { writes in
                writes += 1
                return writes == 1 ? .damage : .none
            }
        } _: { bucket, backend, _ in
            let receipt = try await bucket.upload("text", to: "object", .fail, with: backend)
            #expect(receipt.outcome == .uploaded)
            let stored = try await bucket.text("object")
            #expect(stored == "text")
        }
    }

    @Test("Tags that are not MD5s make no failure of what arrived", .directoryInMemory, arguments: [false, true])
    func foreignTags(isParted: Bool) async throws {
        let testCase = Case(server: try #require(TestServer.running.last), checksums: .automatic, isParted: isParted)
        let file = try TestFile.write(testCase.content, to: "file", in: TemporaryDirectory.url())
        try await testCase.server.withProxy {
            // Parts are named by their tags when the object is made of them.
            $0.isWrite && !isParted ? .wrongTag : .none
        } _: { bucket, backend, _ in
            let receipt = try await bucket.upload(.file(file), to: "object", with: backend)
            #expect(receipt.outcome == .uploaded)
        }
    }
}
