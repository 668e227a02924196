import MarkedYAML
import Testing

@Suite("Checking a text")
struct SourceTextTests {
    @Test(
        "Lines end where libyaml ends them",
        arguments: [
            (text: "", lines: [""]),
            (text: "a", lines: ["a"]),
            (text: "a\n", lines: ["a", ""]),
            (text: "a\r\nb\rc\n\nd", lines: ["a", "b", "c", "", "d"]),
            (text: "\n\r", lines: ["", "", ""]),
            (text: "\u{FEFF}é\n\u{1F600}", lines: ["é", "\u{1F600}"]),
            (text: "a\u{2028}b\u{0B}c\u{0C}d", lines: ["a\u{2028}b\u{0B}c\u{0C}d"]),
        ])
    func lines(text: String, lines: [String]) {
        #expect(SourceText(text).lines.map(String.init) == lines)
    }

    @Test(
        "Characters that have no place in a file are refused",
        arguments: [
            (text: "a: \u{0}", at: "1:4-1:5", problem: "U+0000 is a control character"),
            (text: "a\r\n\u{1B}", at: "2:1-2:2", problem: "U+001B is a control character"),
            (text: "é\u{7F}", at: "1:2-1:3", problem: "U+007F is a control character"),
            (text: "# \u{9F}", at: "1:3-1:4", problem: "U+009F is a control character"),
            (text: "\u{1F600}\u{85}", at: "1:2-1:3", problem: "U+0085 is a line break in YAML but not"),
            (text: "a\u{2028}", at: "1:2-1:3", problem: "U+2028 is a line break in YAML but not"),
            (text: "a\u{2029}", at: "1:2-1:3", problem: "U+2029 is a line break in YAML but not"),
            (text: "\u{FEFF}a\u{FEFF}", at: "1:2-1:3", problem: "U+FEFF is a byte order mark"),
            (text: "\u{FEFF}\u{FEFF}", at: "1:1-1:2", problem: "U+FEFF is a byte order mark"),
            (text: "\u{FFFE}", at: "1:1-1:2", problem: "U+FFFE is not a character"),
            (text: "\u{FFFF}", at: "1:1-1:2", problem: "U+FFFF is not a character"),
        ])
    func characters(text: String, at place: String, problem: String) throws {
        let error = try #require(throws: YAMLSyntaxError.self) { try SourceText.checked(Array(text.utf8)) }
        #expect(error.problem.hasPrefix(problem))
        #expect(error.problem.contains("write \"\\u"))
        #expect(error.range.short == place)
    }

    @Test(
        "Whatever else libyaml reads is accepted", arguments: ["\t ~\r", "\u{A0}\u{D7FF}\u{E000}\u{FFFD}\u{10FFFF}"])
    func accepted(text: String) throws {
        #expect(try SourceText.checked(Array(text.utf8)).text == text)
        #expect(try #require(try "# \(text)\na".parsedAsYAML()).scalar?.text == "a")
    }

    @Test(
        "Bytes that are not UTF-8 are named with their place",
        arguments: [
            (bytes: [0x61, 0x0A, 0xFF], at: "2:1-2:2", problem: "byte FF at offset 2"),
            (bytes: [0xC3, 0xA9, 0xC3], at: "1:2-1:3", problem: "byte C3 at offset 2"),
            (bytes: [0xEF, 0xBB, 0xBF, 0x80], at: "1:1-1:2", problem: "byte 80 at offset 3"),
            (bytes: [0xED, 0xA0, 0x80], at: "1:1-1:2", problem: "byte ED at offset 0"),  // a surrogate
            (bytes: [0xC0, 0xAF], at: "1:1-1:2", problem: "byte C0 at offset 0"),  // an overlong slash
            (bytes: [0xF5, 0x80, 0x80, 0x80], at: "1:1-1:2", problem: "byte F5 at offset 0"),
            (bytes: [0xFF, 0xFE, 0x61, 0x00], at: "1:1-1:2", problem: "byte FF at offset 0"),  // UTF-16
        ])
    func invalidUTF8(bytes: [UInt8], at place: String, problem: String) throws {
        let error = try #require(throws: YAMLSyntaxError.self) { try SourceText.checked(bytes) }
        #expect(error.problem == "\(problem) is not UTF-8; save the file as UTF-8")
        #expect(error.range.short == place)
    }

    @Test("A text of the largest size is read, and one byte more is refused")
    func size() throws {
        let largest = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
        #expect(try SourceText.checked(largest).text.utf8.count == 1 << 20)
        let error = try #require(throws: YAMLSyntaxError.self) { try SourceText.checked(largest + [0x61]) }
        #expect(error.problem == "the file has 1048577 bytes, and at most 1048576 are read")
        #expect(error.range.short == "1:1-1:1")
    }
}
