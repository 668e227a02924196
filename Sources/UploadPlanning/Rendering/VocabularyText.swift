import RunOutputs

/// The vocabulary, as people and programs read it.
public enum VocabularyText {
    /// A table for the terminal.
    public static var plain: String {
        let rows = OutputTerm.allCases.map { ($0.name, $0.path, $0.definition.summary) }
        let nameWidth = rows.map(\.0.count).max() ?? 0
        let pathWidth = rows.map(\.1.count).max() ?? 0
        let lines = rows.map { name, path, summary in
            name + String(repeating: " ", count: nameWidth - name.count + 2) + path
                + String(repeating: " ", count: pathWidth - path.count + 2) + summary + "\n"
        }
        return lines.joined()
            + "\nP is the run's prefix: [{owner}-{repository}/]{run id}-{platform}. An argument marked ? may be empty.\n"
    }

    /// A table for documents.
    public static var markdown: String {
        let head = "| Term | Arguments | Kind | Path | What lives there |\n|---|---|---|---|---|\n"
        return head
            + OutputTerm.allCases.map { term in
                let arguments = term.parameters.map { "`\($0.argument.name)`\($0.mayBeEmpty ? " (may be empty)" : "")" }
                return
                    "| `\(term.name)` | \(arguments.joined(separator: ", ")) | \(term.kind.rawValue) | `\(term.path)` | "
                    + "\(term.definition.summary) |\n"
            }.joined()
    }

    /// An object with one term to a line.
    public static var json: String {
        var document = JSONDocument()
        document.add("format", .string("therock-upload/vocabulary/v1"))
        document.add("terms", OutputTerm.allCases, json)
        return document.finished
    }

    private static func json(_ term: OutputTerm) -> JSONValue {
        .object([
            ("name", .string(term.name)), ("kind", .string(term.kind.rawValue)), ("path", .string(term.path)),
            (
                "arguments",
                .array(
                    term.parameters.map { parameter in
                        .object([
                            ("name", .string(parameter.argument.name)), ("may_be_empty", .flag(parameter.mayBeEmpty)),
                            ("values", parameter.argument.legalValues.map { .array($0.map { .string($0) }) } ?? .null),
                            ("summary", .string(parameter.argument.summary)),
                        ])
                    })
            ), ("summary", .string(term.definition.summary)),
        ])
    }
}

extension OutputTerm {
    /// The path with `P` for the run's prefix.
    fileprivate var path: String { definition.template.isEmpty ? "P" : "P/\(definition.template)" }
}
