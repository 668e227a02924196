import MarkedYAML

/// A text after suggestions were applied to it.
public struct FixedText: Hashable, Sendable {
    public var text: String
    /// How many places were changed.
    public var changes: Int
}

extension Collection<Diagnostic> {
    /// Applies the suggestions that are certain to the text of a file.
    ///
    /// Everything between the replaced places stays as it is, line breaks and a byte order mark included. Of
    /// suggestions that overlap, the first one is applied; suggestions that span lines are left to people.
    ///
    /// - Parameters:
    ///   - text: The file's text, as the diagnostics' places count it.
    ///   - file: The file's name in the diagnostics.
    /// - Returns: The new text.
    public func applyingCertainFixes(to text: String, of file: String) -> FixedText {
        let source = SourceText(text)
        let fixIts = filter { $0.file == file }.flatMap(\.fixIts).filter {
            $0.isCertain && $0.range.lowerBound.line == $0.range.upperBound.line
        }
        var result = FixedText(text: "", changes: 0)
        var rest = source.text.startIndex
        for fixIt in fixIts.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            guard let range = source.indices(of: fixIt.range), range.lowerBound >= rest else { continue }
            result.text += source.text[rest..<range.lowerBound] + fixIt.replacement
            result.changes += 1
            rest = range.upperBound
        }
        result.text += source.text[rest...]
        if text.unicodeScalars.first == "\u{FEFF}" { result.text = "\u{FEFF}" + result.text }
        return result
    }
}

extension SourceText {
    /// The part of the text that a range of one line marks, if there is such a line.
    fileprivate func indices(of range: SourceRange) -> Range<String.Index>? {
        guard lines.indices.contains(range.lowerBound.line - 1) else { return nil }
        let line = lines[range.lowerBound.line - 1].unicodeScalars
        func index(_ position: SourcePosition) -> String.Index? {
            line.index(line.startIndex, offsetBy: position.column - 1, limitedBy: line.endIndex)
        }
        guard let start = index(range.lowerBound), let end = index(range.upperBound) else { return nil }
        return start..<end
    }
}
