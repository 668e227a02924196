import Foundation
import RunOutputs
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

/// Shows deviation 42 of docs/deviations.md.
@Suite("Checksum files beside their files")
struct ChecksumFileTests {
    private static let content = Data(repeating: 7, count: 300_000)
    private static let right = BackendContract.sha256(content)
    private static let wrong = String(repeating: "0", count: 64)

    /// What the checksum file says, and whether both may be published.
    static let cases: [(text: String, isPublished: Bool)] = [
        ("\(right)\n", true), ("\(right)  a.tar.zst\n", true), ("\(right) *./dir/a.tar.zst\n", true),
        ("\(wrong)\n", false), ("\(wrong)  a.tar.zst\n", false), ("\(right)  other.tar.zst\n", false),
        ("garbage", false), ("", false),
    ]

    private func run(_ names: [String], in root: URL) async throws -> (UploadReport, MemoryBackend) {
        let operations = try names.map { name in
            let path = root.appending(path: name).path
            let file = SourceFile(
                path: ExactString(path), version: try TestFile.version(of: path),
                directoryLength: root.path.utf8.count)
            return UploadOperation(
                rule: 0, source: .file(file), destination: .testRoot.appending(name), contentType: "text/plain")
        }
        let backend = MemoryBackend()
        let report = await UploadExecutor(
            backend: backend, archives: LibArchiveMaker(), indexes: IndexPageMaker(), concurrency: 4
        ).run(PlannedUpload(rules: [.made("artifacts")], operations: UploadOperations(operations)))
        return (report, backend)
    }

    @Test(
        "are compared before either is published, whichever of them the plan takes", .temporaryDirectory,
        arguments: cases, [["a.tar.zst", "a.tar.zst.sha256sum"], ["a.tar.zst"], ["a.tar.zst.sha256sum"]])
    func comparison(_ testCase: (text: String, isPublished: Bool), _ names: [String]) async throws {
        let root = try TemporaryDirectory.url()
        try TestFile.write(Self.content, to: "a.tar.zst", in: root)
        try TestFile.write(testCase.text, to: "a.tar.zst.sha256sum", in: root)
        try TestFile.write("beside", to: "b.log", in: root)
        let (report, backend) = try await run(names + ["b.log"], in: root)
        let published = (testCase.isPublished ? names : []) + ["b.log"]
        #expect(backend.keys == published.map { "1-linux/\($0)" })
        #expect(
            report.operations.map(\.error?.code) == names.map { _ in testCase.isPublished ? nil : .sourceChanged } + [
                nil
            ])
        guard testCase.text.contains(Self.wrong) else { return }
        for error in report.operations.compactMap(\.error) {
            #expect(error.message.contains(Self.right) && error.message.contains(Self.wrong))
        }
    }

    @Test("without a file are published as they are", .temporaryDirectory)
    func alone() async throws {
        let root = try TemporaryDirectory.url()
        try TestFile.write("\(Self.wrong)  gone.tar.zst\n", to: "gone.tar.zst.sha256sum", in: root)
        try TestFile.write(Self.wrong, to: ".sha256sum", in: root)
        let (report, _) = try await run(["gone.tar.zst.sha256sum", ".sha256sum"], in: root)
        #expect(report.operations.map(\.outcome) == [.uploaded, .uploaded])
    }
}
