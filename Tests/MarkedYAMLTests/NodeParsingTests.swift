import MarkedYAML
import Testing

@Suite("Documents, and what they may cost")
struct NodeParsingTests {
    @Test("A text without a document has no root", arguments: ["", "\n", "# only a comment\n", "\u{FEFF}"])
    func empty(text: String) throws {
        #expect(try text.parsedAsYAML() == nil)
    }

    @Test(
        "Scalars stay text and keep their style",
        arguments: [
            ("no", .plain), ("1.10", .plain), ("0755", .plain), ("~", .plain), ("2024-01-01", .plain),
            ("'no'", .singleQuoted), ("\"no\"", .doubleQuoted), ("|-\n  no", .literal), (">-\n  no", .folded),
        ] as [(String, Scalar.Style)])
    func text(source: String, style: Scalar.Style) throws {
        let scalar = try #require(try "a: \(source)".parsedAsYAML()?.descendant(at: [0]).scalar)
        #expect(scalar.raw == source)
        #expect(scalar.style == style)
        #expect(scalar.text == (style == .plain ? source : "no"))
    }

    @Test("Tags are resolved and kept")
    func tags() throws {
        let text = "%TAG !e! tag:e.org,2000:\n---\n[!!int 1, !x y, !e!z {}, !<tag:v> a, ! b, c]"
        guard case .sequence(let items)? = try text.parsedAsYAML()?.content else { throw NoSuchNode() }
        #expect(items.map(\.tag) == ["tag:yaml.org,2002:int", "!x", "tag:e.org,2000:z", "tag:v", "!", nil])
    }

    @Test(
        "A second document is refused, whatever is in it",
        arguments: ["a: 1\n---\nb: 2\n", "a: 1\n---\n", "a\n---\n[@"])
    func secondDocument(text: String) throws {
        let error = try #require(throws: YAMLSyntaxError.self) { try text.parsedAsYAML() }
        #expect(error.problem.hasPrefix("a second document starts here"))
        #expect(error.range.short == "2:1-2:4")
        #expect(error.context?.range.short == "1:1-1:2")
    }

    @Test(
        "Nesting has a limit, through aliases too",
        arguments: [
            (text: String(repeating: "[", count: 65), at: "1:65-1:66", anchor: nil),
            (text: String(repeating: "- ", count: 65), at: "1:129-1:130", anchor: nil),
            (text: String(repeating: "[", count: 100_000), at: "1:65-1:66", anchor: nil),
            (
                text: "- &x \(nested(40))\n- \(String(repeating: "[", count: 24))*x", at: "2:27-2:29",
                anchor: "1:6-1:86"
            ),
        ])
    func depth(text: String, at place: String, anchor: String?) throws {
        let error = try #require(throws: YAMLSyntaxError.self) { try text.parsedAsYAML() }
        #expect(error.problem == "nested deeper than 64 levels")
        #expect(error.range.short == place)
        #expect(error.context?.range.short == anchor)
    }

    @Test("The deepest nesting is read", arguments: [nested(64), "- &x \(nested(40))\n- \(nested(23, around: "*x"))"])
    func deepest(text: String) throws {
        #expect(try text.parsedAsYAML() != nil)
    }

    /// A billion laughs: each line repeats the one before it ten times.
    @Test("Nodes that aliases repeat are counted, not made", .timeLimit(.minutes(1)))
    func billionLaughs() throws {
        var text = "- &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<40 {
            let alias = "*a\(level - 1)"
            text += "- &a\(level) [\(Array(repeating: alias, count: 10).joined(separator: ", "))]\n"
        }
        let error = try #require(throws: YAMLSyntaxError.self) { try text.parsedAsYAML() }
        #expect(error.problem == "the document has more than 100000 nodes, counting those that aliases repeat")
        #expect(error.range.lowerBound.line == 5)
    }

    @Test("Each node counts once, and its alias as much as the node")
    func nodeCount() throws {
        let text = "- &x {a: [b]}\n- *x\n"  // 1 + 4 + 4
        #expect(throws: Never.self) { _ = try text.parsedAsYAML(limits: .init(nodeCount: 9)) }
        let error = try #require(throws: YAMLSyntaxError.self) { try text.parsedAsYAML(limits: .init(nodeCount: 8)) }
        #expect(error.range.short == "2:3-2:5")
    }

    @Test("Tag directives have a limit")
    func tagDirectives() throws {
        let directives = (1...64).map { "%TAG !\($0)! x\n" }.joined()
        #expect(try (directives + "--- !64!y a").parsedAsYAML()?.tag == "xy")
        let error = try #require(throws: YAMLSyntaxError.self) { try (directives + "%TAG ! y\n--- a").parsedAsYAML() }
        #expect(error.problem == "more than 64 lines start with %TAG")
        #expect(error.range.short == "65:1-65:2")
    }

    /// Each of these takes a quadratic parser minutes.
    @Test("A large hostile text costs little", .timeLimit(.minutes(1)), arguments: Hostile.allCases)
    func hostile(_ hostile: Hostile) {
        _ = try? hostile.text.parsedAsYAML()
    }

    enum Hostile: String, CaseIterable {
        case oneLine, flowList, keys, emptyValues, directives, comments, questionMarks, quotes, folded, anchors, tags

        var text: String {
            switch self {
            case .oneLine: String(repeating: "a ", count: 500_000)
            case .flowList: "[" + String(repeating: "a,", count: 99_990) + "]"
            case .keys: (0..<49_000).map { "k\($0): v\n" }.joined()
            case .emptyValues: "{" + (0..<49_000).map { "k\($0) \n, " }.joined() + "}"
            case .directives: (0..<60_000).map { "%TAG !\($0)! x\n" }.joined() + "--- a"
            case .comments: String(repeating: "# c\n", count: 250_000)
            case .questionMarks: String(repeating: "? ", count: 500_000)
            case .quotes: "\"" + String(repeating: "\\n\n\n ", count: 150_000) + "\""
            case .folded: ">\n" + String(repeating: "  a\n\n", count: 150_000)
            case .anchors: (0..<40_000).map { "- &a\($0) b\n- *a\($0)\n" }.joined()
            case .tags: (0..<60_000).map { "- !<t\($0)> a\n" }.joined()
            }
        }
    }
}

/// A text in so many brackets.
private func nested(_ depth: Int, around text: String = "") -> String {
    String(repeating: "[", count: depth) + text + String(repeating: "]", count: depth)
}
