import Foundation
import RunOutputs
import Synchronization
import Testing
import UploadExecution
import UploadPlanning

extension BackendContract {
    /// Names with what URLs, shells and file systems treat specially.
    static let oddNames = [
        "with space.log", "plus+hash#percent%25.log", "colon:tilde~at@.log", "ünï-中文-🚀.log", "q?a&b=c;d,e.log",
        "quote'\"back`tick.log", "(brackets)[x]{y}!$*.log", ".hidden", "deep/er/and/deeper.log",
    ]

    /// A path that makes a key of 900 bytes below the usual root.
    static let longName = [60, 200, 220, 200, 208].map { String(repeating: "x", count: $0) }.joined(separator: "/")

    func storesFiles() async throws {
        let file = try TestFile.write("hello\n", to: "a.log", in: scratch)
        let receipt = try await put(.file(file))
        #expect(receipt.outcome == .uploaded)
        #expect(receipt.sha256 == "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03")
        let stored = try await read(root.appending("object"))
        #expect(stored?.bytes == Array("hello\n".utf8))
        #expect(stored?.contentType == nil || stored?.contentType == "text/x-log")
    }

    func storesBytes() async throws {
        #expect(try await put("from memory").outcome == .uploaded)
        #expect(try await text() == "from memory")
        #expect(try await text(at: "other") == nil)
    }

    func storesEmptyObjects() async throws {
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        #expect(try await put(.bytes([]), at: "bytes").sha256 == nothing)
        let file = try TestFile.write("", to: "empty", in: scratch)
        #expect(try await put(.file(file), at: "file").sha256 == nothing)
        #expect(try await text(at: "bytes")?.isEmpty == true)
        #expect(try await text(at: "file")?.isEmpty == true)
    }

    func storesLargeObjects() async throws {
        let data = Data.sample(byteCount: 9_000_001)
        let file = try TestFile.write(data, to: "large", in: scratch)
        let sent = Mutex<Int64>(0)
        let request = UploadRequest(
            body: .file(file), destination: root.appending("large"), contentType: "application/octet-stream")
        let receipt = try await backend.upload(request) { count in sent.withLock { $0 += count } }
        #expect(receipt.sha256 == Self.sha256(data))
        #expect(sent.withLock { $0 } == 9_000_001)
        let stored = try await read(root.appending("large"))
        #expect(stored.map { Data($0.bytes) } == data)
    }

    func replaces() async throws {
        try await put("old and longer")
        #expect(try await put("new").outcome == .uploaded)
        #expect(try await text() == "new")
    }

    func replacesOnlyTheExpected() async throws {
        func replace(_ old: UploadReceipt, _ text: String) async throws -> UploadReceipt {
            var request = UploadRequest(
                body: .bytes(Array(text.utf8)), destination: root.appending("object"), contentType: "text/x-log")
            request.replaceable = ReplaceableObject(etag: old.etag, sha256: old.sha256 ?? "")
            return try await backend.upload(request) { _ in }
        }
        let first = try await put("first")
        let second = try await replace(first, "second")
        #expect(second.outcome == .uploaded)
        // What is to be stored is there already, whoever stored it.
        #expect(try await replace(first, "second").outcome == .identical)
        await expectRefusal(.conflict) { _ = try await replace(first, "third") }
        #expect(try await text() == "second")
        #expect(try await replace(second, "fourth").outcome == .uploaded)
        let absent = UploadReceipt(.uploaded, sha256: Self.sha256(Data("x".utf8)), etag: "0123456789abcdef")
        var request = UploadRequest(
            body: .bytes([1]), destination: root.appending("absent"), contentType: "text/x-log")
        request.replaceable = ReplaceableObject(etag: absent.etag, sha256: absent.sha256 ?? "")
        await expectRefusal(.conflict) { [request] in _ = try await backend.upload(request) { _ in } }
        #expect(try await text(at: "absent") == nil)
    }

    func identicalCreates() async throws {
        #expect(try await put("a", .identical).outcome == .uploaded)
        #expect(try await text() == "a")
    }

    func identicalAcceptsSameContent() async throws {
        let first = try await put("a", .identical)
        let second = try await put(.file(TestFile.write("a", to: "a", in: scratch)), .identical)
        #expect(second.outcome == .identical)
        #expect(second.sha256 == nil || second.sha256 == first.sha256)
    }

    func identicalRefusesOtherContent() async throws {
        try await put("first")
        for other in ["other", "longer than the first"] {
            await expectRefusal(.conflict) { try await put(other, .identical) }
        }
        #expect(try await text() == "first")
    }

    func keeps() async throws {
        #expect(try await put("first", .keep).outcome == .uploaded)
        #expect(try await put("second", .keep).outcome == .kept)
        #expect(try await text() == "first")
    }

    func fails() async throws {
        #expect(try await put("first", .fail).outcome == .uploaded)
        await expectRefusal(.conflict) { try await put("first", .fail) }
        #expect(try await text() == "first")
    }

    func refusesChange(_ change: (String) throws -> Void) async throws {
        let file = try TestFile.write("short", to: "source", in: scratch)
        try change("source")
        await expectRefusal(.sourceChanged) { try await put(.file(file)) }
        #expect(try await text() == nil)
    }

    func refusesChangedTime() async throws {
        try await refusesChange { path in
            let future = Date(timeIntervalSinceNow: 3600)
            try FileManager.default.setAttributes(
                [.modificationDate: future], ofItemAtPath: scratch.appending(path: path).path)
        }
    }

    func refusesVanishedSource() async throws {
        let file = try TestFile.write("short", to: "source", in: scratch)
        try FileManager.default.removeItem(atPath: file.path.text)
        await expectRefusal(.unreadableSource) { try await put(.file(file)) }
        #expect(try await text() == nil)
    }

    func failureKeepsOldObject() async throws {
        try await put("old")
        var file = try TestFile.write("new", to: "source", in: scratch)
        file.version.size = 5
        await expectRefusal(.sourceChanged) { try await put(.file(file)) }
        #expect(try await text() == "old")
    }

    func storesKeys(_ names: [String]) async throws {
        for (index, name) in names.enumerated() { try await put("\(index)", at: name) }
        for (index, name) in names.enumerated() { #expect(try await text(at: name) == "\(index)", "\(name)") }
    }

    func storesConcurrently() async throws {
        let names = (0..<100).map { "many/\($0 % 7)/\($0)" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in names { group.addTask { try await put(name, at: name) } }
            try await group.waitForAll()
        }
        for name in names { #expect(try await text(at: name) == name) }
    }

    func createsOnce() async throws {
        let winners = try await withThrowingTaskGroup(of: String?.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    do {
                        return try await put("writer \(writer)", .identical).outcome == .uploaded
                            ? "writer \(writer)" : nil
                    } catch let error as StoreError where error.code == .conflict {
                        return nil
                    }
                }
            }
            return try await group.reduce(into: [String]()) { $0 += $1.map { [$0] } ?? [] }
        }
        #expect(winners.count == 1)
        #expect(try await text() == winners.first)
    }

    func cancelledBeforeStart() async throws {
        let gate = AsyncStream<Void>.makeStream()
        let task = Task {
            for await _ in gate.stream {}  // ends when the task is cancelled
            try await put("never")
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await text() == nil)
        _ = gate.continuation
    }

    func cancelledMeanwhile() async throws {
        let data = Data(repeating: 7, count: (5 << 20) + 20_000)
        let file = try TestFile.write(data, to: "large", in: scratch)
        let request = UploadRequest(
            body: .file(file), destination: root.appending("large"), contentType: "application/octet-stream")
        let handle = Mutex<Task<UploadReceipt, any Error>?>(nil)
        let gate = AsyncStream<Void>.makeStream()
        let task = Task {
            for await _ in gate.stream {}
            return try await backend.upload(request) { _ in handle.withLock { $0 }?.cancel() }
        }
        handle.withLock { $0 = task }
        gate.continuation.finish()
        let stored: Bool
        do {
            _ = try await task.value
            stored = true
        } catch is CancellationError {
            stored = false
        }
        let object = try await read(root.appending("large"))
        #expect(object.map { Data($0.bytes) } == (stored ? data : nil))
    }
}
