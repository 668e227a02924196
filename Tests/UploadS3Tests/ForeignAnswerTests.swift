import Foundation
import NIOHTTP1
import RunOutputs
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@testable import UploadS3

@Suite("Answers that no store gave")
struct ForeignAnswerTests {
    static let answers: [Fault] = [
        .answer(200, "<html><head><title>Notice</title></head><body><p>Inspected</p></body></html>"),
        .answer(200, "<!DOCTYPE html><html><br><p>Inspected"), .answer(200, "Inspected"), .answer(200, ""),
        .answer(204, ""),
    ]

    /// Runs a test with a backend to which something else answers.
    private func withStranger(
        _ answer: Fault, _ body: (S3Backend, FaultProxy) async throws -> Void
    ) async throws {
        try await FaultProxy.run(to: nil, { _ in answer }) { proxy in
            let backend = S3Backend(
                configuration: try TestServer.moto.configuration(at: proxy.url),
                provider: StaticCredentials(TestServer.credentials))
            do {
                try await body(backend, proxy)
            } catch {
                await backend.shutdown()
                throw error
            }
            await backend.shutdown()
        }
    }

    private let location = OutputLocation(bucket: "bucket", key: "1-linux/object")

    @Test(
        "store nothing, and settle no question about what is there", .directoryInMemory, arguments: answers,
        ExistingObjectPolicy.allCases)
    func uploads(_ answer: Fault, _ policy: ExistingObjectPolicy) async throws {
        let folder = try TemporaryDirectory.url()
        let files = [
            try TestFile.write("text", to: "small", in: folder),
            try TestFile.write(Data(count: 6 << 20), to: "large", in: folder),
        ]
        try await withStranger(answer) { backend, proxy in
            for file in files {
                let error = await #expect(throws: StoreError.self) {
                    _ = try await backend.upload(
                        UploadRequest(
                            body: .file(file), destination: location, contentType: "text/plain", existing: policy)
                    ) { _ in }
                }
                #expect(error?.message.contains("not that of an S3 store") == true, "\(String(describing: error))")
            }
            // It is not asked again and again.
            #expect(proxy.requests.count <= 8)
        }
    }

    @Test("list nothing, describe nothing and make no doctor content", arguments: answers)
    func reads(_ answer: Fault) async throws {
        try await withStranger(answer) { backend, _ in
            await #expect(throws: StoreError.self) { _ = try await backend.objects(below: location) }
            await #expect(throws: StoreError.self) { _ = try await backend.head(location) }
            await #expect(throws: StoreError.self) { _ = try await backend.copy(location, to: location) }
            let findings = await backend.diagnose(location)
            #expect(findings.filter { $0.verdict == .works }.map(\.subject) == ["credentials"])
        }
    }
}
