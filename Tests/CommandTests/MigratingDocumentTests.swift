import Foundation
import RunOutputs
import Testing
import UploadTestSupport

@Suite("docs/migrating.md")
struct MigratingDocumentTests {
    /// The commands of the page, each as one line.
    static let commands: [String] = {
        guard let page = try? repositoryFile("docs/migrating.md") else { return [] }
        return page.matches(of: /```bash\n((?s).*?)```/).flatMap { block in
            block.1.replacing("\\\n", with: " ").split(separator: "\n").filter { $0.hasPrefix("therock-upload ") }
                .map(String.init)
        }
    }()

    /// What the scripts find in a job: a build tree and its neighbours.
    private static let tree: [String] = [
        "build/artifacts/rocblas_lib_gfx94X-dcgpu.tar.zst",
        "build/artifacts/rocblas_lib_gfx94X-dcgpu.tar.zst.sha256sum",
        "build/logs/rocBLAS_build.log", "build/rocBLAS/.ninja_log",
        "build/base/aux-overlay/build/therock_manifest.json", "packages/dist/rocm-7.14.0-py3-none-any.whl",
        "dist/manifests/therock-manifest_torch_py3.12_release-2.9.json",
        "dist/manifests/therock-manifest_jax_py3.12_rocm-jaxlib-v0.8.0.json", "reports/report.html",
        "tarballs/therock-dist-linux-multiarch-7.14.0.tar.gz", "repository/dists/stable/Release",
        "repository/pool/main/rocm-core_7.2.0_amd64.deb",
    ]

    /// A run of the commit that the page names.
    private static let services = RecordedServices(
        runs: [RecordedRun(id: 26_595_281_971, commit: "3484a3fb816e0859fd6e1cea078d76385ff50625")],
        commits: ["3484a3fb816e0859fd6e1cea078d76385ff50625"])

    /// A store that holds that run's artifacts.
    private static func store() -> ObjectStore {
        var texts: [OutputLocation: String] = [:]
        for name in ["base_lib_generic", "blas_lib_gfx94X-dcgpu", "rocblas_lib_gfx94X-dcgpu"] {
            var archive = TarArchive()
            archive.add("artifact_manifest.txt", content: Data("\(name)/stage\n".utf8))
            archive.add("\(name)/stage/lib/\(name)", content: Data("library".utf8))
            let key = "26595281971-linux/\(name).tar.zst"
            let bucket = "therock-ci-artifacts"
            texts[OutputLocation(bucket: bucket, key: ExactString(key))] = String(decoding: archive.data, as: UTF8.self)
            texts[OutputLocation(bucket: bucket, key: ExactString(key + ".sha256sum"))] =
                BackendContract.sha256(archive.data)
        }
        return ObjectStore(texts)
    }

    @Test(
        "names every script",
        arguments: [
            "post_build_upload", "post_stage_upload", "artifact_manager push", "upload_python_packages",
            "upload_pytorch_manifest", "upload_jax_manifest", "upload_test_report_script", "upload_tarballs",
            "upload_package_repo", "write_artifacts_bucket_info", "generate_s3_index", "find_artifacts_for_commit",
            "find_latest_artifacts", "fetch_artifacts", "artifact_manager fetch", "artifact_manager copy",
            "install_rocm_from_artifacts",
        ])
    func scripts(name: String) throws {
        #expect(try repositoryFile("docs/migrating.md").contains(name))
        #expect(Self.commands.count > 20)
    }

    @Test(
        "has commands that work", .directoryInMemory, .needsVectors("github/workflow_run-completed.json"),
        arguments: commands)
    func works(command: String) async throws {
        let directory = try TemporaryDirectory.url()
        let digest = BackendContract.sha256(Data("x".utf8))
        try SampleTree(at: directory).make(
            Self.tree.map { ($0, .text($0.hasSuffix(".sha256sum") ? digest : "x")) })
        try FileManager.default.createSymbolicLink(
            at: directory.appending(path: "manifests"), withDestinationURL: Tool.repository.appending(path: "manifests")
        )
        var words = try Self.words(of: command)
        #expect(words.removeFirst() == "therock-upload")
        let isUpload = ["apply", "plan"].contains(words.first)
        let (services, store) = (Self.services, isUpload ? ObjectStore() : Self.store())
        let before = store.objects.count
        let outcome = try await ScriptedServer.with({ request in
            request.path.hasPrefix("/repos/") ? services.answer(request) : store.answer(request)
        }) { [words] server in
            let environment = ObjectStore.environment(server).merging([
                "GITHUB_API_URL": server.url, "GITHUB_RUN_ID": "26595281999",
            ]) { $1 }
            return try await Tool.run(words, environment: environment)
        }
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(!outcome.output.isEmpty)
        let writes = ["apply", "copy"].contains(words.first) && !words.contains("--dry-run")
        #expect((store.objects.count > before) == (writes && !words.contains("--output-dir")))
    }

    @Test("names parameters and variables as the plans do")
    func parameters() throws {
        let page = try repositoryFile("docs/migrating.md")
        let manifests = try ManifestTests.plans.map { try repositoryFile("manifests/\($0).yaml") }.joined()
        let rows = page.matches(of: /\| `--[^|]*\| `([a-z_]+)`[^|]*\| `([A-Z_]+)` \|/)
        #expect(rows.count > 15)
        for row in rows {
            #expect(manifests.contains("\n  \(row.1):\n"), "\(row.0)")
            #expect(manifests.contains("env: \(row.2)\n"), "\(row.0)")
        }
    }

    @Test("names only files that exist")
    func links() throws {
        for link in try repositoryFile("docs/migrating.md").matches(of: /\]\((?!https?:)([^)#]+)/) {
            let place = Tool.repository.appending(path: "docs/\(link.1)").standardized
            #expect(FileManager.default.fileExists(atPath: place.path), "\(link.1)")
        }
    }

    /// Splits a command line into words, as a shell does with single quotes.
    private static func words(of command: String) throws -> [String] {
        var words: [String] = []
        for (index, part) in command.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
            if index % 2 == 1 {
                words.append(String(part))
            } else {
                try #require(!part.contains { "\"$`\\|;&<>()*".contains($0) }, "only single quotes are understood here")
                words += part.split(separator: " ").map(String.init)
            }
        }
        return words
    }
}
