import RunLifetime
import RunOutputs
import Testing
import UploadPlanning

@Suite("What two runs hold differently")
struct RunDifferenceTests {
    private static func output(
        _ path: String, _ size: Int64 = 1, sha256: String? = nil, etag: String? = nil
    ) -> RunOutput { RunOutput(path: ExactString(path), size: size, sha256: sha256, etag: etag) }

    private static let (md5, other) = (String(repeating: "a", count: 32), String(repeating: "b", count: 32))

    @Test(
        "Contents are compared by digest, then by tag, and what nobody tells is not known",
        arguments: [
            (output("a", 1), output("a", 2), .changed), (output("a", sha256: "x"), output("a", sha256: "x"), .same),
            (output("a", sha256: "x", etag: "t"), output("a", sha256: "y", etag: "t"), .changed),
            (output("a", etag: md5), output("a", etag: md5), .same),
            (output("a", etag: md5), output("a", etag: other), .changed),
            (output("a", etag: "\(md5)-2"), output("a", etag: "\(md5)-3"), .unknown),
            (output("a", sha256: "x"), output("a", etag: md5), .unknown), (output("a"), output("a"), .unknown),
        ] as [(RunOutput, RunOutput, RunDifference.Change)])
    func contents(old: RunOutput, new: RunOutput, change: RunDifference.Change) {
        #expect(RunDifference(from: [old], to: [new]).entries.map(\.change) == [change])
    }

    @Test("Names are merged in their order")
    func merge() {
        let old = ["a", "b", "d", "é"].map { Self.output($0, sha256: "x") }
        let new =
            ["b", "c", "d"].map { Self.output($0, 3, sha256: $0 == "d" ? "y" : "x") } + [Self.output("é", sha256: "x")]
        let difference = RunDifference(from: old, to: new)
        #expect(difference.entries.map { $0.path.text + $0.change.rawValue } == ["a-", "b~", "c+", "d~", "é="])
        #expect(RunDifference(from: [], to: []).isEmpty)
        #expect(!difference.isEmpty)
        let text = RunDifferenceText(difference, from: "one", to: "two")
        #expect(
            text.plain(style: .plain, showsAll: false)
                == """
                one  →  two
                  - a  1 B
                  ~ b  1 B → 3 B  (+2 B)
                  + c  3 B
                  ~ d  1 B → 3 B  (+2 B)
                1 same · 2 changed · 1 added · 1 removed  4 B → 10 B (+6 B)

                """)
        #expect(text.plain(style: .plain, showsAll: true).contains("  = é  1 B\n"))
        #expect(text.markdown.contains("| `~` | b | 1 B → 3 B  (+2 B) |\n"))
        #expect(text.json.contains(#"{"path": "c", "change": "added", "old_size": null, "new_size": 3}"#))
        #expect(text.json.contains(#""counts": {"same": 1, "changed": 2, "added": 1, "removed": 1, "unknown": 0}"#))
    }

    @Test("Markdown shows names and does not act on them, and no more than a summary takes")
    func markdown() {
        let many = (0..<1200).map { Self.output("f\(1000 + $0)|<b>*") }
        let text = RunDifferenceText(RunDifference(from: [], to: many), from: "[a](b)", to: "b").markdown
        #expect(text.hasPrefix("### \\[a\\](b) → b\n"))
        #expect(text.contains("| `+` | f1000\\|&lt;b&gt;\\* | 1 B |"))
        #expect(text.hasSuffix("… and 200 more: `--format json` lists all.\n"))
    }
}
