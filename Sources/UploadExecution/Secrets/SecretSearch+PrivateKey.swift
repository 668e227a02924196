extension SecretSearch {
    /// The first private key in PEM form or of OpenPGP.
    ///
    /// A document may speak of one: it counts if key material follows its first line.
    static func privateKey(in text: Span<UInt8>) -> SecretMatch? {
        // Every fifth byte is in each run of five dashes.
        var position = dashes.count - 1
        while position < text.count {
            guard text[position] == dash else {
                position += dashes.count
                continue
            }
            var end = position + 1
            while end < text.count, text[end] == dash { end += 1 }
            if text.hasBytes(begin, at: end), end >= dashes.count, text.hasBytes(dashes, at: end - dashes.count),
                isPrivateKey(text.bytes(in: end + begin.count..<(end + 700)))
            {
                let offset = end - dashes.count
                return SecretMatch(what: "a private key", pattern: "-----BEGIN … PRIVATE KEY-----", offset: offset)
            }
            position = end + dashes.count
        }
        return nil
    }

    private static let dash = UInt8(ascii: "-")
    private static let dashes = Array("-----".utf8)
    private static let begin = Array("BEGIN ".utf8)
    private static let kinds = [Array("PRIVATE KEY".utf8), Array("PRIVATE KEY BLOCK".utf8)]

    /// Whether it is `RSA PRIVATE KEY-----` with key material behind it.
    private static func isPrivateKey(_ text: [UInt8]) -> Bool {
        guard let header = text.firstRange(of: dashes) else { return false }
        let kind = text[..<header.lowerBound]
        guard kinds.contains(where: { kind.suffix($0.count).elementsEqual($0) }), kind.allSatisfy(isOfKind) else {
            return false
        }
        // Lines such as `Proc-Type: 4,ENCRYPTED` may come first.
        let rest = text[header.upperBound...]
        let body = rest[..<(rest.firstRange(of: dashes)?.lowerBound ?? rest.endIndex)]
        return body.split(whereSeparator: { !$0.isBase64 }).contains { $0.count >= 40 }
    }

    private static func isOfKind(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte.isDigit || (0x41...0x5A).contains(byte)
    }
}
