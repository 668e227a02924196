import RunOutputs
import Testing
import UploadExecution

@Suite("Selecting artifacts")
struct ArtifactSelectionTests {
    static let run = [
        "base_run_generic.tar.zst", "base_run_generic.tar.zst.sha256sum", "base_dev_generic.tar.zst",
        "blas_lib_gfx94X-dcgpu.tar.zst", "blas_lib_gfx94X-dcgpu.tar.xz", "blas_lib_gfx94X-dcgpu.tar.zst.sha256sum",
        "blas_lib_gfx110X-all.tar.xz", "blas_test_gfx942.tar.zst", "fft_lib_gfx942:xnack+.tar.zst",
        "index-gfx94X-dcgpu.html", "index.html", "ccache_logs.tar.zst",
    ]

    private func select(_ change: (inout ArtifactSelection) -> Void) throws -> ArtifactSelection.Outcome {
        var selection = ArtifactSelection()
        change(&selection)
        let root = OutputLocation(bucket: "b", key: "1-linux")
        return try selection.select(from: Self.run.map { StoredObject(location: root.appending($0), size: 1) })
    }

    private func stems(_ change: (inout ArtifactSelection) -> Void) throws -> [String] {
        let outcome = try select(change)
        #expect(outcome.unmatched.isEmpty)
        return outcome.artifacts.map(\.name.stem)
    }

    @Test("takes everything unless told otherwise, each artifact once")
    func everything() throws {
        let outcome = try select { _ in }
        #expect(
            outcome.artifacts.map(\.name.filename) == [
                "base_dev_generic.tar.zst", "base_run_generic.tar.zst", "blas_lib_gfx110X-all.tar.xz",
                "blas_lib_gfx94X-dcgpu.tar.zst", "blas_test_gfx942.tar.zst", "fft_lib_gfx942:xnack+.tar.zst",
            ])
        #expect(outcome.artifacts.map { $0.sidecar != nil } == [false, true, false, true, false, false])
    }

    @Test("takes generic artifacts, those of the group and those of targets")
    func families() throws {
        let generic = ["base_dev_generic", "base_run_generic"]
        #expect(try stems { $0.isGenericOnly = true } == generic)
        #expect(try stems { $0.artifactGroup = "gfx94X-dcgpu" } == generic + ["blas_lib_gfx94X-dcgpu"])
        let ofTarget = ["blas_test_gfx942", "fft_lib_gfx942:xnack+"]
        #expect(try stems { $0.targets = ["gfx942"] } == generic + ofTarget)
        #expect(try stems { $0.targets = ["gfx942:xnack-"] } == generic + ofTarget)
        let both = try stems {
            $0.artifactGroup = "gfx110X-all"
            $0.targets = ["gfx942", "gfx1100"]
        }
        #expect(both == generic + ["blas_lib_gfx110X-all"] + ofTarget)
    }

    @Test("takes what expressions and components say")
    func names() throws {
        #expect(try stems { $0.include = ["^blas_", "fft"] }.count == 4)
        #expect(
            try stems {
                $0.include = ["_lib_"]; $0.exclude = ["gfx1", "xnack\\+"]
            } == ["blas_lib_gfx94X-dcgpu"])
        #expect(try stems { $0.components = ["run", "test"] } == ["base_run_generic", "blas_test_gfx942"])
        #expect(try stems { $0.excludedComponents = ["lib", "test", "dev"] } == ["base_run_generic"])
    }

    @Test("tells what was asked for in vain")
    func unmatched() throws {
        #expect(try select { $0.include = ["blas", "rocfft"] }.unmatched == ["no artifact matches 'rocfft'"])
        #expect(try select { $0.components = ["doc"] }.unmatched == ["no artifact has the component 'doc'"])
        let family = try select { $0.artifactGroup = "gfx950-dcgpu" }.unmatched
        #expect(family.count == 1)
        #expect(family.first?.hasPrefix("no artifact is for gfx950-dcgpu; there are some for generic") == true)
        // An expression that matches only what another flag drops has matched nothing.
        let dropped = try select {
            $0.include = ["fft"]; $0.exclude = ["xnack"]
        }
        #expect(dropped.unmatched == ["no artifact matches 'fft'"])
    }

    @Test("refuses what is no expression")
    func badExpression() {
        #expect(throws: UploadError.self) { try select { $0.exclude = ["("] } }
    }
}
