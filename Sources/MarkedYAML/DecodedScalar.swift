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
