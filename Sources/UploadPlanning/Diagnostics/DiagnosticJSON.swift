import MarkedYAML

extension Diagnostic {
    /// The diagnostic as a JSON object (docs/checks.md).
    public var json: JSONValue {
        .object(
            [
                ("code", .string(code.rawValue)), ("severity", .string(severity.rawValue)),
                ("message", .string(message)), ("file", file.isEmpty ? .null : .string(file)),
            ] + SourceRange.members(of: range) + [
                ("label", label.map { .string($0) } ?? .null),
                (
                    "notes",
                    .array(
                        notes.map { note in
                            .object(
                                [("message", .string(note.message)), ("file", .string(note.file))]
                                    + SourceRange.members(of: note.range))
                        })
                ), ("help", .array(help.map { .string($0) })),
                (
                    "fixes",
                    .array(
                        fixIts.map { fixIt in
                            .object(
                                SourceRange.members(of: fixIt.range) + [
                                    ("replacement", .string(fixIt.replacement)), ("certain", .flag(fixIt.isCertain)),
                                ])
                        })
                ),
            ])
    }
}

extension SourceRange {
    /// Line and column of both ends, from 1; the end is the first place behind the range.
    fileprivate static func members(of range: SourceRange?) -> [(name: String, value: JSONValue)] {
        func number(_ number: Int?) -> JSONValue { number.map { .integer(Int64($0)) } ?? .null }
        return [
            ("line", number(range?.lowerBound.line)), ("column", number(range?.lowerBound.column)),
            ("end_line", number(range?.upperBound.line)), ("end_column", number(range?.upperBound.column)),
        ]
    }
}

/// Renders diagnostics for programs: one JSON object to a line.
public enum DiagnosticJSON {
    /// Renders all diagnostics.
    public static func render(_ diagnostics: [Diagnostic]) -> String {
        diagnostics.map { $0.json.text + "\n" }.joined()
    }
}
