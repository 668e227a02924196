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

    @Test("copies what is selected, with checksum files, and again without harm", .directoryInMemory)
    func selection() async throws {
        try makeStore()
        let dry = try await copy("--to-run 8 --artifact-group gfx94X --dry-run")
        #expect(dry.exitCode == 0 && dry.output.hasSuffix("\nWould copy 3 objects, 14 B.\n"), "\(dry.errors)")
        for line in [
            "from  store/7-linux  (", "to    store/8-linux  (", "  would copy  8-linux/base_run_generic.tar.zst  4 B",
            "  would copy  8-linux/blas_lib_gfx94X.tar.zst.sha256sum  6 B",
        ] { #expect(dry.output.contains(line), "\(dry.output)") }
        #expect(try copies().isEmpty)
        let outcome = try await copy("--to-run 8 --artifact-group gfx94X")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.hasSuffix("\nCopied 3 objects, 14 B.\n"), "\(outcome.output)")
        let expected = ["base_run_generic.tar.zst", "blas_lib_gfx94X.tar.zst", "blas_lib_gfx94X.tar.zst.sha256sum"]
        #expect(try copies() == expected)
        let again = try await copy("--to-run 8 --artifact-group gfx94X").output
        #expect(again.hasSuffix("\nCopied 0 objects, 0 B · 3 identical.\n"), "\(again)")
    }

    @Test("copies other terms", .directoryInMemory)
    func terms() async throws {
        try makeStore()
        #expect(try await copy("--to-run 8 --term logs --term python").exitCode == 0)
        #expect(try copies() == ["logs/gfx94X/a.log", "python/x.whl"])
    }

    @Test("never overwrites something different", .directoryInMemory, arguments: ["", " --dry-run"])
    func conflict(flag: String) async throws {
        try makeStore()
        let place = try TemporaryDirectory.url().appending(path: "store/8-linux")
        try SampleTree(at: place).make(["base_run_generic.tar.zst": .text("BASE")])
        let outcome = try await copy("base --to-run 8" + flag)
        #expect(outcome.exitCode == 3)
        #expect(
            outcome.output.contains("    s3://therock-ci-artifacts/8-linux/base_run_generic.tar.zst\n"),
            "\(outcome.output)")
        #expect(try String(contentsOf: place.appending(path: "base_run_generic.tar.zst"), encoding: .utf8) == "BASE")
    }

    @Test(
        "says what is wrong", .directoryInMemory,
        arguments: [
            ("--to-run 8 rocfft", 1, "no artifact matches 'rocfft'"), ("--to-run 8 --term tarballs", 1, "no tarballs"),
            ("--to-run 7", 2, "both ends are the same"), ("--to-run 8/9", 2, "'8/9' from --to-run"),
            ("", 2, "Pass --to-run"), ("--to-run 8 --term logs blas", 64, "--term"),
            ("--to-run 8 --term log", 64, "log"), ("--to-run 8 --run-id 7", 64, "use --from-run or --to-run"),
            ("--to-run 8 --github-repository a/b", 64, "use --from-repository or --to-repository"),
            ("--to-run 8 --bucket some-bucket", 64, "use --from-bucket or --to-bucket"),
            ("--to-run 8 --release-type dev", 64, "use --from-release-type or --to-release-type"),
            ("--to-run 8 --platform linux --to-platform linux", 64, "--platform is the platform at both ends"),
            ("--to-run 8 --from-repository TheRock", 2, "--from-repository: 'TheRock'"),
            ("--to-run 8 --to-repository TheRock", 2, "--to-repository: 'TheRock'"),
            ("--to-run 8 --from-release-type final", 2, "'final' from --from-release-type"),
            ("--to-run 8 --to-bucket B", 2, "B"),
        ] as [(String, Int32, String)])
    func mistakes(flags: String, code: Int32, words: String) async throws {
        try makeStore()
        let outcome = try await copy(flags)
        #expect(outcome.exitCode == code, "\(outcome.errors)")
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }

    /// Flags and variables, one blank between two, and both ends.
    static let ends: [(flags: String, variables: String, from: String, to: String)] = [
        (
            "--from-repository ROCm/TheRock", "GITHUB_REPOSITORY=ROCm/rocm-libraries",
            "therock-ci-artifacts/7-linux", "therock-ci-artifacts-external/ROCm-rocm-libraries/222-linux"
        ),
        ("", "", "therock-ci-artifacts/7-linux", "therock-ci-artifacts/222-linux"),
        ("", "RELEASE_TYPE=nightly", "therock-nightly-artifacts/7-linux", "therock-nightly-artifacts/222-linux"),
        (
            "--from-release-type nightly --to-release-type prerelease --to-run 7", "GITHUB_REPOSITORY=ROCm/rockrel",
            "therock-nightly-artifacts/7-linux", "therock-prerelease-artifacts/7-linux"
        ),
        (
            "--from-bucket some-bucket --to-bucket other-bucket", "GITHUB_REPOSITORY=ROCm/rocm-libraries",
            "some-bucket/7-linux", "other-bucket/222-linux"
        ),
        (
            "--from-repository a/b --to-repository ROCm/TheRock",
            "GITHUB_REPOSITORY=ROCm/rocm-libraries THEROCK_UPLOAD_BUCKETS=therock",
            "therock-ci-artifacts-external/a-b/7-linux", "therock-ci-artifacts/222-linux"
        ),
        ("--platform windows", "", "therock-ci-artifacts/7-windows", "therock-ci-artifacts/222-windows"),
        ("--from-platform windows", "", "therock-ci-artifacts/7-windows", "therock-ci-artifacts/222-windows"),
        ("", "THEROCK_PLATFORM=windows", "therock-ci-artifacts/7-windows", "therock-ci-artifacts/222-windows"),
        ("--to-platform windows", "", "therock-ci-artifacts/7-linux", "therock-ci-artifacts/222-windows"),
        // The variables of this job do not describe the run that is read: deviation 41.
        (
            "", "IS_PR_FROM_FORK=true", "therock-ci-artifacts/7-linux",
            "therock-ci-artifacts-external/ROCm-TheRock/222-linux"
        ),
        ("", "THEROCK_RUN_ID=9", "therock-ci-artifacts/7-linux", "therock-ci-artifacts/222-linux"),
    ]

    @Test("names both ends, and the destination is this job's own run", .directoryInMemory, arguments: ends)
    func namesBothEnds(flags: String, variables: String, from: String, to: String) async throws {
        let place = from.split(separator: "/", maxSplits: 1).map(String.init)
        let services = RecordedServices(buckets: [place[0]: ["\(place[1])/base_lib_generic.tar.zst"]])
        var environment = ["GITHUB_RUN_ID": "222"]
        for variable in variables.split(separator: " ") {
            let parts = variable.split(separator: "=")
            environment[String(parts[0])] = String(parts[1])
        }
        let arguments = ["copy", "--from-run", "7", "--dry-run"] + flags.split(separator: " ").map(String.init)
        let outcome = try await ScriptedServer.with(services.answer) { [environment] server in
            try await Tool.run(
                arguments, environment: RecordedServices.environment(server).merging(environment) { $1 })
        }
        #expect(outcome.exitCode == 0, "\(outcome.errors)\(outcome.output)")
        #expect(outcome.output.contains("from  s3://\(from)  (bucket "), "\(outcome.output)")
        #expect(outcome.output.contains("to    s3://\(to)  (bucket "), "\(outcome.output)")
        let prefix = to.split(separator: "/").dropFirst().joined(separator: "/")
        #expect(outcome.output.contains("would copy  \(prefix)/base_lib_generic.tar.zst"), "\(outcome.output)")
    }

    @Test("puts copies where the destination's readers look", .directoryInMemory)
    func otherRepository() async throws {
        try makeStore()
        let outcome = try await Tool.run(
            ["copy", "--from-run", "7", "--from-repository", "ROCm/TheRock", "--local-staging-dir", "store", "base"],
            environment: ["GITHUB_REPOSITORY": "ROCm/rocm-libraries", "GITHUB_RUN_ID": "222"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(try copies("ROCm-rocm-libraries/222-linux") == ["base_run_generic.tar.zst"])
    }
}
