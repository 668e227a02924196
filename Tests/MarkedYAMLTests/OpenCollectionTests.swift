import MarkedYAML
import Testing

@Suite("Keys")
struct OpenCollectionTests {
    @Test(
        "Keys are scalars that differ in their bytes",
        arguments: [
            (text: "a: 1\nb: 2\na: 3\n", at: "3:1-3:2", first: "1:1-1:2", problem: "key 'a' appears twice"),
            (text: "a: 1\n'a': 2\n", at: "2:1-2:4", first: "1:1-1:2", problem: "key 'a' appears twice"),
            (text: "{a: 1, \"\\x61\": 2}", at: "1:8-1:14", first: "1:2-1:3", problem: "key 'a' appears twice"),
            (text: "&x a: 1\n*x : 2\n", at: "2:1-2:3", first: "1:4-1:5", problem: "key 'a' appears twice"),
            (
                text: "\"\\e[2J\": 1\n\"\\e[2J\": 1", at: "2:1-2:8", first: "1:1-1:8",
                problem: #"key '\u{1B}[2J' appears twice"#
            ),
            (
                text: "[a]: b", at: "1:1-1:2", first: nil,
                problem: "a key must be a plain or quoted text, not a sequence or a mapping"
            ),
            (
                text: "? - a\n: b", at: "1:3-1:4", first: nil,
                problem: "a key must be a plain or quoted text, not a sequence or a mapping"
            ),
            (
                text: "a: &x [b]\n*x : c", at: "2:1-2:3", first: nil,
                problem: "a key must be a plain or quoted text, not a sequence or a mapping"
            ),
            (
                text: "a: &x {b: c}\nd:\n  <<: *x\n", at: "3:3-3:5", first: nil,
                problem:
                    "merge keys (<<) are not supported; repeat the fields, or quote \"<<\" if the key has that name"
            ),
            (
                text: "a: &x <<\n*x : b", at: "2:1-2:3", first: nil,
                problem:
                    "merge keys (<<) are not supported; repeat the fields, or quote \"<<\" if the key has that name"
            ),
        ])
    func refused(text: String, at place: String, first: String?, problem: String) throws {
        let error = try #require(throws: YAMLSyntaxError.self) { try text.parsedAsYAML() }
        #expect(error.problem == problem)
        #expect(error.range.short == place)
        #expect(error.context?.range.short == first)
    }

    @Test(
        "Keys that only look alike are two",
        arguments: [
            (text: "\u{E9}: 1\ne\u{301}: 2", keys: ["\u{E9}", "e\u{301}"]),
            (text: "a: 1\nA: 2", keys: ["a", "A"]),
            (text: "'<<': 1", keys: ["<<"]),
            (text: "!!str <<: 1", keys: ["<<"]),
            (text: "? |\n  a\n: 1\na: 2", keys: ["a\n", "a"]),
        ])
    func accepted(text: String, keys: [String]) throws {
        guard case .mapping(let pairs)? = try text.parsedAsYAML()?.content else { throw NoSuchNode() }
        #expect(pairs.map { Array($0.key.value.text.utf8) } == keys.map { Array($0.utf8) })
    }
}
