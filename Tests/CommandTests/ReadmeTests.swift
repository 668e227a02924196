import Foundation
import Testing
import UploadTestSupport

@Suite("README")
struct ReadmeTests {
    @Test("shows a plan, a command and its real output", .directoryInMemory)
    func example() async throws {
        let readme = try repositoryFile("README.md")
        let plan = try #require(readme.between("<!-- example: the plan -->\n```yaml\n", "```"))
        let console = try #require(readme.between("<!-- example: the command and its output -->\n```console\n", "```"))
        try SampleTree(at: TemporaryDirectory.url()).make([
            "logs.yaml": .text(plan), "build/logs/rocBLAS_build.log": .text("[1/1] Linking librocblas.so"),
            "build/logs/notes.txt": .text("notes\n"),
            "build/logs/latest.log": SampleEntry(.symlink(to: "rocBLAS_build.log")),
            "build/therock_manifest.json": .text("{}\n"),
        ])
        var lines = console.split(separator: "\n", omittingEmptySubsequences: false)
        let command = lines.removeFirst().split(separator: " ").map(String.init)
        #expect(command.prefix(2) == ["$", "therock-upload"])
        let outcome = try await Tool.run(Array(command.dropFirst(2)))
        #expect(outcome.exitCode == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(outcome.output == lines.joined(separator: "\n"))
    }

    @Test(
        "and the other documents name only files that exist",
        arguments: ["README.md", "docs/github-actions.md", "docs/plan-language.md", "manifests/listings/README.md"])
    func links(document: String) throws {
        let text = try repositoryFile(document)
        let directory = Tool.repository.appending(path: document).deletingLastPathComponent()
        let links = text.matches(of: /\]\((?!https?:)([^)#]+)/).map { directory.appending(path: String($0.1)) }
        let examples = text.matches(of: /\bmanifests\/[\w\/.-]+\.(?:yaml|txt|lock)/).map {
            Tool.repository.appending(path: String($0.0))
        }
        for file in links + examples {
            #expect(FileManager.default.fileExists(atPath: file.standardizedFileURL.path), "\(file.path)")
        }
    }
}
