import MarkedYAML
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
    func matches(_ path: ExactString) -> Bool { matches(path.text.utf8Span.span) }

    /// Whether the bytes of a path match the whole pattern.
    func matches(_ path: Span<UInt8>) -> Bool {
        for alternative in alternatives where Self.matches(alternative, path) { return true }
        return false
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

/// Why a text is not a pattern.
struct InvalidPattern: Error, Equatable, Sendable {
    var message: String
    /// The offending characters, counted in code points of the pattern.
    var range: Range<Int>
}

extension Glob {
    /// A character of a pattern.
    struct Character: Hashable, Sendable {
        var scalar: Unicode.Scalar
        /// Whether it stands for itself, as the characters of a parameter's value do.
        var isLiteral: Bool
        /// Its place in the pattern, in code points.
        var offset: Int
    }

    /// The most alternatives that braces may give.
    static let maximumAlternatives = 1000

    /// Reads a pattern.
    init(_ pattern: String) throws(InvalidPattern) {
        try self.init(
            pattern.unicodeScalars.enumerated().map { Character(scalar: $1, isLiteral: false, offset: $0) })
    }

    /// Reads a pattern in which some characters stand for themselves.
    init(_ characters: [Character]) throws(InvalidPattern) {
        let expanded = try Self.expandBraces(characters[...])
        var alternatives: [[Token]] = []
        for alternative in expanded { alternatives.append(try Self.tokens(alternative)) }
        self.alternatives = alternatives
    }

    /// Reads a pattern, and takes its braces apart.
    static func each(_ characters: [Character]) throws(InvalidPattern) -> [(text: String, glob: Glob)] {
        var all: [(text: String, glob: Glob)] = []
        for alternative in try expandBraces(characters[...]) {
            let text = String(String.UnicodeScalarView(alternative.map(\.scalar)))
            all.append((text, Glob(alternatives: [try tokens(alternative)])))
        }
        return all
    }

    private static func expandBraces(_ characters: ArraySlice<Character>) throws(InvalidPattern) -> [[Character]] {
        guard let open = firstBrace(characters) else { return [Array(characters)] }
        guard characters[open].is("{") else {
            throw InvalidPattern(message: "'}' without '{'", range: characters[open].range)
        }
        let (options, close) = try braceOptions(characters, open: open)
        var expanded: [[Character]] = []
        let rests = try expandBraces(characters[(close + 1)...])
        for option in options {
            for middle in try expandBraces(option) {
                for rest in rests {
                    expanded.append(characters[..<open] + middle + rest)
                    if expanded.count > maximumAlternatives {
                        throw InvalidPattern(
                            message: "the braces give more than \(maximumAlternatives) patterns",
                            range: characters[open].range)
                    }
                }
            }
        }
        return expanded
    }

    /// The first brace that is not a member of a set.
    private static func firstBrace(_ characters: ArraySlice<Character>) -> Int? {
        var index = characters.startIndex
        while index < characters.endIndex {
            if characters[index].is("{") || characters[index].is("}") { return index }
            index = endOfSet(characters, at: index) ?? index + 1
        }
        return nil
    }

    /// Where a set that opens at an index ends, or `nil` if none opens there or it is not closed.
    private static func endOfSet(_ characters: ArraySlice<Character>, at open: Int) -> Int? {
        guard characters[open].is("[") else { return nil }
        var first = open + 1
        if first < characters.endIndex, characters[first].is("!") || characters[first].is("^") { first += 1 }
        guard first < characters.endIndex else { return nil }
        return characters[(first + 1)...].firstIndex { $0.is("]") }.map { $0 + 1 }
    }

    /// Cuts the braces that open at an index at their outermost commas.
    private static func braceOptions(
        _ characters: ArraySlice<Character>, open: Int
    ) throws(InvalidPattern) -> (options: [ArraySlice<Character>], close: Int) {
        var depth = 0
        var start = open + 1
        var options: [ArraySlice<Character>] = []
        var index = open
        while index < characters.endIndex {
            defer { index = endOfSet(characters, at: index) ?? index + 1 }
            if characters[index].is("{") {
                depth += 1
                if depth > 8 {
                    throw InvalidPattern(message: "braces are nested too deeply", range: characters[index].range)
                }
            } else if characters[index].is(","), depth == 1 {
                options.append(characters[start..<index])
                start = index + 1
            } else if characters[index].is("}") {
                depth -= 1
                if depth == 0 { return (options + [characters[start..<index]], index) }
            }
        }
        throw InvalidPattern(message: "'{' is not closed", range: characters[open].range)
    }

    private static func tokens(_ characters: [Character]) throws(InvalidPattern) -> [Token] {
        var tokens: [Token] = []
        var literal: [UInt8] = []
        var index = 0
        func isSlash(_ index: Int) -> Bool { characters.indices.contains(index) && characters[index].scalar == "/" }
        while index < characters.count {
            let character = characters[index]
            var token: Token?
            let start = index
            if character.is("*") {
                while index < characters.count, characters[index].is("*") { index += 1 }
                if index - start == 1 {
                    token = .anyInSegment
                } else if (start == 0 || isSlash(start - 1)) && isSlash(index) {
                    token = .anyDirectories
                    index += 1
                } else {
                    token = .anything
                }
            } else if character.is("?") {
                token = .one
                index += 1
            } else if character.is("[") {
                (token, index) = try set(characters, open: index)
            } else {
                literal += Array(String(character.scalar).utf8)
                index += 1
            }
            guard let token else { continue }
            if !literal.isEmpty { tokens.append(.literal(literal)) }
            literal = []
            tokens.append(token)
        }
        return literal.isEmpty ? tokens : tokens + [.literal(literal)]
    }

    private static func set(_ characters: [Character], open: Int) throws(InvalidPattern) -> (Token, end: Int) {
        var index = open + 1
        let isNegated = index < characters.count && (characters[index].is("!") || characters[index].is("^"))
        if isNegated { index += 1 }
        let first = index
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while index < characters.count {
            // A bracket right after the opening one is a member: `[]]`.
            if characters[index].is("]"), index > first { return (.set(ranges, isNegated: isNegated), index + 1) }
            let lower = characters[index].scalar
            if lower == "/" {
                throw InvalidPattern(message: "'/' inside '[…]' never matches", range: characters[index].range)
            }
            if index + 2 < characters.count, characters[index + 1].is("-"), !characters[index + 2].is("]") {
                let upper = characters[index + 2].scalar
                guard lower <= upper else {
                    throw InvalidPattern(
                        message: "the range '\(lower)-\(upper)' is empty",
                        range: characters[index].offset..<(characters[index + 2].offset + 1))
                }
                ranges.append(lower...upper)
                index += 3
            } else {
                ranges.append(lower...lower)
                index += 1
            }
        }
        throw InvalidPattern(message: "'[' is not closed", range: characters[open].range)
    }
}

extension Glob.Character {
    fileprivate func `is`(_ scalar: Unicode.Scalar) -> Bool { !isLiteral && self.scalar == scalar }
    fileprivate var range: Range<Int> { offset..<(offset + 1) }
}

extension Template {
    /// Reads the template as a pattern; the values of parameters stand for themselves in it.
    ///
    /// - Parameter value: Gives the value of a parameter.
    /// - Returns: The pattern.
    /// - Throws: ``InvalidPattern`` with a place in the scalar's text.
    func glob(_ value: (String) -> String?) throws(InvalidPattern) -> Glob { try Glob(characters(value)) }

    /// Reads the template as a pattern, and takes its braces apart.
    ///
    /// - Parameter value: Gives the value of a parameter.
    /// - Returns: One pattern without braces for each combination of their alternatives, with its text.
    /// - Throws: ``InvalidPattern`` with a place in the scalar's text.
    func globs(_ value: (String) -> String?) throws(InvalidPattern) -> [(text: String, glob: Glob)] {
        try Glob.each(characters(value))
    }

    private func characters(_ value: (String) -> String?) -> [Glob.Character] {
        var characters: [Glob.Character] = []
        var offset = 0
        for part in parts {
            switch part {
            case .text(let text):
                for scalar in text.unicodeScalars {
                    characters.append(.init(scalar: scalar, isLiteral: false, offset: offset))
                    offset += 1
                }
            case .reference(let name):
                for scalar in (value(name.value) ?? "").unicodeScalars {
                    characters.append(.init(scalar: scalar, isLiteral: true, offset: offset))
                }
                offset += name.value.unicodeScalars.count + 3  // `${` and `}`
            }
        }
        return characters
    }
}
