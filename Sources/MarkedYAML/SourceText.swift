/// A text cut into lines, as libyaml counts them.
public struct SourceText: Hashable, Sendable {
    /// The whole text, without a byte order mark at its start.
    public let text: String
    /// The lines without their breaks, at least one: a text that ends with a break ends with an empty line.
    ///
    /// A line break is `\n`, `\r\n` or `\r`, and nothing else: ``checked(_:limits:)`` refuses the other characters that
    /// libyaml would take for one.
    public let lines: [Substring]

    /// Cuts a text into lines without checking it, for showing it next to a message.
    ///
    /// A byte order mark at the start is dropped, so that columns agree with those of a checked text.
    ///
    /// - Parameter text: Any text. For bytes that are not UTF-8, pass `String(decoding: bytes, as: UTF8.self)`.
    public init(_ text: String) {
        var text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        text.makeContiguousUTF8()
        self.text = text
        self.lines = text.linesAsLibYAMLCounts()
    }

    /// Decodes and checks a text.
    ///
    /// - Parameters:
    ///   - bytes: The file as it is on disk.
    ///   - limits: Only `byteCount` is looked at.
    /// - Returns: A text that libyaml reads and in which it counts lines as editors do.
    /// - Throws: ``YAMLSyntaxError`` for a text that is too large or not UTF-8, or the first character of it that has no
    ///   place in a file that people edit.
    public static func checked(
        _ bytes: some Collection<UInt8>, limits: YAMLLimits = .standard
    ) throws(YAMLSyntaxError) -> SourceText {
        let byteCount = bytes.count
        guard byteCount <= limits.byteCount else {
            let start = SourcePosition(line: 1, column: 1)
            throw YAMLSyntaxError(
                "the file has \(byteCount) bytes, and at most \(limits.byteCount) are read", at: start..<start)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw invalidUTF8(in: bytes) }
        let source = SourceText(text)
        if let error = source.firstForbiddenCharacter() ?? source.excessiveTagDirective() { throw error }
        return source
    }

    /// Returns a range of one character at a position, or an empty one where the line has no character.
    ///
    /// - Parameter position: A place in the text, or after it: libyaml reports problems with the end of a text on a line
    ///   of its own, which need not exist.
    /// - Returns: A range on the line of `position` that starts there, or the end of the text.
    public func character(at position: SourcePosition) -> SourceRange {
        guard position.line <= lines.count else { return end..<end }
        let line = lines[position.line - 1].unicodeScalars
        guard line.dropFirst(position.column - 1).first != nil else { return position..<position }
        return position..<SourcePosition(line: position.line, column: position.column + 1)
    }
}

extension SourceText {
    /// How many `%TAG` directives a text may have.
    ///
    /// libyaml compares each with all before it: 60,000 of them, which fit into a mebibyte, took it seven seconds.
    static let tagDirectiveLimit = 64

    private func excessiveTagDirective() -> YAMLSyntaxError? {
        let directives = lines.indices.lazy.filter { lines[$0].utf8.starts(with: "%TAG".utf8) }
        guard let index = directives.dropFirst(Self.tagDirectiveLimit).first else { return nil }
        return .tooManyTagDirectives(at: character(at: SourcePosition(line: index + 1, column: 1)))
    }

    /// Where the text ends.
    private var end: SourcePosition {
        SourcePosition(line: lines.count, column: (lines.last?.unicodeScalars.count ?? 0) + 1)
    }

    /// Finds the first byte that is not UTF-8.
    private static func invalidUTF8(in bytes: some Collection<UInt8>) -> YAMLSyntaxError {
        var rest = bytes.makeIterator()
        var parser = UTF8.ForwardParser()
        var counter = PositionCounter()
        var offset = 0
        while case .valid(let encoded) = parser.parseScalar(from: &rest) {
            let scalar = UTF8.decode(encoded)
            if offset > 0 || scalar != "\u{FEFF}" { counter.advance(over: scalar) }
            offset += encoded.count
        }
        let byte = bytes.dropFirst(offset).first ?? 0
        return YAMLSyntaxError(
            "byte \(hexadecimal(UInt32(byte), digits: 2)) at offset \(offset) is not UTF-8; save the file as UTF-8",
            at: counter.characterRange)
    }

    private func firstForbiddenCharacter() -> YAMLSyntaxError? {
        // Most texts have none that could be.
        guard text.hasUnusualBytes else { return nil }
        var counter = PositionCounter()
        for scalar in text.unicodeScalars {
            if let reason = scalar.reasonToForbid {
                let digits = hexadecimal(scalar.value, digits: 4)
                return YAMLSyntaxError(
                    "U+\(digits) \(reason); remove it, or write \"\\u\(digits)\" in double quotes",
                    at: counter.characterRange)
            }
            counter.advance(over: scalar)
        }
        return nil
    }
}

extension Unicode.Scalar {
    /// Why a file may not hold this character, or `nil` if it may.
    fileprivate var reasonToForbid: String? {
        switch value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E: nil
        case 0x85, 0x2028, 0x2029: "is a line break in YAML but not in every editor, so line numbers would differ"
        case 0x00...0x1F, 0x7F...0x9F: "is a control character"
        case 0xFEFF: "is a byte order mark, which is allowed only at the start of the file"
        case 0xFFFE, 0xFFFF: "is not a character"
        default: nil
        }
    }
}

extension String {
    /// Whether there is more than printable ASCII, tabs and line breaks.
    fileprivate var hasUnusualBytes: Bool {
        let bytes = utf8Span.span
        for offset in bytes.indices where !(0x20...0x7E ~= bytes[offset]) {
            if ![0x09, 0x0A, 0x0D].contains(bytes[offset]) { return true }
        }
        return false
    }

    /// Cuts where libyaml sees a line break.
    ///
    /// The text must be contiguous to be cut in linear time.
    fileprivate func linesAsLibYAMLCounts() -> [Substring] {
        let bytes = utf8Span.span
        func index(_ offset: Int) -> Index { utf8.index(startIndex, offsetBy: offset) }
        var lines: [Substring] = []
        var (start, offset) = (0, 0)
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else { continue }
            lines.append(self[index(start)..<index(offset - 1)])
            let isPair = byte == UInt8(ascii: "\r") && offset < bytes.count && bytes[offset] == UInt8(ascii: "\n")
            if isPair { offset += 1 }
            start = offset
        }
        lines.append(self[index(start)...])
        return lines
    }
}

/// Writes a number as upper-case hexadecimal digits, at least so many.
private func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}

/// Finds the character at an offset that libyaml counted, which is in code points from the start.
///
/// Swift's strings count in bytes, which is the same for ASCII. For other texts one index in ``stride`` is kept, so that a
/// lookup walks over less than that many code points wherever it lands, and a tree of any shape costs linear time.
struct CodePoints {
    private static let stride = 64

    private let text: String
    /// `nil` for ASCII.
    private let checkpoints: [String.Index]?
    /// How many code points there are.
    let count: Int

    init(_ text: String) {
        self.text = text
        var bytes = text.utf8Span
        guard !bytes.checkForASCII() else {
            checkpoints = nil
            count = text.utf8.count
            return
        }
        var checkpoints: [String.Index] = []
        var count = 0
        for index in text.unicodeScalars.indices {
            if count.isMultiple(of: Self.stride) { checkpoints.append(index) }
            count += 1
        }
        self.checkpoints = checkpoints
        self.count = count
    }

    /// The code point at an offset, or `nil` at the end.
    subscript(offset: Int) -> Unicode.Scalar? {
        offset < count ? text.unicodeScalars[index(offset)] : nil
    }

    /// The characters between two offsets.
    subscript(offsets: Range<Int>) -> Substring {
        text[index(offsets.lowerBound)..<index(offsets.upperBound)]
    }

    private func index(_ offset: Int) -> String.Index {
        guard offset < count else { return text.endIndex }
        guard let checkpoints else { return text.utf8.index(text.startIndex, offsetBy: offset) }
        return text.unicodeScalars.index(checkpoints[offset / Self.stride], offsetBy: offset % Self.stride)
    }
}

/// Counts lines and columns while walking over code points, as libyaml does.
struct PositionCounter {
    private(set) var position: SourcePosition
    private var followsCarriageReturn = false

    init(at position: SourcePosition = SourcePosition(line: 1, column: 1)) {
        self.position = position
    }

    /// The character at the position, if there is one.
    var characterRange: SourceRange {
        position..<SourcePosition(line: position.line, column: position.column + 1)
    }

    /// Steps over one code point.
    ///
    /// Both halves of `\r\n` together are one line break.
    mutating func advance(over scalar: Unicode.Scalar) {
        switch scalar {
        case "\n" where followsCarriageReturn: break
        case "\n", "\r": position = SourcePosition(line: position.line + 1, column: 1)
        default: position.column += 1
        }
        followsCarriageReturn = scalar == "\r"
    }
}
