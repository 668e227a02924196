import Foundation
import RunOutputs
import Testing
import UploadTestSupport

@Suite("locate and vocabulary")
struct VocabularyCommandTests {
    /// Every term with arguments that hold something to encode, and its path below the run's prefix.
    static let places: [(String, [String], String)] = [
        ("root", [], ""), ("artifact", ["filename=a+b:c.tar.xz"], "/a+b:c.tar.xz"),
        ("artifact_index", ["artifact_group=gfx94X"], "/index-gfx94X.html"), ("root_index", [], "/index.html"),
        ("log_dir", ["artifact_group=gfx94X"], "/logs/gfx94X"),
        ("log_file", ["artifact_group=gfx94X", "filename=a b.log"], "/logs/gfx94X/a b.log"),
        ("log_index", ["artifact_group=gfx94X"], "/logs/gfx94X/index.html"), ("log_root_index", [], "/logs/index.html"),
        ("log_stage_dir", ["stage=math-libs", "amdgpu_family="], "/logs/math-libs"),
        ("log_stage_dir", ["stage=math-libs", "amdgpu_family=gfx1151"], "/logs/math-libs/gfx1151"),
        ("log_subdir", ["path=rccl/report"], "/logs/rccl/report"),
        ("build_observability", ["artifact_group=g"], "/logs/g/build_observability.html"),
        ("manifest_dir", ["artifact_group=g"], "/manifests/g"),
        ("manifest", ["artifact_group=g"], "/manifests/g/therock_manifest.json"),
        ("manifest_file", ["artifact_group=g", "filename=x.json"], "/manifests/g/x.json"),
        ("manifest_root", [], "/manifests/therock_manifest.json"), ("manifests_index", [], "/manifests/index.html"),
        ("python_packages", ["artifact_group="], "/python"), ("python_packages", ["artifact_group=g"], "/python/g"),
        ("python_index", ["artifact_group="], "/python/index.html"),
        ("python_index", ["artifact_group=g"], "/python/g/index.html"),
        ("tarballs", [], "/tarballs"), ("tarball", ["filename=a+b.tar.gz"], "/tarballs/a+b.tar.gz"),
        ("native_packages", ["package_type=deb"], "/packages/deb"),
        ("native_packages_log_dir", ["package_type=rpm"], "/logs/packaging/rpm"),
        ("native_packages_log_index", ["package_type=rpm"], "/logs/packaging/rpm/index.html"),
        ("receipt_dir", [], "/receipts"), ("receipt", ["filename=build-a b-1.json"], "/receipts/build-a b-1.json"),
        ("checksum_list", [], "/SHA256SUMS"),
    ]

    @Test("every term is tried")
    func complete() {
        #expect(Set(Self.places.map(\.0)) == Set(Layout.builtIn.terms.map(\.name)))
    }

    @Test("locate prints every form of every term", .directoryInMemory, arguments: places)
    func locate(term: String, arguments: [String], path: String) async throws {
        let key = "ROCm-rocm-libraries/12-windows" + path
        let bucket = "therock-ci-artifacts-external"
        let encoded = key.replacing("+", with: "%2B").replacing(":", with: "%3A").replacing(" ", with: "%20")
        let url = "https://\(bucket).s3.amazonaws.com/\(encoded)"
        let command =
            ["locate", term] + arguments + [
                "--run-id", "12", "--platform", "windows", "--github-repository", "ROCm/rocm-libraries", "--output-dir",
                "out",
            ]
        let local = try await Tool.run(command + ["--form", "local"])
        #expect(local.exitCode == 0 && local.output == "out/\(key)\n", "\(local.errors)\(local.output)")
        let json = try await Tool.run(command + ["--form", "json"])
        let values = try #require(JSONSerialization.jsonObject(with: json.outputBytes) as? [String: Any])
        #expect(values["key"] as? String == key && values["bucket"] as? String == bucket)
        #expect(values["s3_uri"] as? String == "s3://\(bucket)/\(key)" && values["https_url"] as? String == url)
        #expect(values["region"] as? String == "us-east-2")
        #expect((values["chosen_by"] as? String ?? "").contains("rule"))
    }

    @Test(
        "locate prints the form that was asked for", .directoryInMemory,
        arguments: [
            ("s3", "s3://therock-ci-artifacts/1-linux/a+b.tar.xz"), ("key", "1-linux/a+b.tar.xz"),
            ("https", "https://therock-ci-artifacts.s3.amazonaws.com/1-linux/a%2Bb.tar.xz"),
        ])
    func form(form: String, text: String) async throws {
        let outcome = try await Tool.run([
            "locate", "artifact", "filename=a+b.tar.xz", "--run-id", "1", "--form", form,
        ])
        #expect(outcome.output == text + "\n")
    }

    @Test("a mistyped term is answered with the right one", .directoryInMemory)
    func suggestion() async throws {
        let outcome = try await Tool.run(["locate", "log_dirr", "artifact_group=g", "--run-id", "1"])
        #expect(outcome.exitCode == 2 && outcome.errors.contains("log_dir"), "\(outcome.errors)")
    }

    @Test("the vocabulary has every term in each format", .directoryInMemory, arguments: ["text", "json", "markdown"])
    func vocabulary(format: String) async throws {
        let outcome = try await Tool.run(["vocabulary", "--format", format])
        #expect(outcome.exitCode == 0)
        for term in Layout.builtIn.terms { #expect(outcome.output.contains(term.name)) }
        if format == "json" { _ = try JSONSerialization.jsonObject(with: outcome.outputBytes) }
    }

    @Test("the table in the documentation is the tool's", .directoryInMemory)
    func documentedVocabulary() async throws {
        let document = try repositoryFile("docs/run-outputs-layout.md")
        let table = try #require(document.between("<!-- checked: vocabulary -->\n", "<!-- end -->"))
        #expect(try await Tool.run(["vocabulary", "--format", "markdown"]).output == table)
    }
}

extension String {
    /// The text between two others; `nil` if they are not there.
    func between(_ start: String, _ end: String) -> String? {
        guard let first = range(of: start), let last = self[first.upperBound...].range(of: end) else { return nil }
        return String(self[first.upperBound..<last.lowerBound])
    }
}
