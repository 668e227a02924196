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
