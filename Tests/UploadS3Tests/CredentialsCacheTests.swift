import Foundation
import NIOHTTP1
import RunOutputs
import Synchronization
import Testing
import UploadExecution
import UploadPlanning

@testable import UploadS3

@Suite("Credentials that expire")
struct CredentialsCacheTests {
    /// Hands out keys with consecutive numbers that live for a number of seconds.
    final class Issuer: CredentialsProvider {
        let lifetime: Double
        let clock: @Sendable () -> Date
        private let state = Mutex((issued: 0, isOut: false))

        init(lifetime: Double, clock: @escaping @Sendable () -> Date) {
            self.lifetime = lifetime
            self.clock = clock
        }

        var issued: Int { state.withLock(\.issued) }
        func goOut() { state.withLock { $0.isOut = true } }

        func credentials() async throws -> Credentials? {
            let number = try state.withLock { state in
                if state.isOut { throw CredentialsError(.unavailable, "nobody is there") }
                state.issued += 1
                return state.issued
            }
            return Credentials(
                accessKeyID: "AKID\(number)", secretAccessKey: "secret", sessionToken: "token-\(number)",
                expiration: clock().addingTimeInterval(lifetime), source: "the issuer")
        }
    }

    /// A clock that a test moves.
    final class Clock: Sendable {
        private let seconds = Mutex(0.0)
        func now() -> Date { Date(timeIntervalSince1970: seconds.withLock { $0 }) }
        func advance(_ by: Double) { seconds.withLock { $0 += by } }
    }

    @Test("That there are none is found out once")
    func none() async throws {
        struct Nobody: CredentialsProvider {
            let asked: @Sendable () -> Void
            func credentials() async throws -> Credentials? {
                asked()
                return nil
            }
        }
        let count = Mutex(0)
        let cache = CredentialsCache(Nobody { count.withLock { $0 += 1 } }) { Date() }
        for _ in 0..<3 { #expect(try await cache.credentials() == nil) }
        #expect(count.withLock(\.self) == 1)
    }

    @Test(
        "They are renewed before they expire, once for all who ask",
        arguments: [(3600.0, 3299.0, 2.0), (2.0, 1.4, 0.2)])
    func renewal(_ lifetime: Double, _ good: Double, _ due: Double) async throws {
        let clock = Clock()
        let issuer = Issuer(lifetime: lifetime) { clock.now() }
        let cache = CredentialsCache(issuer) { clock.now() }
        #expect(try await cache.credentials()?.accessKeyID == "AKID1")
        clock.advance(good)
        #expect(try await cache.credentials()?.accessKeyID == "AKID1")
        clock.advance(due)
        let keys = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<50 { group.addTask { try await cache.credentials()?.accessKeyID } }
            return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(keys == ["AKID2"])
        #expect(issuer.issued == 2)
    }

    @Test("What is still good serves while the issuer is out; what has expired does not")
    func issuerIsOut() async throws {
        let clock = Clock()
        let issuer = Issuer(lifetime: 3600) { clock.now() }
        let cache = CredentialsCache(issuer) { clock.now() }
        _ = try await cache.credentials()
        issuer.goOut()
        clock.advance(3500)
        #expect(try await cache.credentials()?.accessKeyID == "AKID1")
        clock.advance(200)
        await #expect(throws: StoreError.self) { try await cache.credentials() }
    }

    @Test("Tokens of two seconds are renewed in the middle of an upload without a failed file")
    func shortLivedTokens() async throws {
        let issuer = Issuer(lifetime: 2) { Date() }
        // The store knows of each token when it was first seen, and refuses it two seconds later.
        let firstSeen = Mutex<[String: Date]>([:])
        try await FaultProxy.run(to: nil) { request in
            let token = request.headers.first(name: "x-amz-security-token") ?? ""
            let age = firstSeen.withLock { seen in
                let first = seen[token] ?? Date()
                seen[token] = first
                return Date().timeIntervalSince(first)
            }
            if age < 2 { return .stored }
            return .error(400, "ExpiredToken")
        } _: { store in
            var configuration = S3Configuration()
            configuration.endpoint = try S3Endpoint(url: store.url, addressing: .path)
            let backend = S3Backend(configuration: configuration, provider: issuer)
            // Every upload succeeds, whenever the keys change: the first that does not ends the test.
            while firstSeen.withLock({ $0.count }) < 3 {
                _ = try await backend.upload(
                    UploadRequest(
                        body: .bytes([1]), destination: OutputLocation(bucket: "bucket", key: "key"),
                        contentType: "text/plain")
                ) { _ in }
                try await Task.sleep(for: .milliseconds(5))
            }
            await backend.shutdown()
            #expect(issuer.issued >= 3)
        }
    }

    @Test("A token that the store calls expired is renewed at once")
    func expiredToken() async throws {
        let issuer = Issuer(lifetime: 3600) { Date() }
        try await FaultProxy.run(to: nil) { request in
            request.headers.first(name: "x-amz-security-token") == "token-1"
                ? .error(400, "ExpiredToken") : .stored
        } _: { store in
            var configuration = S3Configuration()
            configuration.endpoint = try S3Endpoint(url: store.url, addressing: .path)
            let backend = S3Backend(configuration: configuration, provider: issuer)
            let receipt = try await backend.upload(
                UploadRequest(
                    body: .bytes([1]), destination: OutputLocation(bucket: "bucket", key: "key"),
                    contentType: "text/plain")
            ) { _ in }
            await backend.shutdown()
            #expect(receipt.outcome == .uploaded)
            #expect(store.requests.count == 2)
        }
    }
}
