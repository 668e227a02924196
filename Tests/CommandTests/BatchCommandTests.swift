import Crypto
import Foundation
import NIOHTTP1
import Testing
import UploadTestSupport

@Suite("Work that is left to S3 Batch Operations")
struct BatchCommandTests {
    private static let flags = [
        "--batch", "jobs", "--batch-account", "123456789012", "--batch-role", "arn:aws:iam::123456789012:role/batch",
        "--batch-place", "s3://ops-bucket/batch/1/",
    ]

    /// Keys with everything that a CSV file or a URL could take for something else.
    private static let keys = [
        "7-linux/a b,c.tar.zst", "7-linux/plus+percent%41.log", "7-linux/\"quoted\".txt", "7-linux/ünï/日本.log",
        "7-linux/logs/x.log",
    ]

    private static func listing(_ objects: [(key: String, size: Int64, tag: String)]) -> ScriptedServer.Answer {
        let items = objects.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }.map { object in
            let key = object.key.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            return "<Contents><Key>\(key)</Key><ETag>\"\(object.tag)\"</ETag><Size>\(object.size)</Size></Contents>"
        }
        return .answer(
            200,
            "<ListBucketResult><IsTruncated>false</IsTruncated><EncodingType>url</EncodingType>\(items.joined())</ListBucketResult>"
        )
    }

    /// Runs a copy of a whole run; `there` is what the destination holds already.
    private static func copy(
        to run: String = "7", bucket: String = "release-bucket", large: Bool = false,
        there: [(key: String, size: Int64, tag: String)] = []
    ) async throws -> ChildProcess.Outcome {
        var services = RecordedServices()
        services.fault = { request in
            guard request.path.contains("list-type=2") else { return nil }
            if request.path.hasPrefix("/nightly-bucket") {
                var objects = Self.keys.map { (key: $0, size: Int64(10), tag: "tag") }
                if large { objects.append(("7-linux/large.tar.zst", 5 << 30 + 1, "tag-9")) }
                return Self.listing(objects)
            }
            return Self.listing(there)
        }
        return try await ScriptedServer.with(services.answer) { server in
            try await Tool.run(
                [
                    "copy", "--from-run", "7", "--from-bucket", "nightly-bucket", "--to-run", run, "--to-bucket",
                    bucket, "--all",
                ]
                    + Self.flags, environment: RecordedServices.environment(server))
        }
    }

    /// What botocore and a CSV reader make of the files.
    private static func jobs() async throws -> [String: [String: Any]] {
        let outcome = try await ChildProcess(
            Tool.repository.appending(path: ".build-servers/venv/bin/python"),
            [Tool.repository.appending(path: "scripts/check-batch.py").path, "jobs"], environment: Tool.environment,
            in: try TemporaryDirectory.url()
        ).run()
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        return try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: [String: Any]])
    }

    private static let hasBotocore = FileManager.default.fileExists(
        atPath: Tool.repository.appending(path: ".build-servers/venv/bin/python").path)

    @Test(
        "botocore takes the request, and every key is read back as it is", .directoryInMemory,
        .enabled(if: hasBotocore, "run: scripts/test-servers start"))
    func copies() async throws {
        let outcome = try await Self.copy(large: true, there: [("7-linux/logs/x.log", 10, "tag")])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("4 objects · 1 there already · 1 left to `copy`."), "\(outcome.output)")
        #expect(outcome.output.contains("7-linux/large.tar.zst  larger than 5 GB"), "\(outcome.output)")
        #expect(outcome.errors.contains("overwrite what is there by then"), "\(outcome.errors)")
        let job = try #require(try await Self.jobs()["copy-1"])
        let objects = try #require(job["objects"] as? [[String]])
        #expect(Set(objects.map { $0[1] }) == Set(Self.keys.dropLast()))
        #expect(Set(objects.map { $0[0] }) == ["nightly-bucket"])
        let request = try #require(job["request"] as? [String: Any])
        let operation = (request["Operation"] as? [String: Any])?["S3PutObjectCopy"] as? [String: Any]
        #expect(operation?["TargetResource"] as? String == "arn:aws:s3:::release-bucket")
        #expect(operation?["TargetKeyPrefix"] == nil)
        #expect(
            (operation?["NewObjectTagging"] as? [[String: String]]) == [["Key": "therock:retain", "Value": "forever"]])
        let again = try await Self.copy()
        #expect(again.exitCode == 2 && again.errors.contains("not empty"), "\(again.errors)")
    }

    @Test("What the engine cannot do is refused, with what to do", .directoryInMemory)
    func refusals() async throws {
        let renamed = try await Self.copy(to: "8")
        #expect(renamed.exitCode == 1 && renamed.errors.contains("cannot become '8-linux'"), "\(renamed.errors)")
        let other = try await Self.copy(there: [("7-linux/logs/x.log", 10, "other")])
        #expect(other.exitCode == 3 && other.errors.contains("would overwrite"), "\(other.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: TemporaryDirectory.url().path)
        #expect(!names.contains("jobs"))
    }

    @Test(
        "A run that holds nothing but a record of an earlier try is not pinned", .directoryInMemory,
        arguments: ["pin 9 --reason r", "unpin 9"],
        [[], [(key: "9-linux/receipts/pin.json", size: Int64(9), tag: "t")]])
    func emptyRun(command: String, objects: [(key: String, size: Int64, tag: String)]) async throws {
        var services = RecordedServices()
        let listing = Self.listing(objects)
        services.fault = { request in
            #expect(request.method == .GET, "\(request.method) \(request.path)")
            return request.path.contains("list-type=2") ? listing : nil
        }
        try await ScriptedServer.with(services.answer) { server in
            let outcome = try await Tool.run(
                command.split(separator: " ").map(String.init) + ["--bucket", "nightly-bucket"],
                environment: RecordedServices.environment(server))
            #expect(outcome.exitCode == 1 && outcome.errors.contains("the run holds no objects"), "\(outcome.errors)")
        }
    }

    @Test(
        "Flags that do not fit together are refused", .directoryInMemory,
        arguments: [
            ("copy --from-run 7 --batch jobs", "--batch needs"),
            ("copy --from-run 7 --batch-role arn:x", "are for --batch DIR"),
            ("copy --from-run 7 FLAGS", "give --all"), ("copy --from-run 7 --all --shard 1/2 FLAGS", "neither --shard"),
            (
                "pin 7 --reason r --batch d --batch-account 12 --batch-role arn:x --batch-place s3://bucket/p",
                "12 digits"
            ),
            (
                "pin 7 --reason r --batch d --batch-account 123456789012 --batch-role x --batch-place s3://bucket/p",
                "ARN"
            ),
            (
                "pin 7 --reason r --batch d --batch-account 123456789012 --batch-role arn:x --batch-place s3://bucket",
                "s3://bucket/prefix"
            ),
            ("verify --batch d", "verify needs"), ("verify --run --batch d", "--batch is for --batch-report"),
            ("verify --run --run-id 7 --shard 3/2", "expected I/N with I from 1 to N"),
        ])
    func flags(command: String, words: String) async throws {
        let arguments = command.split(separator: " ").map(String.init).flatMap { $0 == "FLAGS" ? Self.flags : [$0] }
        let outcome = try await Tool.run(arguments)
        #expect(outcome.exitCode == 64 && outcome.errors.contains(words), "\(outcome.errors)")
    }

    /// Writes a report as S3 does: a manifest and one file of results, with the MD5 of both.
    private static func writeReport(_ lines: String, md5: String? = nil) throws {
        let job = try TemporaryDirectory.url().appending(path: "report/job-1")
        try FileManager.default.createDirectory(at: job.appending(path: "results"), withIntermediateDirectories: true)
        try Data(lines.utf8).write(to: job.appending(path: "results/r1.csv"))
        let manifest = """
            {"Format": "Report_CSV_20180820", "ReportCreationDate": "2026-11-26T00:00:00Z",
             "Results": [{"TaskExecutionStatus": "succeeded", "Bucket": "ops-bucket", "MD5Checksum": "\(md5 ?? lines.md5)",
                          "Key": "batch/1/reports/job-1/results/r1.csv"}],
             "ReportSchema": "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage"}
            """
        try Data(manifest.utf8).write(to: job.appending(path: "manifest.json"))
        let jobs = try TemporaryDirectory.url().appending(path: "jobs")
        try FileManager.default.createDirectory(at: jobs, withIntermediateDirectories: true)
        try Data("b,7-linux/a%20b\nb,7-linux/c\n".utf8).write(to: jobs.appending(path: "copy-1.csv"))
    }

    @Test(
        "A report is compared with what was asked for", .directoryInMemory,
        arguments: [
            (
                "b,7-linux/a%20b,,succeeded,,200,Successful\nb,7-linux/c,,succeeded,,200,Successful\n", 0,
                "2 objects as done"
            ),
            ("b,7-linux/a%20b,,succeeded,,200,Successful\n", 3, "s3://b/7-linux/c  not in any report"),
            (
                "b,7-linux/a%20b,,failed,AccessDenied,403,\"no, not you\"\r\nb,7-linux/c,,succeeded,,200,\r\n", 3,
                "AccessDenied, HTTP 403, no, not you"
            ),
            ("b,7-linux/a%20b\n", 2, "a report has 7"), ("", 2, "tells of no object"),
        ])
    func report(lines: String, code: Int32, words: String) async throws {
        try Self.writeReport(lines)
        let outcome = try await Tool.run(["verify", "--batch-report", "report", "--batch", "jobs"])
        #expect(outcome.exitCode == code, "\(outcome.output)\(outcome.errors)")
        #expect((outcome.output + outcome.errors).contains(words), "\(outcome.output)\(outcome.errors)")
    }

    @Test("A damaged report is refused", .directoryInMemory)
    func damaged() async throws {
        try Self.writeReport("b,k,,succeeded,,200,\n", md5: String(repeating: "0", count: 32))
        let outcome = try await Tool.run(["verify", "--batch-report", "report"])
        #expect(outcome.exitCode == 2 && outcome.errors.contains("is damaged"), "\(outcome.errors)")
        let absent = try await Tool.run(["verify", "--batch-report", "nothing"])
        #expect(absent.exitCode == 2 && absent.errors.contains("holds no manifest.json"), "\(absent.errors)")
    }
}

extension String {
    /// The MD5 of the text in hexadecimal.
    fileprivate var md5: String {
        Insecure.MD5.hash(data: Data(utf8)).map { String(format: "%02x", $0) }.joined()
    }
}
