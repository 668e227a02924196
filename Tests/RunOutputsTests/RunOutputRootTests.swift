import RunOutputs
import Testing

@Suite("Run roots")
struct RunOutputRootTests {
    @Test(
        "Prefix",
        arguments: [
            ("", "12345", Platform.linux, "12345-linux"),
            ("ROCm-rocm-libraries/", "12345", .windows, "ROCm-rocm-libraries/12345-windows"),
            ("a/b/", "local", .linux, "a/b/local-linux"),
        ])
    func prefix(external: String, runID: String, platform: Platform, expected: String) throws {
        let root = try RunOutputRoot(bucket: "b", externalPrefix: external, runID: runID, platform: platform)
        #expect(root.prefix == expected)
    }

    @Test(
        "What cannot be part of a key is refused",
        arguments: [
            ("", "", .empty), ("", "a/b", .slash), ("", "..", .dotDot), ("", " 7", .outerBlank),
            ("", "7\n", .controlCharacter("\n")),
            ("no-slash", "7", .noTrailingSlash), ("/", "7", .empty), ("/a/", "7", .emptySegment),
            ("a//", "7", .emptySegment), ("../", "7", .dotDot),
        ] as [(String, String, InvalidPathValue)])
    func illegal(external: String, runID: String, expected: InvalidPathValue) {
        #expect(throws: expected) {
            try RunOutputRoot(bucket: "b", externalPrefix: external, runID: runID, platform: .linux)
        }
    }

    @Test("A root is made of the run and the bucket chosen for it")
    func fromSelection() throws {
        let context = try RunContext(
            flags: .init(runID: "7", platform: .windows), environment: [:], machine: .linux)
        let root = RunOutputRoot(of: context, in: try .named("my-bucket"))
        #expect(root == (try RunOutputRoot(bucket: "my-bucket", runID: "7", platform: .windows)))
    }

    @Test("Local use needs neither run nor policy")
    func localUse() throws {
        let root = try RunOutputRoot.forLocalUse(platform: .linux)
        #expect((root.bucket, root.prefix) == ("local", "local-linux"))
        #expect(throws: InvalidPathValue.slash) { try RunOutputRoot.forLocalUse(runID: "a/b", platform: .linux) }
    }
}
