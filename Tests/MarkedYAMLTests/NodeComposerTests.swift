import MarkedYAML
import Testing

@Suite("Composing a tree")
struct NodeComposerTests {
    @Test(
        "A node is where a reader sees it",
        arguments: [
            // Paths are indices: 0 is the first item, or the value of the first pair.
            (text: "a: b\n", path: [], at: "1:1-1:5"),
            (text: "a: b\n", path: [0], at: "1:4-1:5"),
            (text: "a:\n  b: c\n\n\n# end\nd: e\n", path: [0], at: "2:3-2:7"),
            (text: "a:\n- b\n- c\n\nd: e\n", path: [0], at: "2:1-3:4"),
            (text: "- a\n-\n  - b\n\n- c", path: [1], at: "3:3-3:6"),
            (text: "a: [b,\n  c ]\nd: e\n", path: [0], at: "1:4-2:6"),
            (text: "a: {b: c}\n", path: [0], at: "1:4-1:10"),
            (text: "[a: b]", path: [0], at: "1:2-1:6"),
            (text: "é: ü\n", path: [0], at: "1:4-1:5"),
            (text: "\u{1F600}: \u{1F600}\u{1F600}\n", path: [0], at: "1:4-1:6"),
            (text: "a:\tb\n", path: [0], at: "1:4-1:5"),
            (text: "a: b\r\nc: d\r\n", path: [1], at: "2:4-2:5"),
            (text: "a: b\rc: d\r", path: [1], at: "2:4-2:5"),
            (text: "\u{FEFF}a: b", path: [0], at: "1:4-1:5"),
            (text: "a: |\n  b\n  c\nd: e", path: [0], at: "1:4-4:1"),
            (text: "a: 'b\n  c'\n", path: [0], at: "1:4-2:5"),
            (text: "a: b\n  c\n\nd: e", path: [0], at: "1:4-2:4"),
            (text: "a: &x !!str b\n", path: [0], at: "1:13-1:14"),
            (text: "a: !!str &x b\n", path: [0], at: "1:13-1:14"),
            (text: "a: &x # why\n  b: &y c\n", path: [0], at: "2:3-2:10"),
            (text: "a: &x\n  &y b: c\n", path: [0], at: "2:3-2:10"),
            (text: "a: &x\n- b\n", path: [0], at: "2:1-2:4"),
            (text: "a: &x [b]\n", path: [0], at: "1:7-1:10"),
            (text: "a: &x b\nc: *x\n", path: [1], at: "2:4-2:6"),
            // libyaml ends the anchor before the question mark, and reads the text '?b'.
            (text: "- &a?b\n", path: [0], at: "1:5-1:7"),
        ])
    func marks(text: String, path: [Int], at place: String) throws {
        let node = try #require(try text.parsedAsYAML())
        #expect(try node.descendant(at: path).range.short == place)
    }

    @Test(
        "The place of a node that is not there is where it would be written",
        arguments: [
            (text: "a:\nb: c\n", path: [0], at: "1:3-1:3"),
            (text: "a:   # why\nb: c\n", path: [0], at: "1:3-1:3"),
            (text: "a:", path: [0], at: "1:3-1:3"),
            (text: "-\n- a", path: [0], at: "1:2-1:2"),
            (text: "- a\n- \n", path: [1], at: "2:2-2:2"),
            (text: "---\n-", path: [0], at: "2:2-2:2"),
            (text: "? a\n\n? b\n", path: [0], at: "1:4-1:4"),
            (text: "{a , b: c}", path: [0], at: "1:3-1:3"),
            (text: "{a : , b: c}", path: [0], at: "1:5-1:5"),
            (text: "a: !!str\nb: c", path: [0], at: "1:9-1:9"),
            (text: "a: &x  # why\nb: c", path: [0], at: "1:6-1:6"),
            (text: "---\n\n...\n", path: [], at: "1:4-1:4"),
        ])
    func missing(text: String, path: [Int], at place: String) throws {
        let node = try #require(try text.parsedAsYAML()).descendant(at: path)
        #expect(node.range.short == place)
        let scalar = try #require(node.scalar)
        #expect(scalar.text.isEmpty && scalar.raw.isEmpty && scalar.style == .plain)
    }
}
