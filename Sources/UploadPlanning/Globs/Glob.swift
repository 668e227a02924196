import RunOutputs

/// A pattern for relative paths.
///
/// `*` and `?` stop at `/`, `**` crosses it, `[a-z]` and `{a,b}` work, and there is no escape character: write `[*]`
/// for a literal `*`. Matching looks at code points and distinguishes case.
struct Glob: Hashable, Sendable {
    enum Token: Hashable, Sendable {
        case literal([UInt8])
        /// `?`: one code point other than `/`.
        case one
        /// `[…]`: one code point of a set, never `/`.
        case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)
        /// `*`: any code points other than `/`.
        case anyInSegment
        /// `**/` at the start of a segment: any number of directories, also none.
        case anyDirectories
        /// `**` anywhere else: anything.
        case anything
    }

    /// The pattern without braces, once for each combination of their alternatives.
    let alternatives: [[Token]]

    init(alternatives: [[Token]]) { self.alternatives = alternatives }

    /// Whether the pattern stands for the one path that it spells.
    var isExact: Bool {
        alternatives.count == 1
            && alternatives[0].allSatisfy { token in if case .literal = token { true } else { false } }
    }

    /// Whether a path matches the whole pattern.
    func matches(_ path: ExactString) -> Bool {
        let bytes = path.text.utf8Span.span
        return alternatives.contains { Self.matches($0, bytes) }
    }

    /// Matches with one pending retry for `*` and one for `**`.
    ///
    /// A later `**` makes earlier retries needless: whatever they could still give up, it can take over. So the time is
    /// at most the product of the lengths.
    private static func matches(_ tokens: [Token], _ path: Span<UInt8>) -> Bool {
        var token = 0
        var index = 0
        var star: (token: Int, index: Int)?
        var deep: (token: Int, index: Int)?
        while true {
            if token < tokens.count {
                switch tokens[token] {
                case .anyInSegment:
                    star = (token, index)
                    token += 1
                    continue
                case .anything, .anyDirectories:
                    deep = (token, index)
                    star = nil
                    token += 1
                    continue
                case .literal, .one, .set:
                    if let end = end(of: tokens[token], in: path, from: index) {
                        index = end
                        token += 1
                        continue
                    }
                }
            } else if index == path.count {
                return true
            }
            if let retry = star, retry.index < path.count, path[retry.index] != slash {
                star = (retry.token, nextScalar(in: path, after: retry.index))
                (token, index) = (retry.token + 1, nextScalar(in: path, after: retry.index))
            } else if let retry = deep, let next = nextStart(of: tokens[retry.token], in: path, after: retry.index) {
                deep = (retry.token, next)
                star = nil
                (token, index) = (retry.token + 1, next)
            } else {
                return false
            }
        }
    }

    private static let slash = UInt8(ascii: "/")

    /// Returns where a token that takes a fixed text ends, or `nil` if it does not match there.
    private static func end(of token: Token, in path: Span<UInt8>, from index: Int) -> Int? {
        switch token {
        case .literal(let bytes):
            guard path.count - index >= bytes.count else { return nil }
            for offset in bytes.indices where path[index + offset] != bytes[offset] { return nil }
            return index + bytes.count
        case .one:
            return index < path.count && path[index] != slash ? nextScalar(in: path, after: index) : nil
        case .set(let ranges, let isNegated):
            guard index < path.count, path[index] != slash else { return nil }
            let end = nextScalar(in: path, after: index)
            let scalar = scalar(in: path, index..<end)
            return ranges.contains { $0.contains(scalar) } != isNegated ? end : nil
        case .anyInSegment, .anyDirectories, .anything:
            return nil
        }
    }

    /// The next place at which the rest of the pattern may start after `**`.
    private static func nextStart(of token: Token, in path: Span<UInt8>, after index: Int) -> Int? {
        if token == .anything { return index < path.count ? nextScalar(in: path, after: index) : nil }
        for position in index..<path.count where path[position] == slash { return position + 1 }
        return nil
    }

    private static func nextScalar(in path: Span<UInt8>, after index: Int) -> Int {
        var next = index + 1
        while next < path.count, path[next] & 0xC0 == 0x80 { next += 1 }
        return next
    }

    private static func scalar(in path: Span<UInt8>, _ range: Range<Int>) -> Unicode.Scalar {
        var bytes: [UInt8] = []
        for index in range { bytes.append(path[index]) }
        return String(decoding: bytes, as: UTF8.self).unicodeScalars.first ?? "\u{FFFD}"
    }
}
