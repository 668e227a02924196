extension SecretSearch {
    /// The first private key in PEM form or of OpenPGP.
    ///
    /// A document may speak of one: it counts if key material follows its first line.
    static func privateKey(in text: Span<UInt8>) -> SecretMatch? {
        var start = 0
        while let words = nextKeyWords(in: text, from: start) {
            start = words + keyWords.count
            guard let header = headerStart(in: text, before: words) else { continue }
            let near = text.bytes(in: start..<(start + 600))
            guard let end = near.firstRange(of: dashes), end.lowerBound <= " BLOCK".utf8.count else {
                continue
            }
            // Lines such as `Proc-Type: 4,ENCRYPTED` may come first.
            let rest = near[end.upperBound...]
            let body = rest[..<(rest.firstRange(of: dashes)?.lowerBound ?? rest.endIndex)]
            guard body.split(whereSeparator: { !$0.isBase64 }).contains(where: { $0.count >= 40 }) else { continue }
            return SecretMatch(what: "a private key", pattern: "-----BEGIN … PRIVATE KEY-----", offset: header)
        }
        return nil
    }

    private static let keyWords = Array("PRIVATE KEY".utf8)
    private static let begin = Array("-----BEGIN ".utf8)
    private static let dashes = Array("-----".utf8)

    /// Where `-----BEGIN RSA ` starts, if that is what stands before a place.
    private static func headerStart(in text: Span<UInt8>, before place: Int) -> Int? {
        let near = text.bytes(in: max(0, place - 40)..<place)
        guard let found = near.firstRange(of: begin) else { return nil }
        let kind = near[found.upperBound...]
        guard kind.allSatisfy({ $0 == UInt8(ascii: " ") || $0.isDigit || (0x41...0x5A).contains($0) }) else {
            return nil
        }
        return max(0, place - 40) + found.lowerBound
    }

    /// How far `keyWords` can move on over each byte.
    private static let steps = {
        var steps = [Int](repeating: keyWords.count, count: 256)
        for (index, byte) in keyWords.dropLast().enumerated() { steps[Int(byte)] = keyWords.count - 1 - index }
        return steps
    }()

    /// Finds the words as Horspool does: what the last byte under them is says how far they can move on.
    private static func nextKeyWords(in text: Span<UInt8>, from start: Int) -> Int? {
        let steps = steps
        let last = keyWords.count - 1
        var position = start + last
        while position < text.count {
            let byte = text[position]
            if byte == keyWords[last], text.bytes(in: position - last..<position + 1) == keyWords {
                return position - last
            }
            position += steps[Int(byte)]
        }
        return nil
    }
}
