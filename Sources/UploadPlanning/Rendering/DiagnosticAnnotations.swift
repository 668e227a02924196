import MarkedYAML

/// Renders diagnostics as workflow commands, which GitHub shows beside the lines of a pull request.
///
/// GitHub shows at most ten annotations of a kind for a step, and drops the rest without a word. So errors come first,
/// and the tenth line says what is not shown.
public enum DiagnosticAnnotations {
    /// The most annotations that are written.
    public static let limit = 10

    /// Renders the diagnostics, errors first.
    public static func render(_ diagnostics: [Diagnostic]) -> String {
        let ordered = diagnostics.filter { $0.severity == .error } + diagnostics.filter { $0.severity != .error }
        guard ordered.count > limit else { return ordered.map(line).joined() }
        let shown = ordered[..<(limit - 1)]
        let rest = ordered[(limit - 1)...]
        let errors = rest.count { $0.severity == .error }
        let parts = [
            errors > 0 ? errors.counted("error") : nil,
            rest.count > errors ? (rest.count - errors).counted("warning") : nil,
        ]
        let count = parts.compactMap(\.self).joined(separator: " and ")
        let level = errors > 0 ? "error" : "warning"
        return shown.map(line).joined()
            + "::\(level) title=therock-upload::\(count) more not shown; `therock-upload validate` prints them all\n"
    }

    private static func line(_ diagnostic: Diagnostic) -> String {
        var properties: [(name: String, value: String)] = []
        if !diagnostic.file.isEmpty { properties.append(("file", diagnostic.file)) }
        if let range = diagnostic.range {
            properties.append(("line", "\(range.lowerBound.line)"))
            properties.append(("endLine", "\(range.upperBound.line)"))
            // GitHub refuses columns of an annotation that spans lines.
            if range.lowerBound.line == range.upperBound.line {
                properties.append(("col", "\(range.lowerBound.column)"))
                properties.append(("endColumn", "\(range.upperBound.column)"))
            }
        }
        properties.append(("title", diagnostic.code.rawValue))
        let text = ([diagnostic.message] + diagnostic.notes.map(text) + diagnostic.help.map { "help: \($0)" })
            .joined(separator: "\n")
        let list = properties.map { "\($0.name)=\($0.value.escaped(isProperty: true))" }.joined(separator: ",")
        return "::\(diagnostic.severity.rawValue) \(list)::\(text.escaped(isProperty: false))\n"
    }

    private static func text(_ note: Diagnostic.Note) -> String {
        "\(note.file):\(note.range.lowerBound.line): \(note.message)"
    }
}

extension String {
    /// The text as a workflow command takes it
    /// ([toolkit, command.ts](https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts)).
    fileprivate func escaped(isProperty: Bool) -> String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "%": text += "%25"
            case "\r": text += "%0D"
            case "\n": text += "%0A"
            case ":" where isProperty: text += "%3A"
            case "," where isProperty: text += "%2C"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
