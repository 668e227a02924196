/// Something in a text that looks like credentials.
struct SecretMatch: Hashable {
    /// What is there.
    var what: String
    /// The pattern that it has: never the text itself.
    var pattern: String
    /// Where it starts, in bytes.
    var offset: Int
}

/// Looks for credentials in a text.
///
/// Every pattern is one that hardly anything else has: a log that is held back for nothing is a failed job too. So
/// there is none for the id of an AWS key alone, which every presigned URL has, and none for JSON Web Tokens wherever
/// they are, since documents are full of them.
enum SecretSearch {
    /// Returns the first token, else the first private key.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - isGitConfiguration: Whether it is a `.git/config`, where passwords are in URLs.
    /// - Returns: The match, if there is one.
    static func match(in text: Span<UInt8>, isGitConfiguration: Bool = false) -> SecretMatch? {
        if let match = firstRun(of: text, where: token) { return match }
        if let match = privateKey(in: text) { return match }
        return isGitConfiguration ? password(in: text) : nil
    }

    /// Returns what the first run of word characters is that is long enough for a token and is one.
    ///
    /// Most bytes are never looked at: every twentieth is in each run of twenty, and from the start of a shorter run the
    /// next one to look at is again twenty further on.
    private static func firstRun(
        of text: Span<UInt8>, where token: (Span<UInt8>, Range<Int>) -> SecretMatch?
    ) -> SecretMatch? {
        let isWord = Self.isWord
        let length = TokenPattern.shortestRun
        var (lower, position) = (0, length - 1)
        while position < text.count {
            guard isWord[Int(text[position])] else {
                lower = position + 1
                position += length
                continue
            }
            var start = position
            while start > lower, isWord[Int(text[start - 1])] { start -= 1 }
            lower = start
            guard position - start >= length - 1 else {
                position = start + length - 1
                continue
            }
            var end = position + 1
            while end < text.count, isWord[Int(text[end])] { end += 1 }
            if let match = token(text, start..<end) { return match }
            lower = end
            position = end + length
        }
        return nil
    }

    private static let isWord = (UInt8.min...UInt8.max).map { $0.isWord }

    /// What a run of word characters is, if it is a token, or the name of one that follows.
    private static func token(_ text: Span<UInt8>, _ run: Range<Int>) -> SecretMatch? {
        // In JSON and in source code, the letter of an escape such as `\n` comes before it.
        let isEscaped = run.lowerBound > 0 && text[run.lowerBound - 1] == UInt8(ascii: "\\")
        let run = (run.lowerBound + (isEscaped ? 1 : 0))..<run.upperBound
        if let pattern = TokenPattern.matching(run, of: text) {
            return SecretMatch(what: pattern.what, pattern: pattern.description, offset: run.lowerBound)
        }
        return amazonKey(text, run) ?? jobToken(text, run)
    }
}

extension UInt8 {
    /// Whether it is an ASCII letter or digit, `_` or `-`.
    var isWord: Bool { isAlphanumeric || self == UInt8(ascii: "_") || self == UInt8(ascii: "-") }

    /// Whether it can be part of standard Base64, padding aside.
    var isBase64: Bool { isAlphanumeric || self == UInt8(ascii: "+") || self == UInt8(ascii: "/") }
}

extension Span<UInt8> {
    /// Whether some bytes are at a place.
    func hasBytes(_ bytes: [UInt8], at place: Int) -> Bool {
        place + bytes.count <= count && bytes.indices.allSatisfy { self[place + $0] == bytes[$0] }
    }

    /// The bytes of a range, which may reach beyond the end.
    func bytes(in range: Range<Int>) -> [UInt8] {
        let range = range.clamped(to: 0..<count)
        return range.map { self[$0] }
    }
}

// Values that look like nothing in particular: what comes before them says what they are.

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

extension SecretSearch {
    /// The first private key in PEM form or of OpenPGP.
    ///
    /// A document may mention one: it counts if key material follows its first line.
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

/// The form of a token: a prefix that nothing else has, and what follows it.
struct TokenPattern {
    /// The characters that may follow the prefix.
    enum Alphabet {
        case alphanumeric
        /// Letters, digits, `_` and `-`.
        case word
    }

    let prefix: [UInt8]
    let alphabet: Alphabet
    /// How many characters follow the prefix.
    let lengths: ClosedRange<Int>
    /// At least this many of them are digits.
    let digits: Int
    /// What has this form.
    let what: String

    private init(
        _ prefix: String, _ alphabet: Alphabet, _ lengths: ClosedRange<Int>, digits: Int = 0, _ what: String
    ) {
        self.prefix = Array(prefix.utf8)
        self.alphabet = alphabet
        self.lengths = lengths
        self.digits = digits
        self.what = what
    }

    /// The pattern as messages show it.
    var description: String { String(decoding: prefix, as: UTF8.self) + "…" }

    /// Whether some word characters have this form and are not placeholders.
    private func matches(_ run: [UInt8]) -> Bool {
        let body = run.dropFirst(prefix.count)
        guard lengths.contains(body.count), alphabet == .word || body.allSatisfy(\.isAlphanumeric) else { return false }
        return body.count(where: \.isDigit) >= digits && !body.isPlaceholder
    }

    /// The fewest characters that a token has, its prefix included.
    static let shortestRun = 20

    /// The pattern that a run of word characters in a text has, if there is one.
    static func matching(_ run: Range<Int>, of text: Span<UInt8>) -> TokenPattern? {
        for pattern in byFirstByte[Int(text[run.lowerBound])] where text.hasBytes(pattern.prefix, at: run.lowerBound) {
            return pattern.matches(text.bytes(in: run)) ? pattern : nil
        }
        return nil
    }

    private static let byFirstByte = (UInt8.min...UInt8.max).map { byte in all.filter { $0.prefix.first == byte } }

    private static let all: [TokenPattern] =
        ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"].map { TokenPattern($0, .alphanumeric, 36...255, "a token of GitHub") }
        + ["glpat-", "gldt-", "glrt-", "glptt-", "glcbt-"].map {
            TokenPattern($0, .word, 20...255, digits: 1, "a token of GitLab")
        }
        + ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xapp-"].map {
            TokenPattern($0, .word, 24...400, digits: 8, "a token of Slack")
        }
        + [
            TokenPattern("github_pat_", .word, 82...255, "a token of GitHub"),
            // Base64 of `x-access-token:`, as actions/checkout writes it into `.git/config`.
            TokenPattern("eC1hY2Nlc3MtdG9rZW46", .word, 20...400, "a token of GitHub"),
            TokenPattern("pypi-AgEIcHlwaS5vcmc", .word, 50...800, "a token of PyPI"),
            TokenPattern("pypi-AgENdGVzdC5weXBpLm9yZ", .word, 50...800, "a token of PyPI"),
            TokenPattern("npm_", .alphanumeric, 36...36, "a token of npm"),
            TokenPattern("AIza", .word, 35...35, digits: 1, "a key of Google"),
            TokenPattern("hf_", .alphanumeric, 34...34, "a token of Hugging Face"),
            TokenPattern("dckr_pat_", .word, 27...27, "a token of Docker Hub"),
            TokenPattern("sk-ant-", .word, 80...200, "a key of Anthropic"),
            TokenPattern("sk-proj-", .word, 40...300, digits: 1, "a key of OpenAI"),
            TokenPattern("sk_live_", .alphanumeric, 16...255, digits: 1, "a key of Stripe"),
            TokenPattern("rk_live_", .alphanumeric, 16...255, digits: 1, "a key of Stripe"),
        ]
}

extension UInt8 {
    /// Whether it is an ASCII digit.
    var isDigit: Bool { (0x30...0x39).contains(self) }
    /// Whether it is an ASCII letter or digit.
    var isAlphanumeric: Bool { isDigit || (0x61...0x7A).contains(self | 0x20) }
}

extension Collection<UInt8> {
    /// Whether it stands for a token and is none: `xxxxxxxx`, or something with `EXAMPLE` in it.
    var isPlaceholder: Bool {
        Set(self).count < 8 || String(decoding: self, as: UTF8.self).uppercased().contains("EXAMPLE")
    }
}
