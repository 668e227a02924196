import RunOutputs
import Testing

@Suite("Exact strings")
struct ExactStringTests {
    /// Texts in the order of their bytes, which differs from the order of `String`.
    static let ordered = [
        "", "\0", "A", "B", "a", "a\0", "a/b", "aa", "abcdefg", "abcdefgh", "abcdefgh\0", "abcdefghi", "abcdefgi",
        "abcdefghX12345678".lowercased() + "1", "e", "e\u{301}", "z", "\u{80}", "\u{e9}", "\u{ff}", "\u{FB01}",
        "\u{1F600}",
    ].sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }

    @Test("Order, equality and hash are those of the bytes")
    func comparison() {
        let texts = Self.ordered + Self.ordered.map { "12345678901-linux/logs/" + $0 }
        for left in texts {
            for right in texts {
                let (a, b) = (Array(left.utf8), Array(right.utf8))
                #expect((ExactString(left) == ExactString(right)) == (a == b), "\(left) == \(right)")
                #expect(
                    (ExactString(left) < ExactString(right)) == a.lexicographicallyPrecedes(b), "\(left) < \(right)")
            }
        }
        #expect(Set(texts.map { ExactString($0) }).count == Set(texts.map { Array($0.utf8) }).count)
    }

    @Test("A difference is seen at every offset", arguments: 0..<40)
    func difference(offset: Int) {
        var bytes = Array(repeating: UInt8(ascii: "m"), count: 40)
        let middle = ExactString(String(decoding: bytes, as: UTF8.self))
        bytes[offset] = UInt8(ascii: "a")
        bytes[39] = max(bytes[39], UInt8(ascii: "m"))
        let text = String(decoding: bytes, as: UTF8.self)
        let other = ExactString(text)
        #expect((other < middle, middle < other, other == middle) == (offset < 39, false, offset == 39))
        #expect(ExactString(String(text.prefix(offset))) < other)
    }

    @Test("Names that differ only in normalisation are two names")
    func normalisation() {
        let composed: ExactString = "caf\u{e9}"
        let decomposed: ExactString = "cafe\u{301}"
        #expect(composed.text == decomposed.text)
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
    }

    @Test("Texts built in different ways are equal and hash alike")
    func construction() {
        let long = ExactString("12345678901-linux/logs/gfx94X-dcgpu/a.log")
        let pieces = ExactString(["12345678901-linux", "logs", "gfx94X-dcgpu", "a.log"].joined(separator: "/"))
        let slice = ExactString(String("xx12345678901-linux/logs/gfx94X-dcgpu/a.log".dropFirst(2)))
        #expect(Set([long, pieces, slice]).count == 1)
    }
}
