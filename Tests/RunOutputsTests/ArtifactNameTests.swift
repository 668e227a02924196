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
        let artifact = try #require(ArtifactName(filename: filename, Layout.builtIn.artifactNaming))
        #expect(artifact["name"] == name)
        #expect(artifact.component == component)
        #expect(artifact.targetFamily == family)
        #expect(artifact.baseFamily == base)
        #expect(artifact.ending == compression)
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
    func refuses(filename: String) { #expect(ArtifactName(filename: filename, Layout.builtIn.artifactNaming) == nil) }

    @Test(
        "Other namings are read likewise",
        arguments: [
            ("lib${name}-${version}.{tar.gz,zip}", "libfoo-1.2.zip", ["foo", "1.2"], "zip"),
            ("lib${name}-${version}.{tar.gz,zip}", "libfoo-1-2.zip", nil, ""),
            ("lib${name}-${version}.{tar.gz,zip}", "foo-1.2.zip", nil, ""),
            ("${name}", "anything", ["anything"], ""), ("${a}--${b}", "x-y--z", ["x-y", "z"], ""),
            ("${a}--${b}", "x--y--z", nil, ""), ("pre${a}", "pre", nil, ""),
        ] as [(String, String, [String]?, String)])
    func otherNamings(pattern: String, filename: String, values: [String]?, ending: String) throws {
        let naming = try #require(FileNaming(name: "n", pattern: pattern))
        let read = ArtifactName(filename: filename, naming)
        #expect(read?.values == values)
        #expect(read?.ending ?? "" == ending)
    }

    @Test(
        "One part may hold what comes between parts",
        arguments: [
            ("target", "foo_1.2_linux-x86_64.zip", ["foo", "1.2", "linux-x86_64"]),
            ("target", "foo_1_2_3_4.zip", ["foo", "1", "2_3_4"]), ("name", "foo_1_2_3_4.zip", ["foo_1_2", "3", "4"]),
            ("version", "foo_1_2_3_4.zip", ["foo", "1_2_3", "4"]), ("version", "foo_1_2.zip", ["foo", "1", "2"]),
            ("version", "foo_2.zip", nil), ("version", "foo__2.zip", nil),
            ("version", "foo___2.zip", ["foo", "_", "2"]),
            ("target", "_1_2_3.zip", nil), ("name", "a_b_.zip", nil), (nil, "foo_1_x86_64.zip", nil),
        ] as [(String?, String, [String]?)])
    func partWithSeparators(part: String?, filename: String, values: [String]?) throws {
        let naming = try #require(
            FileNaming(name: "n", pattern: "${name}_${version}_${target}.zip", separatorsIn: part))
        #expect(ArtifactName(filename: filename, naming)?.values == values)
    }

    @Test(
        "A pattern that could be read in two ways is none",
        arguments: ["plain", "${a}${b}", "${a}-${a}", "${a}/${b}", "${a}.{x,x}", "{${a}"])
    func noPatterns(pattern: String) { #expect(FileNaming(name: "n", pattern: pattern) == nil) }
}
