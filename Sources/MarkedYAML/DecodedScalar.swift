/// A scalar's text, decoded again from the source so that each code point knows what it was written as.
struct DecodedScalar {
    /// One code point of the text.
    struct Unit {
        var codePoint: Unicode.Scalar
        /// What it was written as: offsets in the raw text.
        var source: Range<Int>
    }

    private(set) var units: [Unit] = []

    /// Decodes a scalar, or returns `nil` if the raw text does not have the shape that its style asks for.
    ///
    /// - Parameters:
    ///   - raw: The source text of the scalar, without anchor and tag.
    ///   - scalar: The scalar, for its style, and for the indentation of a block, which the raw text does not tell.
    init?(_ raw: [Unicode.Scalar], like scalar: Scalar) {
        switch scalar.style {
        case .plain:
            guard decodeFlow(FlowCursor(raw, range: raw.indices), style: .plain) else { return nil }
        case .singleQuoted, .doubleQuoted:
            let quote: Unicode.Scalar = scalar.style == .singleQuoted ? "'" : "\""
            guard raw.count >= 2, raw.first == quote, raw.last == quote else { return nil }
            guard decodeFlow(FlowCursor(raw, range: 1..<raw.count - 1), style: scalar.style) else { return nil }
        case .literal, .folded:
            guard let block = BlockLines(raw, text: scalar.text) else { return nil }
            decodeBlock(block, folds: scalar.style == .folded)
        }
    }

    mutating func append(_ codePoint: Unicode.Scalar, from source: Range<Int>) {
        units.append(Unit(codePoint: codePoint, source: source))
    }

    mutating func append(_ unit: Unit) {
        units.append(unit)
    }
}

extension Unicode.Scalar {
    /// Whether this is a space or a tab.
    var isYAMLBlank: Bool { self == " " || self == "\t" }
    /// Whether this ends a line.
    var isYAMLBreak: Bool { self == "\n" || self == "\r" }
}

/// A place in the raw text of a plain or quoted scalar.
struct FlowCursor {
    let raw: [Unicode.Scalar]
    let end: Int
    var index: Int

    init(_ raw: [Unicode.Scalar], range: Range<Int>) {
        self.raw = raw
        self.index = range.lowerBound
        self.end = range.upperBound
    }

    func peek(_ distance: Int = 0) -> Unicode.Scalar? {
        index + distance < end ? raw[index + distance] : nil
    }

    /// Steps over spaces, tabs and line breaks, and returns how many line breaks there were.
    mutating func skipSpace() -> Int {
        var breaks = 0
        while let next = peek(), next.isYAMLBlank || next.isYAMLBreak {
            if next.isYAMLBreak { breaks += 1 }
            index += next == "\r" && peek(1) == "\n" ? 2 : 1
        }
        return breaks
    }
}

extension DecodedScalar {
    /// Decodes what comes between the quotes, or a plain scalar.
    mutating func decodeFlow(_ start: FlowCursor, style: Scalar.Style) -> Bool {
        var cursor = start
        while let next = cursor.peek() {
            switch next {
            case " ", "\t", "\n", "\r": foldSpace(&cursor)
            case "'" where style == .singleQuoted:
                guard cursor.peek(1) == "'" else { return false }
                append("'", from: cursor.index..<cursor.index + 2)
                cursor.index += 2
            case "\\" where style == .doubleQuoted:
                guard decodeEscape(&cursor) else { return false }
            default:
                append(next, from: cursor.index..<cursor.index + 1)
                cursor.index += 1
            }
        }
        return true
    }

    /// Keeps spaces inside a line; one line break with the space around it becomes a space, and more lose the first.
    private mutating func foldSpace(_ cursor: inout FlowCursor) {
        let start = cursor.index
        let breaks = cursor.skipSpace()
        switch breaks {
        case 0: for index in start..<cursor.index { append(cursor.raw[index], from: index..<index + 1) }
        case 1: append(" ", from: start..<cursor.index)
        default: for _ in 1..<breaks { append("\n", from: start..<cursor.index) }
        }
    }

    private mutating func decodeEscape(_ cursor: inout FlowCursor) -> Bool {
        let start = cursor.index
        guard let code = cursor.peek(1) else { return false }
        if code.isYAMLBreak { return skipEscapedBreak(&cursor) }
        if let digits = Self.digitCounts[code] {
            var value: UInt32 = 0
            for distance in 2..<2 + digits {
                guard let digit = cursor.peek(distance)?.hexadecimalValue else { return false }
                value = value << 4 | digit
            }
            guard let codePoint = Unicode.Scalar(value) else { return false }
            cursor.index += 2 + digits
            append(codePoint, from: start..<cursor.index)
            return true
        }
        guard let codePoint = Self.escapes[code] else { return false }
        cursor.index += 2
        append(codePoint, from: start..<cursor.index)
        return true
    }

    /// Drops the line break after a backslash and the space after it, but keeps further line breaks.
    private mutating func skipEscapedBreak(_ cursor: inout FlowCursor) -> Bool {
        let start = cursor.index
        cursor.index += 1
        for _ in 1..<max(1, cursor.skipSpace()) { append("\n", from: start..<cursor.index) }
        return true
    }

    /// How many digits an escape has.
    private static let digitCounts: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]

    /// The escapes of one character.
    private static let escapes: [Unicode.Scalar: Unicode.Scalar] = [
        "0": "\0", "a": "\u{07}", "b": "\u{08}", "t": "\t", "\t": "\t", "n": "\n", "v": "\u{0B}", "f": "\u{0C}",
        "r": "\r", "e": "\u{1B}", " ": " ", "\"": "\"", "/": "/", "\\": "\\", "N": "\u{85}", "_": "\u{A0}",
        "L": "\u{2028}", "P": "\u{2029}",
    ]
}

extension Unicode.Scalar {
    /// The value of a hexadecimal digit.
    fileprivate var hexadecimalValue: UInt32? {
        isASCII ? Character(self).hexDigitValue.map(UInt32.init) : nil
    }
}

/// The raw text of a literal or folded block, cut into lines.
struct BlockLines {
    /// A line break, and the spaces of the indentation after it.
    struct Break {
        var lineBreak: Range<Int>
        var end: Int
    }

    enum Chomping { case clip, strip, keep }

    let raw: [Unicode.Scalar]
    let chomping: Chomping
    /// Where the line after the header starts.
    let bodyStart: Int
    let indentation: Int

    /// Reads the header, and finds the indentation by comparing the first line that has text with what became of it.
    ///
    /// The raw text alone does not tell it: an indentation indicator (`|2`) counts from the parent's indentation.
    init?(_ raw: [Unicode.Scalar], text: String) {
        guard let headerEnd = raw.firstIndex(where: \.isYAMLBreak) else { return nil }
        let header = raw[..<headerEnd].dropFirst().prefix { $0 == "-" || $0 == "+" || ("1"..."9").contains($0) }
        self.raw = raw
        chomping = header.contains("-") ? .strip : header.contains("+") ? .keep : .clip
        bodyStart = Self.indexAfterBreak(at: headerEnd, in: raw)
        guard let inSource = Self.leadingSpaces(raw[bodyStart...]), let inText = Self.leadingSpaces(text.unicodeScalars)
        else { return nil }
        indentation = inSource - inText
    }

    /// Counts the spaces before the first character that is not a space or a line break.
    private static func leadingSpaces(_ text: some Sequence<Unicode.Scalar>) -> Int? {
        var count = 0
        for codePoint in text {
            switch codePoint {
            case " ": count += 1
            case "\n", "\r": count = 0
            default: return count
            }
        }
        return nil
    }

    private static func indexAfterBreak(at index: Int, in raw: [Unicode.Scalar]) -> Int {
        let isPair = raw[index] == "\r" && index + 1 < raw.count && raw[index + 1] == "\n"
        return index + (isPair ? 2 : 1)
    }

    /// Reads the line break at an index, if there is one, and the indentation after it.
    func lineBreak(at index: Int) -> Break? {
        guard index < raw.count, raw[index].isYAMLBreak else { return nil }
        let next = Self.indexAfterBreak(at: index, in: raw)
        return Break(lineBreak: index..<next, end: skipIndentation(at: next))
    }

    /// Steps over as many spaces as the block is indented, or fewer if there are not so many.
    func skipIndentation(at start: Int) -> Int {
        var index = start
        while index < raw.count, index - start < indentation, raw[index] == " " { index += 1 }
        return index
    }
}

extension DecodedScalar {
    /// Decodes a block line by line, in the order of libyaml's scanner.
    mutating func decodeBlock(_ block: BlockLines, folds: Bool) {
        var index = block.skipIndentation(at: block.bodyStart)
        var leading: BlockLines.Break?
        var trailing = readBreaks(block, &index)
        var followsBlank = false
        while index < block.raw.count {
            let isBlank = block.raw[index].isYAMLBlank
            if let lineBreak = leading {
                if folds && !followsBlank && !isBlank {
                    if trailing.isEmpty { append(" ", from: lineBreak.lineBreak.lowerBound..<index) }
                } else {
                    append("\n", from: lineBreak.lineBreak)
                }
            }
            appendBreaks(trailing)
            followsBlank = isBlank
            while index < block.raw.count, !block.raw[index].isYAMLBreak {
                append(block.raw[index], from: index..<index + 1)
                index += 1
            }
            leading = block.lineBreak(at: index)
            index = leading?.end ?? index
            trailing = readBreaks(block, &index)
        }
        if block.chomping != .strip, let lineBreak = leading { append("\n", from: lineBreak.lineBreak) }
        if block.chomping == .keep { appendBreaks(trailing) }
    }

    private func readBreaks(_ block: BlockLines, _ index: inout Int) -> [BlockLines.Break] {
        var breaks: [BlockLines.Break] = []
        while let next = block.lineBreak(at: index) {
            breaks.append(next)
            index = next.end
        }
        return breaks
    }

    private mutating func appendBreaks(_ breaks: [BlockLines.Break]) {
        for next in breaks { append("\n", from: next.lineBreak) }
    }
}
