import RunOutputs
import Testing

@testable import UploadPlanning

@Suite("Glob")
struct GlobTests {
    @Test(
        "Patterns match what they say",
        arguments: [
            ("*.log", ["a.log", ".log", "ä.log"], ["a.logs", "sub/a.log", "a.LOG", ""]),
            ("**/*.log", ["a.log", "sub/a.log", "a/b/c.log"], ["a.txt", "a.log/x"]),
            ("logs/**", ["logs/a", "logs/a/b"], ["logs", "log/a", "xlogs/a"]),
            ("**", ["a", "a/b", ".hidden"], []),
            ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb", "a/x/yb", "b"]),
            ("a**b", ["ab", "axb", "a/x/b", "axx/yb"], ["a", "b", "abc"]),
            ("?.log", ["a.log", "é.log"], ["ab.log", "/.log", ".log"]),
            ("[a-c].log", ["a.log", "c.log"], ["d.log", "B.log", "-.log"]),
            ("[!a-c].log", ["d.log"], ["a.log", "/.log"]),
            ("[^a].log", ["b.log"], ["a.log"]),
            ("[]a].log", ["].log", "a.log"], ["b.log"]),
            ("[a-].log", ["a.log", "-.log"], ["b.log"]),
            ("[*].log", ["*.log"], ["a.log"]),
            ("{a,b}.log", ["a.log", "b.log"], ["c.log", "{a,b}.log"]),
            ("[{]a,b[}]", ["{a,b}"], ["a", "b"]), ("{[}],x}y", ["}y", "xy"], ["y"]),
            ("{[a,b],c}", ["a", ",", "b", "c"], ["["]),
            ("x{,.sha256}", ["x", "x.sha256"], ["x."]),
            ("{a,{b,c}}{1,2}", ["a1", "b2", "c1"], ["a", "3"]),
            ("*a*b*c*", ["abc", "xaxbxcx", "aabbcc"], ["acb", "a/bc"]),
            ("**/a*/**/b", ["a/b", "x/ax/y/b", "a1/a2/b"], ["b/a", "x/y/b"]),
            ("**/*a/**/b*/c", ["xa/b/c", "q/za/x/bz/c"], ["xa/c", "b/c"]),
            ("e\u{301}.log", ["e\u{301}.log"], ["\u{E9}.log"]),
            ("a b.log", ["a b.log"], ["a%20b.log"]),
        ] as [(String, [String], [String])])
    func matching(pattern: String, matches: [String], others: [String]) throws {
        let glob = try Glob(pattern)
        for path in matches { #expect(glob.matches(ExactString(path)), "\(pattern) should match \(path)") }
        for path in others { #expect(!glob.matches(ExactString(path)), "\(pattern) should not match \(path)") }
    }

    @Test(
        "What is not a pattern is refused at its place",
        arguments: [
            ("a{b", 1..<2), ("a}b", 1..<2), ("[a", 0..<1), ("x[b-a]", 2..<5), ("[a/b]", 2..<3), ("é[", 1..<2),
            ("{a,b}[", 5..<6),
        ])
    func refused(pattern: String, range: Range<Int>) {
        let error = #expect(throws: InvalidPattern.self) { try Glob(pattern) }
        #expect(error?.range == range)
    }

    @Test("Values of parameters stand for themselves")
    func literalCharacters() throws {
        let characters = "*[x]".unicodeScalars.map { Glob.Character(scalar: $0, isLiteral: true, offset: 0) }
        let glob = try Glob(characters)
        #expect(glob.matches("*[x]"))
        #expect(!glob.matches("ax"))
    }

    /// A reference that is slow and obvious: it tries everything.
    @Test("Agrees with a reference that tries everything, over random patterns and paths", arguments: 0..<40)
    func reference(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        for _ in 0..<250 {
            let pattern = random.text(of: ["a", "b", "/", "*", "**", "**/", "?", "[ab]", "/**/"], upTo: 8)
            let glob = try Glob(pattern)
            for _ in 0..<8 {
                let path = random.text(of: ["a", "b", "/", "a", "b"], upTo: 9)
                let expected = ReferenceGlob.matches(pattern, path)
                #expect(glob.matches(ExactString(path)) == expected, "'\(pattern)' and '\(path)'")
            }
        }
    }

    @Test("Hostile patterns take no time to speak of")
    func hostile() throws {
        let path = ExactString(String(repeating: "a", count: 2000))
        #expect(try !Glob(String(repeating: "*a", count: 200) + "b").matches(path))
        let deep = ExactString(String(repeating: "a/", count: 500) + "a")
        #expect(try !Glob(String(repeating: "**/a*/", count: 50) + "b").matches(deep))
    }
}

/// What patterns mean, by trying every way to match.
private enum ReferenceGlob {
    static func matches(_ pattern: String, _ path: String) -> Bool {
        matches(Array(pattern)[...], Array(path)[...], atStart: true)
    }

    private static func matches(_ pattern: ArraySlice<Character>, _ path: ArraySlice<Character>, atStart: Bool) -> Bool
    {
        guard let first = pattern.first else { return path.isEmpty }
        let rest = pattern.dropFirst()
        let suffixes = (0...path.count).map { path.dropFirst($0) }
        switch first {
        case "*":
            let stars = pattern.prefix { $0 == "*" }
            let behind = pattern.dropFirst(stars.count)
            if stars.count == 1 {
                let reach = path.prefix { $0 != "/" }.count
                return (0...reach).contains { matches(behind, path.dropFirst($0), atStart: false) }
            }
            if atStart, behind.first == "/" {
                let starts = suffixes.filter { $0.count == path.count || path[$0.startIndex - 1] == "/" }
                return starts.contains { matches(behind.dropFirst(), $0, atStart: true) }
            }
            return suffixes.contains { matches(behind, $0, atStart: false) }
        case "?": return path.first.map { $0 != "/" } == true && matches(rest, path.dropFirst(), atStart: false)
        case "[":
            let behind = pattern.drop { $0 != "]" }.dropFirst()
            return path.first.map { "ab".contains($0) } == true && matches(behind, path.dropFirst(), atStart: false)
        default: return path.first == first && matches(rest, path.dropFirst(), atStart: first == "/")
        }
    }
}

/// A small generator of numbers that is the same everywhere ([SplitMix64](https://prng.di.unimi.it/splitmix64.c)).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A text of some pieces.
    mutating func text(of pieces: [String], upTo count: Int) -> String {
        (0..<Int.random(in: 1...count, using: &self)).map { _ in pieces.randomElement(using: &self) ?? "" }.joined()
    }
}
