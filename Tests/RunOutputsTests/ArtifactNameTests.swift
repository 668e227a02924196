import RunOutputs
import Testing

@Suite("The file names of artifacts")
struct ArtifactNameTests {
    @Test(
        "are read",
        arguments: [
            ("rocblas_lib_gfx94X-dcgpu.tar.zst", "rocblas", "lib", "gfx94X-dcgpu", "gfx94X-dcgpu", "zst"),
            ("base_run_generic.tar.xz", "base", "run", "generic", "generic", "xz"),
            ("fft_test_gfx942:xnack+.tar.zst", "fft", "test", "gfx942:xnack+", "gfx942", "zst"),
            ("a.b_dev_gfx90a.tar.xz.tar.zst", "a.b", "dev", "gfx90a.tar.xz", "gfx90a.tar.xz", "zst"),
        ])
    func reads(
        filename: String, name: String, component: String, family: String, base: String, compression: String
    ) throws {
        let artifact = try #require(ArtifactName(filename: filename))
        #expect(artifact.name == name)
        #expect(artifact.component == component)
        #expect(artifact.targetFamily == family)
        #expect(artifact.baseFamily == base)
        #expect(artifact.compression.rawValue == compression)
        #expect(artifact.filename == filename)
        #expect(artifact.sidecarFilename == filename + ".sha256sum")
    }

    @Test(
        "and no others",
        arguments: [
            "", "rocblas_lib_gfx94X.tar.gz", "rocblas_lib_gfx94X.tar.zst.sha256sum", "rocblas_lib.tar.zst",
            "roc_blas_lib_gfx94X.tar.zst", "_lib_gfx94X.tar.zst", "rocblas__gfx94X.tar.zst", "rocblas_lib_.tar.zst",
            "index-gfx94X.html", ".tar.zst", "__.tar.zst", "logs/a_b_c.tar.zst", "ccache_logs.tar.zst",
        ])
    func refuses(filename: String) { #expect(ArtifactName(filename: filename) == nil) }
}
