import Foundation
import NIOHTTP1
import RunOutputs
import Synchronization
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@testable import UploadS3

@Suite("A run there and back", .needsServers, .serialized)
struct RoundTripTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var server: TestServer
        var isFaulty: Bool
        var testDescription: String { "\(server)\(isFaulty ? ", every third request fails" : "")" }

        static let all = TestServer.running.flatMap {
            [Case(server: $0, isFaulty: false), Case(server: $0, isFaulty: true)]
        }
    }

    private func directory(_ name: String) throws -> URL { try TemporaryDirectory.url().appending(path: name) }

    /// Made once: that takes longer than a round trip.
    private static let archives = Result { try makeArchives() }

    /// Makes the archives of six artifacts, one of them of several parts.
    private static func makeArchives() throws -> [String: Data] {
        var archives: [String: Data] = [:]
        for index in 0..<6 {
            var archive = TarArchive()
            let size = index == 0 ? (5 << 20) + 20_000 : 20_000 * index
            let content = Data.sample(byteCount: size, seed: index)
            archive.add("artifact_manifest.txt", content: Data("p\(index)/stage\n".utf8))
            archive.add("p\(index)/stage/lib/\(index).so", content: content, mode: 0o755)
            archives["part\(index)_lib_gfx942:xnack+.tar.zst"] = archive.data
        }
        return archives
    }

    private func upload(_ archives: [String: Data], to root: OutputLocation, in bucket: TestBucket) async throws {
        try FileManager.default.createDirectory(at: directory("source"), withIntermediateDirectories: true)
        for (name, data) in archives {
            let file = try TestFile.write(data, to: name, in: directory("source"))
            try await bucket.upload(.file(file), to: root.appending(name).key.text)
            try await bucket.upload(
                BackendContract.sha256(data) + "\n", to: root.appending("\(name).sha256sum").key.text)
        }
        try await bucket.upload("log", to: root.appending("logs/x/ccache_logs.tar.zst").key.text)
    }

    @Test("comes back byte by byte, and is verified without being read", .directoryInMemory, arguments: Case.all)
    func roundTrip(_ testCase: Case) async throws {
        let archives = try Self.archives.get()
        let count = Mutex(0)
        try await testCase.server.withProxy { request in
            let number = count.withLock { count in
                count += 1
                return count
            }
            guard testCase.isFaulty, number % 3 == 0 else { return .none }
            // The answer to a HEAD has no half.
            return [.reset, request.method == .HEAD ? .lostAnswer : .halfAnswer, .error(503, "SlowDown")][
                number / 3 % 3]
        } _: { bucket, backend, proxy in
            let root = bucket.location("7-linux")
            try await upload(archives, to: root, in: bucket)
            let selected = try await ArtifactSelection().select(from: backend.objects(below: root, .oneLevel))
            #expect(selected.artifacts.map(\.name.filename) == archives.keys.sorted())
            let fetcher = ArtifactFetcher(
                backend: backend, outputDirectory: try directory("out").path, mode: .flattened)
            let report = await fetcher.run(selected.artifacts)
            #expect(report.isComplete, "\(report.artifacts.compactMap(\.error))")
            #expect(report.artifacts.allSatisfy { $0.evidence == .announced })
            for (name, data) in archives {
                let index = try #require(name.split(separator: "_").first?.last)
                let extracted = FileManager.default.contents(atPath: try directory("out/lib/\(index).so").path)
                #expect(extracted.map { $0.count } == data.range(of: extracted ?? Data()).map { $0.count })
            }
            try await verify(archives, at: root, backend, proxy)
        }
    }

    private func verify(
        _ archives: [String: Data], at root: OutputLocation, _ backend: S3Backend, _ proxy: FaultProxy
    ) async throws {
        let expected = try archives.keys.sorted().map { name in
            let path = try directory("source/\(name)").path
            let file = SourceFile(path: ExactString(path), version: try TestFile.version(of: path))
            return ExpectedObject(location: root.appending(name), content: .file(file))
        }
        let before = proxy.requests.count
        let verifier = ObjectVerifier(backend: backend, concurrency: 4)
        #expect(try await verifier.findings(expected) == expected.map { _ in .identical })
        #expect(proxy.requests.dropFirst(before).allSatisfy { $0.method == .HEAD })
        let extras = try await verifier.extras(beside: expected)
        #expect(extras.map(\.location.key) == archives.keys.sorted().map { root.appending("\($0).sha256sum").key })
        let absent = ExpectedObject(location: root.appending("absent"), content: .unknown(size: nil))
        let digest = BackendContract.sha256(try #require(archives[archives.keys.sorted()[1]]))
        let right = ExpectedObject(
            location: expected[1].location, content: .digest(sha256: digest, size: nil))
        let wrong = ExpectedObject(
            location: expected[2].location, content: .digest(sha256: digest, size: nil))
        let findings = try await verifier.findings([absent, right, wrong])
        #expect(findings[0] == .missing && findings[1] == .identical)
        guard case .different = findings[2] else {
            Issue.record("\(findings[2])")
            return
        }
    }
}
