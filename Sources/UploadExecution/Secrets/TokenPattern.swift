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

    /// Whether some word characters have this form and are no placeholder.
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
