import Foundation
import RunOutputs
import Testing
import UploadExecution
import UploadTestSupport

@testable import UploadS3

@Suite("A run that is killed", .needsServers, .serialized)
struct KillTests {
    /// What an interrupted trial of conditional writes leaves: runs remove it once it is a minute old, since a younger one
    /// may be another run's trial.
    private static let trial = ".therock-upload-condition-trial"

    private static let plan = """
        version: 1
        name: killed
        parameters:
          dir: {description: The tree, type: directory}
        uploads:
          logs: {from: "${dir}/logs", to: {log_subdir: {path: all}}}
          archives: {from: "${dir}/archives", to: root, existing: identical}
        """

    /// Writes 150 small files, and two that are sent in parts.
    ///
    /// - Returns: The content of each object by its key below the run's prefix.
    private static func makeTree(in directory: URL) throws -> [String: Data] {
        var objects: [String: Data] = [:]
        func add(_ path: String, key: String, _ content: Data) throws {
            _ = try TestFile.write(content, to: path, in: directory)
            objects[key] = content
        }
        for number in 0..<150 {
            let content = Data(repeating: UInt8(number), count: number * 97)
            try add("logs/\(number).log", key: "logs/all/\(number).log", content)
        }
        for number in 0..<2 {
            let content = Data.sample(byteCount: 17 << 20, seed: number)
            try add("archives/\(number).tar.zst", key: "\(number).tar.zst", content)
        }
        return objects
    }

    @Test(
        "is made good by a plain re-run, at whichever of ten moments it was killed", .directoryInMemory,
        arguments: TestServer.checking)
    func kills(_ server: TestServer) async throws {
        let directory = try TemporaryDirectory.url()
        let tree = directory.appending(path: "tree")
        let objects = try Self.makeTree(in: tree)
        let plan = directory.appending(path: "plan.yaml")
        try Data(Self.plan.utf8).write(to: plan)
        try await server.withBucket { bucket in
            let tool = ChildProcess(
                ChildProcess.tool,
                [
                    "apply", plan.path, "--set", "dir=\(tree.path)", "--run-id", "1", "--platform", "linux",
                    "--bucket", bucket.name, "--endpoint-url", try #require(server.endpoint), "--progress", "json",
                ],
                environment: [
                    "AWS_ACCESS_KEY_ID": TestServer.credentials.accessKeyID, "AWS_REGION": "us-east-1",
                    "AWS_SECRET_ACCESS_KEY": TestServer.credentials.secretAccessKey,
                ], in: directory)
            var killed = 0
            // Some runs are over before the signal arrives.
            for _ in 0..<50 where killed < 10 {
                let outcome = try await tool.run(interruptedBy: SIGKILL, after: Int.random(in: 1...12_000))
                if outcome.exitCode == -SIGKILL { killed += 1 }
                // Whatever is visible is whole.
                for try await case .object(let object) in bucket.backend.list(bucket.location("1-linux"), .everything) {
                    let key = String(object.location.key.text.dropFirst("1-linux/".count))
                    guard key != Self.trial else { continue }
                    #expect(object.size == Int64(objects[key]?.count ?? -1), "\(key)")
                }
            }
            #expect(killed == 10)
            let outcome = try await tool.run()
            #expect(outcome.exitCode == 0, "\(outcome.output)")
            try await expect(objects, in: bucket, directory)
            #expect(try await bucket.backend.client.incompleteUploads(of: bucket.location("1-linux/0.tar.zst")) == [])
            #expect(try await bucket.backend.client.incompleteUploads(of: bucket.location("1-linux/1.tar.zst")) == [])
        }
    }

    /// Compares all of a bucket with what should be there.
    private func expect(_ objects: [String: Data], in bucket: TestBucket, _ directory: URL) async throws {
        let copy = directory.appending(path: "copy")
        var found: Set<String> = []
        for try await case .object(let object) in bucket.backend.list(bucket.location("1-linux"), .everything) {
            let key = String(object.location.key.text.dropFirst("1-linux/".count))
            guard key != Self.trial else { continue }
            found.insert(key)
            _ = try await bucket.backend.download(
                DownloadRequest(location: object.location, path: copy.path), progress: { _ in })
            #expect(try Data(contentsOf: copy) == objects[key], "\(key)")
        }
        #expect(found == Set(objects.keys))
    }
}
