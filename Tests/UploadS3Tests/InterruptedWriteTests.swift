import Foundation
import NIOHTTP1
import RunOutputs
import Synchronization
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@testable import UploadS3

@Suite("Writes whose answer does not come", .needsServers, .serialized)
struct InterruptedWriteTests {
    private static let large = Data.sample(byteCount: (5 << 20) + 20_000)

    /// Cancels an upload when the request that makes the object has been received, and tells what became of both.
    private func cancelled(
        isParted: Bool, _ policy: ExistingObjectPolicy, _ fault: Fault, patience: Duration
    ) async throws -> (Result<UploadReceipt, any Error>, stored: Bool) {
        let server = try #require(TestServer.running.first)
        let content = isParted ? Self.large : Data("text".utf8)
        let file = try TestFile.write(content, to: "file", in: TemporaryDirectory.url())
        let task = Mutex<Task<UploadReceipt, any Error>?>(nil)
        let result = Mutex<(Result<UploadReceipt, any Error>, stored: Bool)?>(nil)
        try await server.withProxy(configuring: { $0.patience = patience }) { request in
            let isDecisive =
                isParted ? request.method == .POST && request.uri.contains("uploadId") : request.isWrite
            guard isDecisive else { return .none }
            task.withLock { $0 }?.cancel()
            return fault
        } _: { bucket, backend, _ in
            let gate = AsyncStream<Void>.makeStream()
            let upload = Task {
                for await _ in gate.stream {}
                return try await bucket.upload(.file(file), to: "object", policy, with: backend)
            }
            task.withLock { $0 = upload }
            gate.continuation.finish()
            let outcome = await upload.result
            let isStored = try await bucket.read(bucket.location("object")).map { Data($0.bytes) } == content
            result.withLock { $0 = (outcome, isStored) }
        }
        return try #require(result.withLock { $0 })
    }

    @Test(
        "An answer that is on its way when the run is cancelled is waited for", .directoryInMemory,
        arguments: [false, true], ExistingObjectPolicy.allCases)
    func answerOnItsWay(isParted: Bool, _ policy: ExistingObjectPolicy) async throws {
        let (result, stored) = try await cancelled(
            isParted: isParted, policy, .delay(.milliseconds(300)), patience: .seconds(20))
        #expect(stored)
        #expect(try result.get().outcome == .uploaded)
    }

    @Test(
        "Where no answer comes in time, the store is asked", .directoryInMemory, arguments: [false, true],
        [Fault.delay(.seconds(8)), .lostAnswer])
    func noAnswer(isParted: Bool, _ fault: Fault) async throws {
        let (result, stored) = try await cancelled(isParted: isParted, .replace, fault, patience: .milliseconds(500))
        switch result {
        case .success(let receipt):
            #expect(receipt.outcome == .uploaded)
            #expect(stored)
        case .failure(let error): #expect(error is UnknownOutcome, "\(error)")
        }
    }

    @Test("A store that loses its answers and says nothing more leaves the outcome unknown", .directoryInMemory)
    func unknown() async throws {
        let server = try #require(TestServer.running.first)
        try await server.withProxy(configuring: { $0.retries.maximumAttempts = 2 }) { request in
            request.isWrite ? .lostAnswer : request.method == .HEAD ? .error(500, "InternalError") : .none
        } _: { bucket, backend, _ in
            let unknown = await #expect(throws: UnknownOutcome.self) {
                try await bucket.upload("text", to: "object", with: backend)
            }
            #expect(unknown?.error.message.contains("may have been stored") == true)
            let stored = try await bucket.text("object")
            #expect(stored == "text")
        }
    }

    @Test("A request that never reached the store leaves nothing, and no doubt")
    func neverSent() async throws {
        let server = try #require(TestServer.running.first)
        try await server.withProxy(configuring: { $0.retries.maximumAttempts = 2 }) { request in
            request.isWrite ? .error(400, "InvalidArgument") : .none
        } _: { bucket, backend, _ in
            let error = await #expect(throws: StoreError.self) {
                try await bucket.upload("text", to: "object", with: backend)
            }
            #expect(error?.message.contains("may have been stored") == false)
        }
    }
}
