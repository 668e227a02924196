import Foundation
import Testing
import UploadTestSupport

@Suite("The command list")
struct ListCommandTests {
    private func makeStore() throws {
        try SampleTree(at: TemporaryDirectory.url().appending(path: "store/7-linux")).make([
            "blas_lib_gfx94X-dcgpu.tar.zst": .text("archive"),
            "blas_lib_gfx94X-dcgpu.tar.zst.sha256sum": .text("digest"),
            "fft_test_gfx942:xnack+.tar.xz": .text("other"), "index-gfx94X-dcgpu.html": .text("page"),
            "logs/gfx94X-dcgpu/a.log": .text("log"), "logs/stage/ccache_logs.tar.zst": .text("no artifact"),
            "python/gfx94X-dcgpu/x.whl": .text("wheel"), "manifests/therock_manifest.json": .text("{}"),
            "tarballs/t.tar.gz": .text("t"), "packages/deb/p.deb": .text("p"),
        ])
    }

    private func list(
        _ command: String, _ environment: [String: String] = [:]
    ) async throws -> ChildProcess.Outcome {
        let arguments = ["list"] + command.split(separator: " ").map(String.init)
        return try await Tool.run(arguments, environment: environment)
    }

    static let terms: [(term: String, names: [String])] = [
        ("artifacts", ["blas_lib_gfx94X-dcgpu.tar.zst", "fft_test_gfx942:xnack+.tar.xz"]),
        (
            "artifacts --artifact-group gfx94X-dcgpu",
            ["blas_lib_gfx94X-dcgpu.tar.zst", "fft_test_gfx942:xnack+.tar.xz"]
        ),
        ("artifacts --amdgpu-targets gfx942 --expand-family-to-targets", ["fft_test_gfx942:xnack+.tar.xz"]),
        ("logs", ["logs/gfx94X-dcgpu/a.log", "logs/stage/ccache_logs.tar.zst"]),
        ("manifests", ["manifests/therock_manifest.json"]), ("python", ["python/gfx94X-dcgpu/x.whl"]),
        ("tarballs", ["tarballs/t.tar.gz"]), ("packages", ["packages/deb/p.deb"]),
        ("log_dir artifact_group=gfx94X-dcgpu", ["logs/gfx94X-dcgpu/a.log"]),
        ("manifest_root", ["manifests/therock_manifest.json"]),
        ("artifact_index artifact_group=gfx94X-dcgpu", ["index-gfx94X-dcgpu.html"]),
    ]

    @Test("lists what a term stands for", .directoryInMemory, arguments: terms)
    func term(term: String, names: [String]) async throws {
        try makeStore()
        let urls = try await list("\(term) --run-id 7 --local-staging-dir store --format urls")
        #expect(urls.exitCode == 0, "\(urls.errors)")
        #expect(urls.output == names.map { "store/7-linux/\($0)\n" }.joined())
        let table = try await list("\(term) --run-id 7 --local-staging-dir store")
        for name in names { #expect(table.output.contains("  \(name)")) }
        let json = try await list("\(term) --run-id 7 --local-staging-dir store --format json")
        let keys = try json.output.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])["key"] as? String
        }
        #expect(keys == names.map { "7-linux/\($0)" })
    }

    @Test("takes the run from the environment", .directoryInMemory)
    func environment() async throws {
        try makeStore()
        let variables = [
            "THEROCK_LOCAL_STAGING_DIR": "store", "THEROCK_RUN_ID": "7", "GITHUB_RUN_ID": "8",
            "THEROCK_PLATFORM": "linux",
        ]
        let outcome = try await list("artifacts --format json", variables)
        #expect(outcome.output.contains(#""target_family": "gfx942:xnack+""#), "\(outcome.errors)")
        #expect(outcome.output.contains(#""has_checksum": true"#) && outcome.output.contains(#""has_checksum": false"#))
        let windows = try await list("artifacts", variables.merging(["THEROCK_PLATFORM": "windows"]) { $1 })
        #expect(windows.exitCode == 1)
        let bogus = try await list("artifacts", variables.merging(["THEROCK_PLATFORM": "plan9"]) { $1 })
        #expect(bogus.exitCode == 2)
        #expect(bogus.errors.contains("THEROCK_PLATFORM"))
    }

    @Test(
        "tells nothing from a mistake", .directoryInMemory,
        arguments: [
            ("artifacts --run-id 9 --local-staging-dir store", 1, "there is nothing at store/9-linux"),
            (
                "artifacts --run-id 7 --local-staging-dir store --artifact-group gfx950-dcgpu", 1,
                "no artifact is for gfx950-dcgpu; there are some for gfx942:xnack+, gfx94X-dcgpu"
            ),
            (
                "logs --run-id 7 --local-staging-dir store --artifact-group gfx942", 64,
                "options that select artifacts need the term"
            ),
            ("tarballs --run-id 8 --local-staging-dir store", 1, "holds 1 object, but no outputs for 'tarballs'"),
            ("artifacts --run-id 8 --local-staging-dir store", 1, "store/8-linux holds 1 object, but no artifacts"),
            ("logs --run-id 7 --local-staging-dir nowhere", 1, "nowhere"),
            ("artefacts --run-id 7 --local-staging-dir store", 2, "unknown term 'artefacts'"),
            ("log_dir --run-id 7 --local-staging-dir store", 2, "artifact_group"),
            ("logs --run-id 7 --local-staging-dir store --endpoint-url http://x", 64, "exclude"),
            ("logs --run-id 7 --local-staging-dir store --format xml", 64, "xml"),
        ] as [(String, Int32, String)])
    func mistakes(command: String, code: Int32, words: String) async throws {
        try makeStore()
        try SampleTree(at: TemporaryDirectory.url().appending(path: "store/8-linux")).make([
            "logs/x_lib_generic.tar.zst": .text("no artifact")
        ])
        let outcome = try await list(command)
        #expect(outcome.exitCode == code)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }
}
