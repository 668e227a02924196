import MarkedYAML
import Testing

@Suite("What is said about broken YAML")
struct YAMLSyntaxErrorTests {
    /// `context` is empty where no second place would help.
    struct Broken: CustomTestStringConvertible {
        var text: String
        var at: String
        var problem: String
        var context = ""

        var testDescription: String { text.debugDescription }
    }

    @Test(
        "Both the place and the start of the construct are named",
        arguments: [
            Broken(text: "b: @x", at: "1:4-1:5", problem: "'@' cannot start a value; put the value in quotes"),
            Broken(text: "a: 1\nb:\n\t- c", at: "3:1-3:2", problem: "a tab cannot start a value; indent with spaces"),
            Broken(
                text: "a:\n  b: 1\n  c: 2\n  d\ne: 3\n", at: "5:1-5:2", problem: "expected ':' after a key",
                context: "4:3-4:4 this has no ':'"),
            Broken(
                text: "a: [b, c\nd: e", at: "2:2-2:3", problem: "expected ',' or ']'",
                context: "1:4-1:5 the list starts here"),
            Broken(
                text: "a: {b: c\n", at: "2:1-2:1", problem: "expected ',' or '}'",
                context: "1:4-1:5 the mapping starts here"),
            Broken(
                text: "a: 'b", at: "1:6-1:6", problem: "the text ends inside quotes",
                context: "1:4-1:5 the quotes open here"),
            Broken(
                text: "a: b: c", at: "1:5-1:6",
                problem: "':' is not allowed here; if it belongs to the value, put the value in quotes"),
            Broken(
                text: "a: \"\\d\"", at: "1:5-1:6",
                problem: "unknown escape; write '\\\\' for a backslash, or use single quotes",
                context: "1:4-1:5 the quotes open here"),
            Broken(
                text: "  a: 1\n b: 2", at: "2:2-2:3",
                problem: "expected the end of the text; only one value is allowed at the top"),
            Broken(
                text: "- a\nb: c", at: "2:1-2:2", problem: "expected '-' with the indentation of its list",
                context: "1:1-1:2 the list starts here"),
            Broken(
                text: "a: !x!y z", at: "1:4-1:5",
                problem: "the tag's prefix is not declared; use '!!' or '!', or leave out the tag"),
            // The last line has no line break, so libyaml counts the end of the text on a line that is not there.
            Broken(
                text: "a: b\ncc", at: "2:3-2:3", problem: "expected ':' after a key", context: "2:1-2:2 this has no ':'"
            ),
        ])
    func wording(broken: Broken) throws {
        let error = try #require(throws: YAMLSyntaxError.self) { try broken.text.parsedAsYAML() }
        #expect(error.problem == broken.problem)
        #expect(error.range.short == broken.at)
        #expect((error.context.map { "\($0.range.short) \($0.message)" } ?? "") == broken.context)
    }
}
