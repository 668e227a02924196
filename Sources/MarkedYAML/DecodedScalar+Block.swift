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
