// Values that look like nothing in particular: what stands before them says what they are.

extension SecretSearch {
    /// The secret of an AWS key behind its name, or behind the id of the key.
    static func amazonKey(_ text: Span<UInt8>, _ range: Range<Int>) -> SecretMatch? {
        guard range.count == 20 || range.count == secretName.count else { return nil }
        let run = text.bytes(in: range)
        let isName = run.count == secretName.count && zip(run, secretName).allSatisfy { $0 | 0x20 == $1 | 0x20 }
        guard isName || run.isAmazonIdentifier else { return nil }
        // The secret of `aws_secret_access_key` follows at once; an id's, behind a comma or the name of the next member.
        let near = text.bytes(in: range.upperBound..<(range.upperBound + (isName ? 60 : 160)))
        // In a URL the rest is a signature.
        let rest = near.prefix { $0 != UInt8(ascii: "%") && $0 != UInt8(ascii: "&") }
        let values = rest.split { !$0.isBase64 }
        guard let secret = (isName ? values.prefix(1) : values[...]).first(where: isAmazonSecret) else { return nil }
        return SecretMatch(
            what: "the secret of an AWS key", pattern: isName ? "aws_secret_access_key = …" : "AKIA… and 40 characters",
            offset: range.upperBound + secret.startIndex)
    }

    private static let secretName = Array("aws_secret_access_key".utf8)

    /// Forty characters of Base64; a digest in hexadecimal is not one.
    private static func isAmazonSecret(_ value: ArraySlice<UInt8>) -> Bool {
        value.count == 40 && !value.isPlaceholder && value.contains { (0x41...0x5A).contains($0) }
            && value.contains { (0x61...0x7A).contains($0) }
    }

    /// A token that GitHub gives to a job, behind the name of its variable.
    static func jobToken(_ text: Span<UInt8>, _ range: Range<Int>) -> SecretMatch? {
        let names = jobTokenNames.lazy.filter { $0.utf8.count == range.count }
        guard let name = names.first(where: { text.hasBytes(Array($0.utf8), at: range.lowerBound) }) else { return nil }
        let near = text.bytes(in: range.upperBound..<(range.upperBound + 200))
        let value = near.drop { " \t\\\"':=".utf8.contains($0) }.prefix { $0.isWord || $0 == UInt8(ascii: ".") }
        guard value.count >= 100, value.starts(with: "eyJ".utf8), !value.isPlaceholder else { return nil }
        return SecretMatch(
            what: "a token of this job", pattern: "\(name)=eyJ…", offset: range.upperBound + value.startIndex)
    }

    private static let jobTokenNames = ["ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"]

    /// A password in a URL of a Git configuration: `https://name:password@host`.
    static func password(in text: Span<UInt8>) -> SecretMatch? {
        let bytes = text.bytes(in: 0..<text.count)
        for line in bytes.split(whereSeparator: { $0 == UInt8(ascii: "\n") }) {
            guard let scheme = line.firstRange(of: Array("://".utf8)) else { continue }
            let authority = line[scheme.upperBound...].prefix { $0 > 0x20 && $0 != UInt8(ascii: "/") }
            guard let at = authority.lastIndex(of: UInt8(ascii: "@")),
                let colon = authority[..<at].firstIndex(of: UInt8(ascii: ":")), at > colon + 1
            else { continue }
            return SecretMatch(what: "a password", pattern: "https://…:…@", offset: colon + 1)
        }
        return nil
    }
}

extension [UInt8] {
    /// Whether it is the id of an AWS key, for a user or for a session.
    fileprivate var isAmazonIdentifier: Bool {
        count == 20 && (starts(with: "AKIA".utf8) || starts(with: "ASIA".utf8))
            && allSatisfy { $0.isDigit || (0x41...0x5A).contains($0) }
    }
}
