import Foundation
import RunOutputs
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@testable import UploadS3

@Suite("The backend's contract on real servers", .needsServers)
struct S3ContractTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var server: TestServer
        var promise: BackendContract.Promise
        var testDescription: String { "\(server) \(promise.rawValue)" }

        static let all = TestServer.running.flatMap { server in
            BackendContract.Promise.allCases.map { Case(server: server, promise: $0) }
        }
        // A store that ignores conditions, or looks first and writes later, cannot promise this; nor can the backend.
        .filter { $0.promise != .createsOnce || $0.server.decidesRaces }
    }

    @Test("Keeps", .directoryInMemory, arguments: Case.all)
    func contract(_ testCase: Case) async throws {
        try await testCase.server.withBucket { bucket in
            let contract = try BackendContract(
                backend: bucket.backend, root: bucket.location("1-linux"), scratch: TemporaryDirectory.url(),
                read: bucket.read)
            try await contract.check(testCase.promise)
        }
    }

    struct ReadCase: Sendable, CustomTestStringConvertible {
        var server: TestServer
        var promise: ArtifactContract.Promise
        var testDescription: String { "\(server) \(promise.rawValue)" }

        static let all = TestServer.running.flatMap { server in
            ArtifactContract.Promise.allCases.map { ReadCase(server: server, promise: $0) }
        }
        // SeaweedFS lists `a/b` before `a.txt`, by the names of directories and not by keys.
        .filter { $0.promise != .listsEverything || $0.server != .seaweed }
    }

    @Test("Keeps, when reading", .directoryInMemory, arguments: ReadCase.all)
    func readContract(_ testCase: ReadCase) async throws {
        try await testCase.server.withBucket { bucket in
            try await ArtifactContract(
                backend: bucket.backend, root: bucket.location("1-linux"), missing: bucket.backend,
                scratch: TemporaryDirectory.url()
            ).check(testCase.promise)
        }
    }
}
