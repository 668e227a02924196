import Foundation
import Testing
import UploadTestSupport

/// Files that are not plans: exit code 2 and a place, never a crash, and nothing is uploaded.
@Suite("Hostile plans")
struct HostilePlanTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var testDescription: String { name }

        init(_ name: String, _ text: String) {
            self.name = name
            bytes = Array(text.utf8)
        }

        init(_ name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// A plan that is right, to be spoilt.
    static let plan = "version: 1\nname: x\nuploads:\n  logs: {from: logs, to: root}\n"

    static let bad: [Case] = [
        Case("nothing", ""), Case("blanks", "   \n\n"), Case("a comment", "# plan\n"), Case("null", "null\n"),
        Case("a word", "plan\n"), Case("a number", "42\n"), Case("a list", "- version: 1\n"),
        Case("two documents", plan + "---\n" + plan), Case("only a marker", "---\n"), Case("only an end", "...\n"),
        Case("repeated keys", plan + "name: y\n"), Case("a repeated rule", plan + "  logs: {from: a, to: root}\n"),
        Case("NUL", plan.replacing("name: x", with: "name: \u{0}")),
        Case("only NULs", bytes: Array(repeating: 0, count: 4096)),
        Case("a control character", plan.replacing("name: x", with: "name: \u{7}")),
        Case("invalid UTF-8", bytes: Array(plan.utf8) + [0xFF, 0xFE]),
        Case("a surrogate", bytes: Array("name: ".utf8) + [0xED, 0xA0, 0x80]),
        Case("an overlong NUL", bytes: Array("name: ".utf8) + [0xC0, 0x80]),
        Case("UTF-16", bytes: [0xFF, 0xFE] + plan.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }),
        Case("an ELF file", bytes: [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0] + (0..<2048).map { UInt8($0 * 7 & 255) }),
        Case("a gzip file", bytes: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B, 4, 0]),
        Case("tabs", "version:\t1\n\tname: x\n"), Case("an open brace", "{version: 1, uploads: {"),
        Case("an open quote", "name: \"x\n"),
        Case("a closing bracket", "]\n"), Case("an unknown anchor", "name: *nowhere\n"),
        Case("an anchor in itself", "a: &a [*a]\n"),
        Case("a merge key", "a: &a {b: c}\n<<: *a\n"), Case("a tag", "version: !!python/object:os.system 1\n"),
        Case("a directive", "%YAML 9.9\n---\n" + plan), Case("a key that is a list", "? [a]\n: b\n"),
        Case("deep brackets", String(repeating: "[", count: 100_000)),
        Case("deep braces", String(repeating: "{a: ", count: 20_000)),
        Case("deep indentation", (0..<500).map { String(repeating: " ", count: $0) + "a:\n" }.joined()),
        Case("deep dashes", String(repeating: "- ", count: 10_000) + "a\n"),
        Case("a billion laughs", laughs),
        Case(
            "an anchor used often",
            "a: &a [" + String(repeating: "x,", count: 999) + "]\nb: [" + String(repeating: "*a,", count: 999) + "]\n"),
        Case("two mebibytes", plan + "# " + String(repeating: "x", count: 2 << 20)),
        Case("many keys", (0..<150_000).map { "k\($0): 1\n" }.joined()),
        Case("a long key", String(repeating: "k", count: 100_000) + ": 1\n"),
        Case("a long line", "name: " + String(repeating: "é", count: 300_000) + "\nx: 1\n"),
        Case("another version", plan.replacing("version: 1", with: "version: 2")),
        Case("a quoted word for the version", plan.replacing("version: 1", with: "version: one")),
        Case("no rules", "version: 1\nname: x\nuploads: {}\n"),
        Case("rules as a list", "version: 1\nname: x\nuploads: [a]\n"),
        Case("an unknown term", plan.replacing("to: root", with: "to: roof")),
        Case("a path outside", plan.replacing("to: root", with: "to: {log_subdir: {path: ../x}}")),
        Case("a rule after itself", plan.replacing("to: root", with: "to: root, after: [logs]")),
        Case("an unknown parameter", plan.replacing("from: logs", with: "from: \"${x}\"")),
        Case("an open interpolation", plan.replacing("from: logs", with: "from: \"${x\"")),

        Case("an open class", plan.replacing("from: logs", with: "from: logs, include: ['[a-']")),
        Case(
            "patterns that explode",
            plan.replacing("from: logs", with: "from: logs, include: ['\(String(repeating: "{a,b}", count: 40))']")),
        Case("escape codes", "version: 1\nname: x\n\"\\e[31mred\": 1\nuploads: {}\n"),
    ]

    @Test("are refused with a place", .directoryInMemory, arguments: bad)
    func refused(plan: Case) async throws {
        try SampleTree(at: TemporaryDirectory.url()).make([
            "plan.yaml": SampleEntry(.file(Data(plan.bytes))), "logs/a.log": .text("a"),
        ])
        let outcome = try await Tool.run(["apply", "plan.yaml", "--run-id", "1", "--output-dir", "out"])
        #expect(outcome.exitCode == 2, "\(outcome.errors.prefix(500))")
        #expect(outcome.errors.contains(/plan\.yaml(:\d+:\d+)?/), "\(outcome.errors.prefix(500))")
        #expect(outcome.errors.contains(/error\[TU\d+\]/), "\(outcome.errors.prefix(500))")
        #expect(outcome.errors.utf8.count < 100_000, "more than anybody reads")
        #expect(!outcome.errors.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
        #expect(try SampleTree(at: TemporaryDirectory.url().appending(path: "out")).paths() == [])
    }

    static let good: [Case] = [
        Case("a byte order mark", "\u{FEFF}" + plan), Case("CRLF", plan.replacing("\n", with: "\r\n")),
        Case("no line break at the end", String(plan.dropLast())), Case("comments", "# a\n" + plan + "# b\n"),
        Case("markers", "---\n" + plan + "...\n"),
        Case("JSON", #"{"version": 1, "name": "x", "uploads": {"logs": {"from": "logs", "to": "root"}}}"#),
        Case("an anchor", "version: 1\nname: &n x\nuploads:\n  logs: {from: logs, to: root, description: *n}\n"),
        Case("a megabyte of comment", plan + "# " + String(repeating: "x", count: 1_000_000)),
    ]

    @Test("what only looks odd is a plan", .directoryInMemory, arguments: good)
    func accepted(plan: Case) async throws {
        try SampleTree(at: TemporaryDirectory.url()).make([
            "plan.yaml": SampleEntry(.file(Data(plan.bytes))), "logs/a.log": .text("a"),
        ])
        let fromFile = try await Tool.run(["plan", "plan.yaml", "--run-id", "1"])
        #expect(fromFile.exitCode == 0, "\(fromFile.errors.prefix(500))")
        let fromInput = try await Tool.run(["plan", "-", "--run-id", "1"], input: Data(plan.bytes))
        #expect(fromInput.exitCode == 0, "\(fromInput.errors.prefix(500))")
        #expect(fromInput.output == fromFile.output)
    }

    @Test(
        "a plan that is not a readable file is refused", .directoryInMemory,
        arguments: ["absent.yaml", "directory", "/dev/null", "broken-link", "loop", "plan.yaml/inner"])
    func unreadable(path: String) async throws {
        try SampleTree(at: TemporaryDirectory.url()).make([
            "plan.yaml": .text(Self.plan), "directory": SampleEntry(.directory),
            "broken-link": SampleEntry(.symlink(to: "nowhere")), "loop": SampleEntry(.symlink(to: "loop")),
        ])
        for command in ["validate", "plan"] {
            let outcome = try await Tool.run([command, path] + (command == "plan" ? ["--run-id", "1"] : []))
            #expect(outcome.exitCode == 2)
            #expect(
                outcome.errors.contains(/error\[TU\d+\]/) && outcome.errors.contains(path),
                "\(outcome.errors)")
        }
    }

    @Test("a plan that nobody may read is refused", .directoryInMemory, .needsUnprivilegedUser)
    func forbidden() async throws {
        try SampleTree(at: TemporaryDirectory.url()).make(["p.yaml": SampleEntry(.file(Data(Self.plan.utf8)), mode: 0)])
        let outcome = try await Tool.process(["validate", "p.yaml"], through: Privileges.dropped)
        #expect(outcome.exitCode == 2)
        #expect(outcome.errors.contains("Permission denied"), "\(outcome.errors)")
    }

    private static let laughs: String =
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + zip("bcdefghij", "abcdefghi").map { name, before in
            "\(name): &\(name) [" + Array(repeating: "*\(before)", count: 10).joined(separator: ",") + "]\n"
        }.joined()
}
