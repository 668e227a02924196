import Foundation
import RunOutputs
import Testing
import UploadExecution
import UploadPlanning
import UploadTestSupport

@Suite("The report")
struct UploadReportTests {
    @Test("JSON: the members of docs/report.md")
    func json() throws {
        try Fixture.expect(
            Self.report.json, inFile: Fixture.directory(of: #filePath).appending(path: "report.json"))
    }

    @Test(
        "Digests are as the store spelled them",
        arguments: [
            "", "ab", "cd-2", "d41d8cd98f00b204e9800998ecf8427e", "D41D8CD98F00B204E9800998ECF8427E",
            "d41d8cd98f00b204e9800998ecf8427e-9", "00000000000000000000000000000000",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "é41d8cd98f00b204e9800998ecf8427",
        ])
    func digests(text: String) {
        let result = OperationResult(
            UploadReceipt(.uploaded, sha256: text, etag: text, versionID: text), byteCount: 0)
        #expect(result.sha256 == text)
        #expect(result.etag == text)
        #expect(result.versionID == text)
        #expect(result.byteCount == 0)
    }

    private static var report: UploadReport {
        var planned = PlannedUpload.made(of: [
            (
                .made("logs", problems: [.init("'build/logs/locked' cannot be read: Permission denied")]),
                ["a/\"1\".log", "é"]
            ),
            (.made("index", after: [0], bestEffort: true), ["index.html"]),
            (.made("manifest", status: .conditionNotMet("'job_status' is 'failure'")), []),
        ])
        var operations = Array(planned.operations)
        operations[0].source = .file(
            SourceFile(path: "build/logs/\"1\".log", version: FileVersion(size: 7, modified: 0)))
        planned.operations = UploadOperations(operations)
        var uploaded = OperationResult(UploadReceipt(.uploaded, sha256: "ab", etag: "cd-2"), byteCount: 7)
        uploaded.duration = .milliseconds(12) + .microseconds(900)
        let failed = OperationResult(.failed, error: StoreError(.destination, "disk full", hint: "free space"))
        return UploadReport(
            planned: planned, backend: "s3://bucket",
            rules: [.failed, .heldBack(by: 0), .conditionNotMet("'job_status' is 'failure'")],
            operations: [uploaded, failed, OperationResult(.heldBack)], duration: .seconds(2))
    }
}
