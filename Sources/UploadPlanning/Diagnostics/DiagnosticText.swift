public import MarkedYAML

/// Renders diagnostics for people: the message, the place, the line with the span underlined, and what to do.
public struct DiagnosticText: Sendable {
    /// The files that diagnostics point into, by the name they have in diagnostics.
    public var sources: [String: SourceText]
    public var style: TextStyle

    /// The longest message that is shown as it is, in code points.
    private static let maximumMessageLength = 600

    public init(sources: [String: SourceText], style: TextStyle = .plain) {
        self.sources = sources
        self.style = style
    }

    /// The most diagnostics that are shown: a generated plan can have one mistake thousands of times.
    private static let maximumCount = 50

    /// Renders diagnostics with a count at the end; nothing if there are none.
    ///
    /// Of very many the first errors are shown, and warnings where there is room left.
    public func render(_ diagnostics: [Diagnostic]) -> String {
        guard !diagnostics.isEmpty else { return "" }
        guard diagnostics.count > Self.maximumCount else {
            return diagnostics.map { render($0) + "\n" }.joined() + summary(diagnostics) + "\n"
        }
        let errors = diagnostics.lazy.filter { $0.severity == .error }.prefix(Self.maximumCount)
        let warnings = diagnostics.lazy.filter { $0.severity != .error }.prefix(Self.maximumCount - errors.count)
        return (Array(errors) + warnings).map { render($0) + "\n" }.joined() + summary(diagnostics)
            + "; \(Self.maximumCount) are shown\n"
    }

    public func render(_ diagnostic: Diagnostic) -> String {
        let color: TextStyle.Color = diagnostic.severity == .error ? .red : .yellow
        let head = style.paint("\(diagnostic.severity.rawValue)[\(diagnostic.code.rawValue)]", color, .bold)
        var lines = ["\(head): \(style.paint(shown(diagnostic.message), .bold))"]
        let width = gutterWidth(diagnostic)
        if let range = diagnostic.range {
            lines += snippet(
                diagnostic.file, range, label: diagnostic.label, mark: "^", color: color, arrow: "-->", width: width)
        }
        for note in diagnostic.notes {
            lines += snippet(
                note.file, note.range, label: note.message, mark: "-", color: .blue, arrow: ":::", width: width)
        }
        let bar = style.paint("=", .blue)
        for help in diagnostic.help {
            lines.append(
                "\(String(repeating: " ", count: width)) \(bar) \(style.paint("help", .cyan)): \(shown(help))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A text from the plan may be as long as the plan: both its ends tell enough.
    private func shown(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard scalars.count > Self.maximumMessageLength else { return text.printable }
        let half = Self.maximumMessageLength / 2
        return String(scalars.prefix(half)).printable + " … " + String(scalars.suffix(half)).printable
    }

    private func summary(_ diagnostics: [Diagnostic]) -> String {
        let errors = diagnostics.count { $0.severity == .error }
        let parts = [
            errors > 0 ? errors.counted("error") : nil,
            diagnostics.count > errors ? (diagnostics.count - errors).counted("warning") : nil,
        ]
        return parts.compactMap(\.self).joined(separator: ", ")
    }

    private func gutterWidth(_ diagnostic: Diagnostic) -> Int {
        let ranges = [diagnostic.range].compactMap(\.self) + diagnostic.notes.map(\.range)
        return ranges.map { String($0.lowerBound.line).count }.max() ?? 1
    }

    private func snippet(
        _ file: String, _ range: SourceRange, label: String?, mark: Character, color: TextStyle.Color, arrow: String,
        width: Int
    ) -> [String] {
        let start = range.lowerBound
        let blank = String(repeating: " ", count: width)
        let bar = style.paint("|", .blue)
        let place = "\(blank)\(style.paint(arrow, .blue)) \(file.printable):\(start.line):\(start.column)"
        guard let lines = sources[file]?.lines, lines.indices.contains(start.line - 1) else { return [place] }
        let underlined = UnderlinedLine(lines[start.line - 1], range: range, isLastLine: start.line == lines.count)
        let number = String(repeating: " ", count: width - String(start.line).count) + String(start.line)
        let underline = style.paint(String(repeating: mark, count: underlined.length), color, .bold)
        let text = label.map { " " + style.paint(shown($0), color) } ?? ""
        return [
            place, "\(blank) \(bar)", "\(style.paint(number, .blue)) \(bar) \(underlined.text)",
            "\(blank) \(bar) \(String(repeating: " ", count: underlined.indent))\(underline)\(text)",
        ]
    }
}

/// A line as it is shown, and where its underline goes in columns of a terminal.
private struct UnderlinedLine {
    /// The longest line that is shown as it is, in code points.
    private static let maximumLength = 160

    var text: String
    var indent: Int
    var length: Int

    init(_ line: Substring, range: SourceRange, isLastLine: Bool) {
        let scalars = Array(line.unicodeScalars)
        let start = min(range.lowerBound.column - 1, scalars.count)
        let isOneLine = range.upperBound.line == range.lowerBound.line
        let end = isOneLine ? min(range.upperBound.column - 1, scalars.count) : scalars.count
        // Of a long line, such as a plan written as JSON, the part around the span is shown.
        let first = start > Self.maximumLength - 40 ? start - 40 : 0
        let last = min(scalars.count, first + Self.maximumLength)
        let before = first > 0 ? "…" : ""
        text = before + Self.shown(scalars[first..<last]) + (last < scalars.count ? "…" : "")
        indent = before.count + Self.width(scalars[first..<max(first, start)])
        length = max(1, Self.width(scalars[start..<max(start, min(end, last))]))
    }

    /// Tabs are shown as four blanks, so that the underline is below its text.
    private static func shown(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        String(String.UnicodeScalarView(scalars)).replacing("\t", with: "    ").printable
    }

    private static func width(_ scalars: ArraySlice<Unicode.Scalar>) -> Int {
        scalars.reduce(0) { $0 + ($1 == "\t" ? 4 : $1.terminalWidth) }
    }
}

extension Unicode.Scalar {
    /// How many columns of a terminal the code point takes: two for East Asian wide characters and emoji
    /// ([UAX #11](https://www.unicode.org/reports/tr11/)), none for combining marks.
    fileprivate var terminalWidth: Int {
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
            0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
