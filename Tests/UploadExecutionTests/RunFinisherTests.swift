import Foundation
import RunOutputs
import Synchronization
import Testing
import UploadTestSupport

@testable import UploadExecution
@testable import UploadPlanning

@Suite("A run that is finished while its jobs end")
struct RunFinisherTests {
    /// A directory into which a file is put when it is listed for the second time.
    private struct LateBackend: UploadBackend, ArtifactBackend {
        let base: LocalDirectoryBackend
        let arrive: @Sendable (Int) -> Void
        let count = Counter()

        final class Counter: Sendable {
            private let value = Mutex(0)
            func next() -> Int {
                value.withLock {
                    $0 += 1
                    return $0
                }
            }
        }

        var displayName: String { base.displayName }

        func upload(
            _ request: UploadRequest, progress: @escaping @Sendable (Int64) -> Void
        ) async throws -> UploadReceipt { try await base.upload(request, progress: progress) }

        func list(_ prefix: OutputLocation, _ depth: ListingDepth) -> ObjectListing {
            arrive(count.next())
            return base.list(prefix, depth)
        }

        func head(_ location: OutputLocation) async throws -> StoredObject? { try await base.head(location) }

        func download(
            _ request: DownloadRequest, progress: @escaping @Sendable (Int64) -> Void
        ) async throws -> DownloadReceipt { try await base.download(request, progress: progress) }

        func compare(_ body: UploadBody, with location: OutputLocation) async throws -> ObjectComparison {
            try await base.compare(body, with: location)
        }

        func copy(
            _ source: OutputLocation, to destination: OutputLocation, properties: PlaceProperties
        ) async throws -> UploadReceipt {
            try await base.copy(source, to: destination, properties: properties)
        }

        func read(_ location: OutputLocation, _ consume: (UnsafeRawBufferPointer) throws -> Void) async throws {
            try await unsafe base.read(location, consume)
        }
    }

    private static func root() throws -> RunOutputRoot {
        try RunOutputRoot(bucket: "bucket", runID: "7", platform: .linux)
    }

    /// A receipt of a job that stored nothing.
    private static func receipt(_ name: String, attempt: Int = 1) throws -> Data {
        let report = UploadReport(
            planned: PlannedUpload(rules: [], operations: []), backend: "test", rules: [], operations: [],
            duration: .zero)
        let receipt = JobReceipt(
            name: try ReceiptName(name, attempt: attempt), root: try root(),
            run: .init(repository: "ROCm/TheRock", id: "7", platform: "linux"),
            inputs: .init(toolVersion: "1", toolCommit: nil), content: .upload(report))
        var text = ""
        try receipt.write { text += $0 }
        return Data(text.utf8)
    }

    private static func finish(_ backend: LateBackend) async throws -> RunFinisher.Outcome {
        let finisher = RunFinisher(
            backend: backend, root: try root(), concurrency: 4, spoolDirectory: try TemporaryDirectory.url().path,
            secrets: KnownSecrets())
        return try await finisher.finish(
            .init(
                run: .init(repository: "ROCm/TheRock", id: "7", platform: "linux"), attempt: 1,
                inputs: .init(toolVersion: "1", toolCommit: nil)))
    }

    @Test("A receipt that arrives meanwhile makes finish start again", .temporaryDirectory)
    func late() async throws {
        let out = try TemporaryDirectory.url().appending(path: "out")
        _ = try TestFile.write(Self.receipt("one"), to: "7-linux/receipts/one-1.json", in: out)
        let late = try Self.receipt("two")
        let backend = LateBackend(base: LocalDirectoryBackend(directory: out.path)) { count in
            guard count == 2 else { return }
            try? late.write(to: out.appending(path: "7-linux/receipts/two-1.json"))
        }
        let outcome = try await Self.finish(backend)
        #expect(outcome.record.receipts.map(\.name.name) == ["one", "two"])
        #expect(outcome.record.isComplete)
        #expect(backend.count.next() == 5)
    }

    @Test("Receipts that never end make it give up, and write nothing", .temporaryDirectory)
    func endless() async throws {
        let out = try TemporaryDirectory.url().appending(path: "out")
        _ = try TestFile.write(Self.receipt("one"), to: "7-linux/receipts/one-1.json", in: out)
        let attempts = try (2...12).map { try Self.receipt("one", attempt: $0) }
        let backend = LateBackend(base: LocalDirectoryBackend(directory: out.path)) { count in
            guard count.isMultiple(of: 2), count / 2 <= attempts.count else { return }
            try? attempts[count / 2 - 1].write(to: out.appending(path: "7-linux/receipts/one-\(count / 2 + 1).json"))
        }
        let error = await #expect(throws: StoreError.self) { try await Self.finish(backend) }
        #expect(error?.message == "jobs of the run keep leaving receipts")
        #expect(!FileManager.default.fileExists(atPath: out.appending(path: "7-linux/receipts/run.json").path))
    }

    @Test(
        "The names of receipts are read as they are written",
        arguments: [
            ("build-1.json", "build", 1), ("a-b-12.json.zst", "a-b", 12), ("x-1-2.json", "x-1", 2),
        ])
    func names(filename: String, name: String, attempt: Int) throws {
        let read = try #require(ReceiptName(filename: filename))
        #expect(read.name == name && read.attempt == attempt && read.filenames.contains(filename))
    }

    @Test(
        "What is not a receipt is not read as one",
        arguments: [
            "run.json", "run-1.json", "build.json", "build-0.json", "build-01.json", "build-x.json", "-1.json",
            "build-1.txt",
            "build--1.json.gz",
        ])
    func noNames(filename: String) { #expect(ReceiptName(filename: filename) == nil) }
}
