/// Something in a text that looks like credentials.
struct SecretMatch: Hashable {
    /// What stands there.
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
/// they stand, since documents are full of them.
enum SecretSearch {
    /// Returns the first token, else the first private key.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - isGitConfiguration: Whether it is a `.git/config`, where passwords stand in URLs.
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
        // In JSON and in source code, the letter of an escape such as `\n` stands before it.
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
    /// Whether some bytes stand at a place.
    func hasBytes(_ bytes: [UInt8], at place: Int) -> Bool {
        place + bytes.count <= count && bytes.indices.allSatisfy { self[place + $0] == bytes[$0] }
    }

    /// The bytes of a range, which may reach beyond the end.
    func bytes(in range: Range<Int>) -> [UInt8] {
        let range = range.clamped(to: 0..<count)
        return range.map { self[$0] }
    }
}
