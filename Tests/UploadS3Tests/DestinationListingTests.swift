import Crypto
import Foundation
import NIOHTTP1
import RunOutputs
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@testable import UploadS3

@Suite("What a listing tells", .needsServers)
struct DestinationListingTests {
    private static let names = (0..<70).map { "logs/part-\($0 / 10)/\($0).log" }

    /// Uploads objects with a backend that was told of them before.
    private func upload(
        _ texts: [String: String], _ existing: ExistingObjectPolicy, to bucket: TestBucket, with backend: S3Backend
    ) async throws -> [String: Result<UploadReceipt.Outcome, StoreError>] {
        backend.prepare(for: texts.keys.map { bucket.location($0) })
        var outcomes: [String: Result<UploadReceipt.Outcome, StoreError>] = [:]
        for (key, text) in texts {
            do {
                outcomes[key] = .success(try await bucket.upload(text, to: key, existing, with: backend).outcome)
            } catch let error as StoreError {
                outcomes[key] = .failure(error)
            }
        }
        return outcomes
    }

    @Test("A run with nothing to do asks once, not for each object", arguments: TestServer.running)
    func nothingToDo(_ server: TestServer) async throws {
        try await server.withProxy { _ in
            .none
        } _: { bucket, backend, proxy in
            for name in Self.names { try await bucket.upload("text of \(name)", to: name) }
            let texts = Dictionary(uniqueKeysWithValues: Self.names.map { ($0, "text of \($0)") })
            for (policy, expected) in [(ExistingObjectPolicy.identical, "identical"), (.keep, "kept")] {
                let outcomes = try await upload(texts, policy, to: bucket, with: backend)
                #expect(outcomes.values.allSatisfy { (try? $0.get())?.rawValue == expected })
            }
            #expect(proxy.requests.map(\.method) == [.GET, .GET])
        }
    }

    @Test("What a listing cannot settle is looked at closely", arguments: TestServer.running)
    func differences(_ server: TestServer) async throws {
        try await server.withProxy { _ in
            .none
        } _: { bucket, backend, _ in
            for name in Self.names.dropLast(5) { try await bucket.upload("old of \(name)", to: name) }
            var texts = Dictionary(uniqueKeysWithValues: Self.names.map { ($0, "old of \($0)") })
            texts[Self.names[3]] = "new of \(Self.names[3])"
            let outcomes = try await upload(texts, .identical, to: bucket, with: backend)
            for (name, outcome) in outcomes {
                switch outcome {
                case .success(.uploaded): #expect(Self.names.suffix(5).contains(name))
                case .success: #expect(name != Self.names[3])
                case .failure(let error):
                    #expect(name == Self.names[3])
                    #expect(error.code == .conflict)
                }
            }
            #expect(try await bucket.text(Self.names[3]) == "old of \(Self.names[3])")
            #expect(try await bucket.text(Self.names[69]) == "old of \(Self.names[69])")
        }
    }

    @Test("An object that appears after the listing is not overwritten", arguments: TestServer.running)
    func race(_ server: TestServer) async throws {
        try await server.withProxy { _ in
            .none
        } _: { bucket, backend, _ in
            backend.prepare(for: Self.names.map { bucket.location($0) })
            try await bucket.upload("something", to: "logs/part-0/other.log", .identical, with: backend)
            try await bucket.upload("of another writer", to: Self.names[0])
            let error = await #expect(throws: StoreError.self) {
                try await bucket.upload("ours", to: Self.names[0], .identical, with: backend)
            }
            #expect(error?.code == .conflict)
            #expect(try await bucket.text(Self.names[0]) == "of another writer")
        }
    }

    @Test("A page that was listed counts, whatever becomes of the next one")
    func firstPage() async throws {
        let server = try #require(TestServer.running.first)
        let listed = Self.names.sorted().prefix(40)
        let entries = listed.map { name in
            let tag = Insecure.MD5.hash(data: Data(name.utf8)).map { String(format: "%02x", $0) }.joined()
            return "<Contents><Key>\(name)</Key><Size>\(name.utf8.count)</Size><ETag>\"\(tag)\"</ETag></Contents>"
        }
        let page =
            "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>2</NextContinuationToken>"
            + entries.joined() + "</ListBucketResult>"
        try await server.withProxy { request in
            guard request.method == .GET, request.uri.contains("list-type") else { return .none }
            return request.uri.contains("continuation-token") ? .error(403, "AccessDenied") : .answer(200, page)
        } _: { bucket, backend, proxy in
            for name in Self.names { try await bucket.upload(name, to: name) }
            let texts = Dictionary(uniqueKeysWithValues: Self.names.map { ($0, $0) })
            let outcomes = try await upload(texts, .identical, to: bucket, with: backend)
            #expect(outcomes.values.allSatisfy { (try? $0.get()) == .identical })
            let asked = proxy.requests.filter { $0.method == .HEAD }.map(\.uri)
            #expect(asked.count == Self.names.count - listed.count)
            #expect(!asked.contains { uri in listed.contains { uri.hasSuffix("/\($0)") } })
        }
    }

    @Test("Where listing is refused, each object is asked for")
    func refusal() async throws {
        let server = try #require(TestServer.running.first)
        try await server.withProxy { request in
            request.method == .GET && request.uri.contains("list-type") ? .error(403, "AccessDenied") : .none
        } _: { bucket, backend, proxy in
            for name in Self.names { try await bucket.upload(name, to: name) }
            let texts = Dictionary(uniqueKeysWithValues: Self.names.map { ($0, $0) })
            let outcomes = try await upload(texts, .identical, to: bucket, with: backend)
            #expect(outcomes.values.allSatisfy { (try? $0.get()) == .identical })
            #expect(proxy.requests.count { $0.method == .HEAD } == Self.names.count)
        }
    }
}
