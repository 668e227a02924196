/// Why a text is no pattern.
struct InvalidPattern: Error, Hashable, Sendable {
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

    /// The first brace that is no member of a set.
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
