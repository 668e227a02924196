import MarkedYAML
import RunOutputs

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
    public static func render(_ diagnostics: [Diagnostic]) -> String {
        diagnostics.map { $0.json.text + "\n" }.joined()
    }
}

/// Renders diagnostics as SARIF 2.1.0, which code scanning and editors read
/// ([the standard](https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html)).
public enum DiagnosticSARIF {
    /// Renders all diagnostics as one run of the tool.
    ///
    /// - Parameters:
    ///   - diagnostics: The diagnostics.
    ///   - version: The tool's version.
    /// - Returns: The log file's text.
    public static func render(_ diagnostics: [Diagnostic], version: String) -> String {
        let codes = Set(diagnostics.map(\.code)).sorted { $0.rawValue < $1.rawValue }
        let indices = Dictionary(uniqueKeysWithValues: codes.enumerated().map { ($1, $0) })
        let driver = JSONValue.object([
            ("name", .string("therock-upload")), ("semanticVersion", .string(version)),
            ("rules", .array(codes.map(rule))),
        ])
        let run = JSONValue.object([
            ("tool", .object([("driver", driver)])), ("columnKind", .string("unicodeCodePoints")),
            ("results", .array(diagnostics.map { result($0, ruleIndex: indices[$0.code] ?? 0) })),
        ])
        return JSONValue.object([
            ("$schema", .string("https://json.schemastore.org/sarif-2.1.0.json")), ("version", .string("2.1.0")),
            ("runs", .array([run])),
        ]).text(spreadTo: 4)
    }

    private static func rule(_ code: DiagnosticCode) -> JSONValue {
        guard let check = CheckDocument.entry(for: code) else { return .object([("id", .string(code.rawValue))]) }
        return .object([
            ("id", .string(code.rawValue)), ("shortDescription", .object([("text", .string(check.title))])),
            ("help", .object([("text", .string(check.text)), ("markdown", .string(check.text))])),
        ])
    }

    private static func result(_ diagnostic: Diagnostic, ruleIndex: Int) -> JSONValue {
        let text = ([diagnostic.message] + diagnostic.help).joined(separator: "\n")
        var members: [(name: String, value: JSONValue)] = [
            ("ruleId", .string(diagnostic.code.rawValue)), ("ruleIndex", .integer(Int64(ruleIndex))),
            ("level", .string(diagnostic.severity.rawValue)), ("message", .object([("text", .string(text))])),
        ]
        if !diagnostic.file.isEmpty {
            members.append(
                ("locations", .array([location(diagnostic.file, diagnostic.range, message: diagnostic.label)])))
        }
        if !diagnostic.notes.isEmpty {
            members.append(
                ("relatedLocations", .array(diagnostic.notes.map { location($0.file, $0.range, message: $0.message) })))
        }
        if !diagnostic.fixIts.isEmpty {
            members.append(("fixes", .array(diagnostic.fixIts.map { fix($0, in: diagnostic.file) })))
        }
        return .object(members)
    }

    private static func location(_ file: String, _ range: SourceRange?, message: String?) -> JSONValue {
        var location: [(name: String, value: JSONValue)] = [("artifactLocation", artifact(file))]
        if let range { location.append(("region", region(range))) }
        var members: [(name: String, value: JSONValue)] = [("physicalLocation", .object(location))]
        if let message { members.append(("message", .object([("text", .string(message))]))) }
        return .object(members)
    }

    private static func fix(_ fixIt: Diagnostic.FixIt, in file: String) -> JSONValue {
        let replacement = JSONValue.object([
            ("deletedRegion", region(fixIt.range)),
            ("insertedContent", .object([("text", .string(fixIt.replacement))])),
        ])
        return .object([
            ("description", .object([("text", .string("Write `\(fixIt.replacement)`"))])),
            (
                "artifactChanges",
                .array([.object([("artifactLocation", artifact(file)), ("replacements", .array([replacement]))])])
            ),
        ])
    }

    private static func artifact(_ file: String) -> JSONValue {
        .object([("uri", .string(file.percentEncodedPath))])
    }

    private static func region(_ range: SourceRange) -> JSONValue {
        .object([
            ("startLine", .integer(Int64(range.lowerBound.line))),
            ("startColumn", .integer(Int64(range.lowerBound.column))),
            ("endLine", .integer(Int64(range.upperBound.line))),
            ("endColumn", .integer(Int64(range.upperBound.column))),
        ])
    }
}
