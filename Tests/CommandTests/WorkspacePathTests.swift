import Foundation
import Testing
import UploadTestSupport

@Suite("Places of problems in a checked-out repository")
struct WorkspacePathTests {
    private func makeTree() throws {
        try SampleTree(at: TemporaryDirectory.url()).make([
            "ws/sub/m.yaml": .text("version: 1\nname: x\nuploads: {r: {from: a, two: root}}\n"),
            "ws/link.yaml": SampleEntry(.symlink(to: "sub/m.yaml")),
            "outside.yaml": .text("version: 1\nname: x\nuploads: {r: {from: a, two: root}}\n"),
        ])
    }

    private static let spellings: [(directory: String, path: String)] = [
        ("ws/sub", "m.yaml"), ("ws/sub", "./m.yaml"), ("ws", "sub/m.yaml"), ("ws", "./sub/../sub//m.yaml"),
        ("ws/sub", "../sub/m.yaml"), ("ws", "link.yaml"), (".", "ws/sub/m.yaml"),
    ]

    private func validate(_ spelling: (directory: String, path: String), _ format: String) async throws -> String {
        try makeTree()
        let root = try TemporaryDirectory.url()
        let outcome = try await Tool.run(
            ["validate", spelling.path, "--format", format], in: root.appending(path: spelling.directory),
            environment: ["GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": root.appending(path: "ws").path])
        #expect(outcome.exitCode == 2)
        return outcome.output
    }

    @Test(
        "An annotation names the file relative to the repository, however it was typed", .directoryInMemory,
        arguments: spellings)
    func annotations(spelling: (directory: String, path: String)) async throws {
        let output = try await validate(spelling, "github")
        #expect(output.matches(of: /file=([^,:]*)/).map { String($0.1) } == ["sub/m.yaml"], "\(output)")
    }

    @Test("So does SARIF", .directoryInMemory, arguments: spellings)
    func sarif(spelling: (directory: String, path: String)) async throws {
        let output = try await validate(spelling, "sarif")
        let places = Set(output.matches(of: /"uri":\s*"([^"]*yaml)"/).map { String($0.1) })
        #expect(places == ["sub/m.yaml"], "\(output)")
    }

    @Test("A file outside of the repository keeps its name", .directoryInMemory)
    func outside() async throws {
        #expect(try await validate(("ws", "../outside.yaml"), "github").contains("file=../outside.yaml,"))
    }
}
