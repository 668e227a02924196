import MarkedYAML
import Testing

@Suite("Parts of scalars")
struct ScalarSpansTests {
    @Test(
        "A part of the text is found in the source",
        arguments: [
            (text: "a: hello", part: 1..<3, at: "1:5-1:7"),
            (text: "a: &x !!str hello", part: 1..<3, at: "1:14-1:16"),
            (text: "a: 'it''s'", part: 2..<3, at: "1:7-1:9"),
            (text: "a: 'it''s'", part: 3..<4, at: "1:9-1:10"),
            (text: #"a: "x\u00e9\x41\n\U0001F600y""#, part: 1..<2, at: "1:6-1:12"),
            (text: #"a: "x\u00e9\x41\n\U0001F600y""#, part: 2..<4, at: "1:12-1:18"),
            (text: #"a: "x\u00e9\x41\n\U0001F600y""#, part: 5..<6, at: "1:28-1:29"),
            (text: "a: one\n   two", part: 4..<7, at: "2:4-2:7"),
            (text: "a: one\n   two", part: 3..<4, at: "1:7-2:4"),
            (text: "a: one\n\n   two", part: 4..<7, at: "3:4-3:7"),
            (text: "a: \"one \\\n   two\"", part: 4..<7, at: "2:4-2:7"),
            (text: "a: \"one\\\r\n\r\n   two\"", part: 4..<7, at: "3:4-3:7"),
            (text: "a: |\n  one\n  two\n", part: 4..<7, at: "3:3-3:6"),
            (text: "a: |  # why\n  one\n  two\n", part: 0..<3, at: "2:3-2:6"),
            (text: "a: |-2\n    one\n  two\n", part: 2..<5, at: "2:5-2:8"),
            (text: "a:\n  b: |1+\n    one\n\n", part: 0..<2, at: "3:4-3:6"),
            (text: "a: >\n\n  one\n  two\n", part: 1..<4, at: "3:3-3:6"),
            (text: "a: >\n  one\n  two\n\n    three\n", part: 4..<7, at: "3:3-3:6"),
            (text: "a: >\n  one\n  two\n\n    three\n", part: 11..<16, at: "5:5-5:10"),
            (text: "a: >-\r\n  one\r\n  two\r\n", part: 3..<4, at: "2:6-3:3"),
            (text: "a: hello", part: 2..<2, at: "1:6-1:6"),
            (text: "a: hello", part: 5..<5, at: "1:9-1:9"),
            (text: "a: hello", part: 3..<99, at: "1:7-1:9"),
            (text: "a: ''", part: 0..<0, at: "1:4-1:6"),
            (text: "a: |\n\n", part: 0..<1, at: "1:4-3:1"),
        ])
    func parts(text: String, part: Range<Int>, at place: String) throws {
        let node = try #require(try text.parsedAsYAML()).firstScalarNode()
        let scalar = try #require(node.scalar)
        #expect(scalar.range(of: part, in: node.range).short == place)
        #expect(Marked(scalar, at: node.range).range(of: part).short == place)
    }

    @Test("A part of an alias is the whole alias: its text is elsewhere")
    func alias() throws {
        let root = try #require(try "a: &x hello\nb: *x".parsedAsYAML())
        let node = try root.descendant(at: [1])
        let scalar = try #require(node.scalar)
        #expect(scalar.text == "hello" && scalar.raw == "*x")
        #expect(scalar.range(of: 0..<1, in: node.range).short == "2:4-2:6")
    }

    @Test("Each character that was written as itself is found as itself", arguments: Self.scalars)
    func everyCharacter(text: String) throws {
        let lines = SourceText(text).lines.map { Array($0.unicodeScalars) }
        let node = try #require(try text.parsedAsYAML()).firstScalarNode()
        let scalar = try #require(node.scalar)
        let spans = ScalarSpans(scalar, in: node.range)
        var found = 0
        for (offset, character) in scalar.text.unicodeScalars.enumerated() {
            let range = spans.range(of: offset..<offset + 1)
            #expect(node.range.lowerBound <= range.lowerBound && range.upperBound <= node.range.upperBound)
            let isOneColumn =
                range.lowerBound.line == range.upperBound.line
                && range.lowerBound.column + 1 == range.upperBound.column
            guard isOneColumn else { continue }
            found += 1
            #expect(lines[range.lowerBound.line - 1][range.lowerBound.column - 1] == character)
        }
        #expect(found * 2 > scalar.text.unicodeScalars.count, "most characters are written as themselves")
    }

    static let scalars: [String] = [
        "plain text with words", "a: ${root}/é/\u{1F600}/x", "a: one two\n   three\n\n\n   four five",
        "- 'it''s ''quoted'' '\n", "'one\n  two\n\n  three'", "\"tab\\there \\u00e9 and \\\n   more \\\n\n  lines\"",
        "\"  spaces \n  around \n\n  breaks  \"", "\"\\\" \\\\ \\/ \\0 \\a \\e \\_ \\N \\L \\P done\"",
        "a: |\n   literal\n\n     more\n   less\n", "a: |2-\n    indented\n   less\n", "a: |+\n  keep\n\n\n",
        "a: >\n  folded\n  text\n\n  paragraph\n    more\n    indented\n  back\n", "a: >2+ # why\n    one\n  two\n\n",
        "a: >-\n  one\n  \ttab\n  two\n", "a: |\r\n  one\r\n  two\r\n", "- - |\n   xyz\n  # comment\n- y",
        "a: >#touching - comment\n  text\n", "? |\n  key\n: value", "--- >1\n a\n  b\n",
    ]
}

extension Node {
    /// The first value that is a scalar.
    fileprivate func firstScalarNode() -> Node {
        switch content {
        case .scalar: self
        case .sequence(let items): items.first?.firstScalarNode() ?? self
        case .mapping(let pairs): pairs.first?.value.firstScalarNode() ?? self
        }
    }
}
