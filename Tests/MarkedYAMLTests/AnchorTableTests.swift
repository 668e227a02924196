import MarkedYAML
import Testing

@Suite("Anchors and aliases")
struct AnchorTableTests {
    @Test("An alias has the content of the anchored node, and both places")
    func alias() throws {
        let root = try #require(try "a: &x !!str [b, c]\nd:\n  - *x\n".parsedAsYAML())
        let anchored = try root.descendant(at: [0])
        let alias = try root.descendant(at: [1, 0])
        #expect(alias.content == anchored.content)
        #expect(alias.tag == "tag:yaml.org,2002:str")
        #expect(alias.range.short == "3:5-3:7")
        #expect(alias.anchorRange == anchored.range)
        #expect(anchored.range.short == "1:13-1:19" && anchored.anchorRange == nil)
    }

    @Test(
        "The last definition before the alias counts",
        arguments: [
            (text: "[&x a, *x, &x b, *x]", texts: ["a", "a", "b", "b"]),
            (text: "[&x a, &x [&x b], *x]", texts: ["a", nil, "b"]),
            (text: "[&x , *x]", texts: ["", ""]),
        ])
    func redefined(text: String, texts: [String?]) throws {
        guard case .sequence(let items)? = try text.parsedAsYAML()?.content else { throw NoSuchNode() }
        #expect(items.map { $0.scalar?.text } == texts)
    }

    @Test(
        "An alias without a finished node is refused",
        arguments: [
            (
                text: "a: *x\n", at: "1:4-1:6", anchor: nil,
                problem: "alias '*x' has no anchor; write '&x' before the node to repeat, which must come first"
            ),
            (
                text: "a: *x\nb: &x c", at: "1:4-1:6", anchor: nil,
                problem: "alias '*x' has no anchor; write '&x' before the node to repeat, which must come first"
            ),
            (
                text: "a: &x [*x]\n", at: "1:8-1:10", anchor: "1:7-1:8",
                problem: "alias '*x' is inside the node that it repeats"
            ),
            (text: "&x a: {b: *x}", at: "1:11-1:13", anchor: nil, problem: ""),
        ])
    func refused(text: String, at place: String, anchor: String?, problem: String) throws {
        guard !problem.isEmpty else {
            #expect(try text.parsedAsYAML() != nil, "the anchor is the key's")
            return
        }
        let error = try #require(throws: YAMLSyntaxError.self) { try text.parsedAsYAML() }
        #expect(error.problem == problem)
        #expect(error.range.short == place)
        #expect(error.context?.range.short == anchor)
    }
}
