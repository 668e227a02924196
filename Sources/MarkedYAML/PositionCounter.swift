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
