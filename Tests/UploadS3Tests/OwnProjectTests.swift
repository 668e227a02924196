import Foundation
import RunOutputs
import Testing
import UploadTestSupport

@testable import UploadS3

/// Projects with layouts and policies of their own, from their plans to what is fetched.
@Suite("A project of its own", .needsServers)
struct OwnProjectTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        .standardized

    private static func environment(_ server: TestServer) -> [String: String] {
        [
            "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8",
            "AWS_ACCESS_KEY_ID": TestServer.credentials.accessKeyID,
            "AWS_SECRET_ACCESS_KEY": TestServer.credentials.secretAccessKey, "AWS_EC2_METADATA_DISABLED": "true",
            "GITHUB_REPOSITORY": "acme/library",
        ]
    }

    /// Copies the example, with the test's store and bucket in place of acme's.
    private static func copyExample(to directory: URL, endpoint: String, bucket: String) throws {
        let example = repository.appending(path: "examples/library")
        for name in ["layout.yaml", "buckets.yaml", "build.yaml", "docs.yaml", "build.lock", "listing.txt"] {
            var text = try String(contentsOf: example.appending(path: name), encoding: .utf8)
            if name == "buckets.yaml" {
                text = text.replacing("https://store.acme.example", with: endpoint)
                for own in ["acme-releases", "acme-nightly", "acme-forks"] { text = text.replacing(own, with: bucket) }
            }
            _ = try TestFile.write(Data(text.utf8), to: name, in: directory)
        }
        for line in try String(contentsOf: example.appending(path: "listing.txt"), encoding: .utf8).split(
            separator: "\n")
        where !line.hasSuffix(".tar.xz") && !line.hasSuffix(".sha256sum") {
            _ = try TestFile.write(Data("of \(line)".utf8), to: String(line), in: directory)
        }
    }

    private static let archive = """
        mkdir -p dist && tar -cJf dist/acme_1.4.0_linux-x64.tar.xz build/docs
        cd dist && sha256sum acme_1.4.0_linux-x64.tar.xz > acme_1.4.0_linux-x64.tar.xz.sha256sum
        """

    private func bash(
        _ script: String, in directory: URL, _ environment: [String: String]
    ) async throws -> ChildProcess.Outcome {
        let bin = directory.appending(path: "bin")
        try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
        let link = bin.appending(path: "therock-upload").path
        if !FileManager.default.fileExists(atPath: link) {
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: ChildProcess.tool.path)
        }
        var environment = environment
        environment["PATH"] = "\(bin.path):/usr/bin:/bin"
        return try await ChildProcess(
            URL(filePath: "/bin/bash"), ["-euo", "pipefail", "-c", script], environment: environment, in: directory,
            input: Data()
        ).run()
    }

    @Test("The example is planned, published, listed, verified, copied and fetched", .directoryInMemory)
    func example() async throws {
        let directory = try TemporaryDirectory.url()
        let server = TestServer.seaweed
        try await server.withBucket { bucket in
            try Self.copyExample(to: directory, endpoint: try #require(server.endpoint), bucket: bucket.name)
            let environment = Self.environment(server).merging([
                "RELEASE_TYPE": "release", "RELEASE_VERSION": "1.4.0", "RUNNER_OS": "Linux",
            ]) { $1 }
            func run(_ script: String, _ more: [String: String] = [:]) async throws -> String {
                let outcome = try await bash(script, in: directory, environment.merging(more) { $1 })
                #expect(outcome.exitCode == 0, "\(script): \(outcome.output)\(outcome.errors)")
                return outcome.output
            }
            let places = "--layout layout.yaml --buckets buckets.yaml"
            _ = try await run(Self.archive)
            _ = try await run("therock-upload validate *.yaml")
            let plan = try await run("therock-upload plan build.yaml --explain")
            #expect(plan.contains("s3://\(bucket.name)/releases/1.4.0/packages"), "\(plan)")
            _ = try await run("therock-upload apply build.yaml docs.yaml")
            let urls = try await run("therock-upload list \(places) --format urls")
            let expected = [
                "coverage/linux-x64/index.html", "docs/api/acme.html", "docs/index.html",
                "logs/linux-x64/build.log", "logs/linux-x64/configure.log",
                "packages/acme_1.4.0_linux-x64.tar.xz", "packages/acme_1.4.0_linux-x64.tar.xz.sha256sum",
                "packages/index.html", "symbols/linux-x64/libacme.so.debug",
            ].map { "https://downloads.acme.example/releases/1.4.0/\($0)" }
            #expect(urls.split(separator: "\n").map(String.init).sorted() == expected)
            let reports = try await run("therock-upload list reports \(places)")
            #expect(reports.contains("3 objects"), "\(reports)")
            _ = try await run("therock-upload verify build.yaml")
            let listed = try await run("therock-upload list packages \(places) --format json")
            #expect(
                listed.contains("\"target\": \"linux-x64\"") && listed.contains("\"has_checksum\": true"),
                "\(listed)")
            _ = try await run("therock-upload fetch \(places) --artifact-group linux --output-dir out")
            #expect(
                FileManager.default.fileExists(
                    atPath: directory.appending(path: "out/acme_1.4.0_linux-x64/build/docs/html/index.html").path))
            let page = try await run("therock-upload locate package_page \(places) --form https")
            #expect(page == "https://downloads.acme.example/releases/1.4.0/packages/index.html\n")
            _ = try await run(
                "therock-upload diff build.yaml --lock build.lock --files-from listing.txt",
                ["RELEASE_TYPE": "ci", "RELEASE_VERSION": ""])
        }
    }

    @Test("An ordinary run lies below its date and its id, and a Mac is a platform", .directoryInMemory)
    func nightly() async throws {
        let directory = try TemporaryDirectory.url()
        try Self.copyExample(to: directory, endpoint: "http://127.0.0.1:1", bucket: "acme-nightly")
        let environment = Self.environment(.seaweed)
        let locate = "therock-upload locate docs --layout layout.yaml --buckets buckets.yaml"
        let found = try await bash(
            "\(locate) --run-value date=2026-11-25 --run-id 77 --platform macos", in: directory, environment)
        #expect(found.output == "s3://acme-nightly/nightly/2026-11-25/77/docs\n", "\(found.errors)")
        let undated = try await bash(
            "therock-upload list --layout layout.yaml --buckets buckets.yaml --run-id 77", in: directory, environment)
        #expect(
            undated.exitCode == 2 && undated.errors.contains("--run-value date=VALUE, or set BUILD_DATE"),
            "\(undated.errors)"
        )
        let other = try await bash("\(locate) --run-id 77 --run-value colour=red", in: directory, environment)
        #expect(other.exitCode == 64 && other.errors.contains("version, date"), "\(other.errors)")
        let plan9 = try await bash("\(locate) --platform plan9", in: directory, environment)
        #expect(plan9.exitCode == 64 && plan9.errors.contains("linux or windows or macos"), "\(plan9.errors)")
    }

    @Test("Every command of docs/your-own-project.md does what the page says", .directoryInMemory)
    func page() async throws {
        let directory = try TemporaryDirectory.url()
        let text = try String(
            contentsOf: Self.repository.appending(path: "docs/your-own-project.md"), encoding: .utf8)
        let blocks = text.components(separatedBy: "<!-- run -->\n```sh\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
        #expect(blocks.count == 6)
        let server = TestServer.seaweed
        try await server.withBucket { bucket in
            let environment = Self.environment(server).merging([
                "STORE": try #require(server.endpoint), "BUCKET": bucket.name,
            ]) { $1 }
            let outcome = try await bash(blocks.joined(separator: "\n"), in: directory, environment)
            #expect(outcome.exitCode == 0, "\(outcome.output)\(outcome.errors)")
            let url = "/\(bucket.name)/runs/1/packages/linux/demo-1.0.tar.xz"
            #expect(outcome.output.contains(url), "\(outcome.output)")
            let released = try await bucket.read(
                OutputLocation(bucket: bucket.name, key: "releases/1.0/logs/linux/build.log"))
            #expect(released != nil, "\(outcome.output)")
        }
    }
}
