import Foundation
import Testing
import UploadTestSupport

@testable import Commands

@Suite("version")
struct VersionCommandTests {
    /// What the tool says about itself.
    private struct Answer: Decodable {
        struct Library: Decodable {
            var name: String
            var version: String
        }
        var format: String
        var version: String
        var commit: String?
        var features: [String]
        var libraries: [Library]
    }

    @Test("is that of the file VERSION and of the newest entry of the changelog", .directoryInMemory)
    func oneVersion() async throws {
        let file = try repositoryFile("Sources/Commands/VERSION")
        let outcome = try await Tool.run(["--version"])
        #expect(outcome.exitCode == 0 && outcome.output == file)
        let entries = try repositoryFile("CHANGELOG.md").matches(of: /(?m)^## ([0-9][^ \n]*)/).map { "\($0.1)\n" }
        #expect(entries.first == file)
    }

    @Test(
        "comes with commit, features and libraries for programs", .directoryInMemory,
        arguments: [
            ["version", "--format", "json"], ["--version", "--format", "json"], ["--format=json", "--version"],
        ])
    func json(arguments: [String]) async throws {
        let outcome = try await Tool.run(arguments)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let answer = try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
        #expect(answer.format == "therock-upload/version/v1")
        #expect(try answer.version + "\n" == repositoryFile("Sources/Commands/VERSION"))
        // Only `make release` records it.
        #expect(answer.commit == nil)
        #expect(answer.features.contains("s3") && answer.features.contains("archive:tar.zst"))
        let expected = [
            "libarchive", "libbz2", "libdeflate", "libexpat", "liblz4", "liblzma", "libyaml", "libzstd", "zlib",
        ]
        #expect(answer.libraries.map(\.name) == expected)
        for library in answer.libraries { #expect(library.version.contains(/^\d+\.\d+/), "\(library)") }
    }

    @Test("comes with the same for people", .directoryInMemory)
    func text() async throws {
        let outcome = try await Tool.run(["version"])
        #expect(outcome.exitCode == 0)
        #expect(outcome.output.hasPrefix("therock-upload \(ToolVersion.number)\ncommit "))
        #expect(outcome.output.contains(/libarchive \d/))
    }

    @Test("reads what was noted when the program was linked")
    func record() {
        let record = BuildRecord(
            parsing: """
                commit 7f3c-dirty
                date 2026-11-25T17:34:00Z
                toolchain Swift version 6.3.1 (swift-6.3.1-RELEASE)
                target x86_64-linux-gnu.2.28
                package swift-nio 2.101.2
                package swift-log 1.6.4
                something from later
                alone
                """)
        #expect(record.commit == "7f3c-dirty")
        #expect(record.date == "2026-11-25T17:34:00Z")
        #expect(record.toolchain == "Swift version 6.3.1 (swift-6.3.1-RELEASE)")
        #expect(record.target == "x86_64-linux-gnu.2.28")
        #expect(record.packages.map { "\($0.name)=\($0.version)" } == ["swift-nio=2.101.2", "swift-log=1.6.4"])
        #expect(BuildRecord(parsing: "").commit == nil)
    }
}
