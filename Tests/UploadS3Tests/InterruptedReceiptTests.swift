import Foundation
import RunOutputs
import Testing
import UploadExecution
import UploadTestSupport

@testable import UploadS3

@Suite("The receipt of a run that is stopped", .needsServers)
struct InterruptedReceiptTests {
    private static let plan = """
        version: 1
        name: stopped
        uploads:
          logs: {from: logs, to: {log_subdir: {path: all}}}
        """

    @Test("says what was stored, and calls the rest what it is", .directoryInMemory, arguments: [TestServer.seaweed])
    func interrupted(_ server: TestServer) async throws {
        let directory = try TemporaryDirectory.url()
        for number in 0..<400 {
            _ = try TestFile.write(Data(repeating: 1, count: 20_000 + number), to: "logs/\(number).log", in: directory)
        }
        try Data(Self.plan.utf8).write(to: directory.appending(path: "plan.yaml"))
        try await server.withBucket { bucket in
            var attempt = 0
            var status = ""
            // A run may be over before the signal arrives.
            while status != "interrupted", attempt < 10 {
                attempt += 1
                let tool = ChildProcess(
                    ChildProcess.tool,
                    [
                        "apply", "plan.yaml", "--run-id", "1", "--platform", "linux", "--bucket", bucket.name,
                        "--endpoint-url", try #require(server.endpoint), "--progress", "json", "--receipt", "job",
                        "--run-attempt", "\(attempt)", "--concurrency", "2",
                    ],
                    environment: [
                        "AWS_ACCESS_KEY_ID": TestServer.credentials.accessKeyID, "AWS_REGION": "us-east-1",
                        "AWS_SECRET_ACCESS_KEY": TestServer.credentials.secretAccessKey,
                    ], in: directory)
                _ = try await tool.run(interruptedBy: SIGINT, after: 2000)
                let text = try #require(try await bucket.text("1-linux/receipts/job-\(attempt).json"))
                let receipt = try #require(
                    JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
                status = receipt["status"] as? String ?? ""
                let objects = try #require(receipt["objects"] as? [[String: Any]])
                #expect(objects.count == 400)
                for object in objects where object["outcome"] as? String == "uploaded" {
                    let key = ExactString(object["key"] as? String ?? "")
                    let head = try await bucket.backend.head(OutputLocation(bucket: bucket.name, key: key))
                    #expect(head?.etag == object["etag"] as? String, "\(key)")
                }
            }
            #expect(status == "interrupted")
        }
    }
}
