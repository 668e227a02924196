import Foundation
import Testing
import UploadTestSupport

@Suite("The command copy")
struct CopyCommandTests {
    private func makeStore() throws {
        try SampleTree(at: TemporaryDirectory.url().appending(path: "store/7-linux")).make([
            "blas_lib_gfx94X.tar.zst": .text("blas"), "blas_lib_gfx94X.tar.zst.sha256sum": .text("digest"),
            "base_run_generic.tar.zst": .text("base"), "fft_lib_gfx110X.tar.zst": .text("fft"),
            "logs/gfx94X/a.log": .text("log"), "python/x.whl": .text("wheel"),
        ])
    }

    private func copy(_ flags: String) async throws -> ChildProcess.Outcome {
        try await Tool.run(
            ["copy", "--from-run", "7", "--local-staging-dir", "store"] + flags.split(separator: " ").map(String.init))
    }

    private func copies(_ run: String = "8-linux") throws -> [String] {
        let place = try TemporaryDirectory.url().appending(path: "store/\(run)")
        return (FileManager.default.enumerator(atPath: place.path)?.compactMap { $0 as? String } ?? [])
            .filter { $0.contains(".") }.sorted()
    }

    @Test("copies what is selected, with checksum files, and again without harm", .temporaryDirectory)
    func selection() async throws {
        try makeStore()
        let dry = try await copy("--to-run 8 --artifact-group gfx94X --dry-run")
        #expect(dry.exitCode == 0 && dry.output == "Would copy 14 B: 3 would copy.\n", "\(dry.errors)\(dry.output)")
        #expect(try copies().isEmpty)
        let outcome = try await copy("--to-run 8 --artifact-group gfx94X")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output == "Copied 14 B: 3 copied.\n")
        let expected = ["base_run_generic.tar.zst", "blas_lib_gfx94X.tar.zst", "blas_lib_gfx94X.tar.zst.sha256sum"]
        #expect(try copies() == expected)
        #expect(try await copy("--to-run 8 --artifact-group gfx94X").output == "Copied 0 B: 3 identical.\n")
    }

    @Test("copies other terms", .temporaryDirectory)
    func terms() async throws {
        try makeStore()
        #expect(try await copy("--to-run 8 --term logs --term python").exitCode == 0)
        #expect(try copies() == ["logs/gfx94X/a.log", "python/x.whl"])
    }

    @Test("never overwrites something different", .temporaryDirectory, arguments: ["", " --dry-run"])
    func conflict(flag: String) async throws {
        try makeStore()
        let place = try TemporaryDirectory.url().appending(path: "store/8-linux")
        try SampleTree(at: place).make(["base_run_generic.tar.zst": .text("BASE")])
        let outcome = try await copy("base --to-run 8" + flag)
        #expect(outcome.exitCode == 3)
        #expect(
            outcome.output.contains("! s3://therock-ci-artifacts/8-linux/base_run_generic.tar.zst: "),
            "\(outcome.output)")
        #expect(try String(contentsOf: place.appending(path: "base_run_generic.tar.zst"), encoding: .utf8) == "BASE")
    }

    @Test(
        "says what is wrong", .temporaryDirectory,
        arguments: [
            ("--to-run 8 rocfft", 1, "no artifact matches 'rocfft'"), ("--to-run 8 --term tarballs", 1, "no tarballs"),
            ("--to-run 7", 2, "both runs"), ("--to-run 8/9", 2, "8/9"), ("", 64, "--to-run"),
            ("--to-run 8 --term logs blas", 64, "--term"), ("--to-run 8 --term log", 64, "log"),
        ] as [(String, Int32, String)])
    func mistakes(flags: String, code: Int32, words: String) async throws {
        try makeStore()
        let outcome = try await copy(flags)
        #expect(outcome.exitCode == code, "\(outcome.errors)")
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }
}
