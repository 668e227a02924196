import RunOutputs
import Testing

@Suite("Arguments of terms")
struct OutputArgumentTests {
    @Test(
        "Legal segments",
        arguments: ["gfx94X-dcgpu", "a.b", ".hidden", "a b", "a+b#%20", "\u{e9}", ".a.", "-", "~", "\u{301}"])
    func legal(value: String) throws {
        for argument in Layout.builtIn.arguments where argument.legalValues == nil { try argument.check(value) }
    }

    @Test(
        "Illegal segments",
        arguments: [
            ("", .empty), ("a/b", .slash), ("/", .slash), ("a\\b", .backslash), (".", .dotSegment), ("..", .dotDot),
            ("a..b", .dotDot), ("...", .dotDot), ("..\u{301}", .dotDot), ("a\u{0}b", .controlCharacter("\0")),
            ("a\nb", .controlCharacter("\n")), ("\u{7F}", .controlCharacter("\u{7F}")),
            ("a\u{85}", .controlCharacter("\u{85}")), (" a", .outerBlank), ("a ", .outerBlank),
            ("\u{A0}a", .outerBlank), ("a\u{3000}", .outerBlank), (" ", .outerBlank),
            (String(repeating: "x", count: 1025), .tooLong(byteCount: 1025)),
        ] as [(String, InvalidPathValue)])
    func illegal(value: String, expected: InvalidPathValue) {
        for argument in Layout.builtIn.arguments where argument.kind != .path {
            #expect(throws: expected) { try argument.check(value) }
        }
    }

    @Test(
        "Paths of segments",
        arguments: [
            ("a", nil), ("a/b/c", nil), ("", .empty), ("/a", .emptySegment), ("a/", .emptySegment),
            ("a//b", .emptySegment), ("a/../b", .dotDot), ("a/./b", .dotSegment), ("a/ b", .outerBlank),
            ("a\\b", .backslash), ("a/\u{301}b", nil),
        ] as [(String, InvalidPathValue?)])
    func path(value: String, expected: InvalidPathValue?) {
        var found: InvalidPathValue?
        do { try OutputArgument(name: "path", kind: .path).check(value) } catch { found = error }
        #expect(found == expected)
    }

    /// Shows deviation 47 of docs/deviations.md.
    @Test(
        "TheRock's artifact groups are not called like places beside them",
        arguments: [
            ("gfx94X-dcgpu", true), ("packaging", false), ("index.html", false), ("therock_manifest.json", false),
        ])
    func builtInGroups(_ group: String, isLegal: Bool) throws {
        let argument = try #require(Layout.builtIn.arguments.first { $0.name == "artifact_group" })
        #expect(((try? argument.check(group)) != nil) == isLegal)
    }

    @Test("One of a few, and none that another place is called by")
    func closedValues() throws {
        let type = OutputArgument(name: "package_type", legalValues: ["deb", "rpm"])
        try type.check("deb")
        try type.check("rpm")
        #expect(throws: InvalidPathValue.notOneOf(["deb", "rpm"])) { try type.check("apk") }
        let group = OutputArgument(name: "group", reserved: ["packaging"])
        try group.check("packaging2")
        #expect(throws: InvalidPathValue.reserved) { try group.check("packaging") }
    }

    @Test("Undefined, empty and illegal are three different errors")
    func threeErrors() throws {
        let root = try RunOutputRoot(bucket: "b", runID: "7", platform: .linux)
        let logs = try #require(Layout.builtIn.term(named: "log_dir"))
        let cases: [([String: String], String)] = [
            ([:], "argument 'artifact_group' is missing"),
            (["artifact_group": ""], "argument 'artifact_group' is empty"),
            (["artifact_group": "a/b"], "argument 'artifact_group': 'a/b' contains '/'"),
            (["artifact_group": "a\tb"], "argument 'artifact_group': 'a\\u{9}b' contains the control character U+0009"),
        ]
        for (arguments, message) in cases {
            let error = #expect(throws: OutputTerm.InvalidArgument.self) {
                try root.location(of: logs, arguments)
            }
            #expect(error?.description == message)
        }
    }
}
