import Foundation
import Testing
import UploadTestSupport

@Suite("The plans that ship")
struct ManifestTests {
    static let plans = [
        "post-build", "post-build-logs", "post-stage", "python-packages", "pytorch-manifest", "jax-manifest",
        "test-report",
        "tarballs", "native-packages", "stage-artifacts",
    ]

    @Test("are all here")
    func complete() throws {
        let directory = Tool.repository.appending(path: "manifests").path
        let files = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".yaml") }
        #expect(Set(files) == Set(Self.plans.map { "\($0).yaml" } + ["buckets.yaml", "layout.yaml"]))
    }

    @Test("are valid without a warning, tests included", .directoryInMemory)
    func valid() async throws {
        let outcome = try await Tool.run(["validate"] + Self.plans.map(Tool.manifest))
        #expect(outcome.exitCode == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    }

    @Test("say what they are for in the first lines, and have tests", arguments: plans)
    func commented(plan: String) throws {
        let lines = try repositoryFile("manifests/\(plan).yaml").split(separator: "\n")
        let comment = lines.prefix { $0.hasPrefix("#") }.drop { $0.contains("yaml-language-server") || $0 == "#" }
        #expect((2...3).contains(comment.count))
        #expect(lines.contains("tests:"))
    }
}
