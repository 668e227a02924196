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
    /// Decodes what stands between the quotes, or a plain scalar.
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
