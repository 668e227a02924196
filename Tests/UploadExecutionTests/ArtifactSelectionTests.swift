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

    @Test("takes generic artifacts, and those of families by their own name and by their targets'")
    func families() throws {
        let generic = ["base_dev_generic", "base_run_generic"]
        #expect(try stems { $0.isGenericOnly = true } == generic)
        let ofTarget = ["blas_test_gfx942", "fft_lib_gfx942:xnack+"]
        #expect(try stems { $0.families = ["gfx94X-dcgpu"] } == generic + ["blas_lib_gfx94X-dcgpu"] + ofTarget)
        #expect(try stems { $0.families = ["gfx94X-all"] } == generic + ofTarget)
        #expect(try stems { $0.families = ["gfx942"] } == generic + ofTarget)
        #expect(try stems { $0.families = ["gfx942:xnack-"] } == generic + ofTarget)
        #expect(
            try stems { $0.families = ["gfx110X-all", "gfx942", "gfx1100"] }
                == generic + ["blas_lib_gfx110X-all"] + ofTarget)
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
        let present = "there are some for generic, gfx110X-all, gfx942, gfx942:xnack+, gfx94X-dcgpu"
        #expect(
            try select { $0.families = ["gfx950-dcgpu"] }.unmatched == ["no artifact is for gfx950-dcgpu; \(present)"])
        // One family that is there does not make up for another one.
        #expect(
            try select { $0.families = ["gfx94X-dcgpu", "gfx1151", "gfx120X-all"] }.unmatched
                == ["no artifact is for gfx1151 or gfx120X-all; \(present)"])
        // An expression that matches only what another flag drops has matched nothing.
        let dropped = try select {
            $0.include = ["fft"]; $0.exclude = ["xnack"]
        }
        #expect(dropped.unmatched == ["no artifact matches 'fft'"])
    }

    @Test("refuses what is not an expression")
    func badExpression() {
        #expect(throws: StoreError.self) { try select { $0.exclude = ["("] } }
    }
}
