public import RunOutputs

/// The vocabulary, as people and programs read it.
public struct VocabularyText {
    private let layout: Layout

    /// Takes the layout whose vocabulary it is.
    public init(_ layout: Layout) { self.layout = layout }

    /// A table for the terminal.
    public var plain: String {
        let rows = layout.terms.map { ($0.name, $0.placeholderPath, $0.summary) }
        let nameWidth = rows.map(\.0.count).max() ?? 0
        let pathWidth = rows.map(\.1.count).max() ?? 0
        let lines = rows.map { name, path, summary in
            let columns = name + String(repeating: " ", count: nameWidth - name.count + 2) + path
            let space = String(repeating: " ", count: pathWidth - path.count + 2)
            return columns + (summary.isEmpty ? "" : space + summary) + "\n"
        }
        return lines.joined()
            + "\nP is the run's prefix: \(prefixText). An argument marked ? may be empty.\n"
    }

    /// The prefix in words: `[{owner}-{repository}/]{run id}-{platform}`.
    private var prefixText: String {
        layout.prefixes.map { choice in
            choice.template.source.replacing("${\(Layout.externalPrefix)}", with: "[{owner}-{repository}/]")
                .replacing("${\(Layout.runID)}", with: "{run id}").replacing("${", with: "{")
                + (choice.releaseTypes.map { " for \($0.joined(separator: ", "))" } ?? "")
        }.joined(separator: ", else ")
    }

    /// A table for documents.
    public var markdown: String {
        let head = "| Term | Arguments | Kind | Path | What lives there |\n|---|---|---|---|---|\n"
        return head
            + layout.terms.map { term in
                let arguments = term.parameters.map { "`\($0.name)`\($0.mayBeEmpty ? " (may be empty)" : "")" }
                return
                    "| `\(term.name)` | \(arguments.joined(separator: ", ")) | \(term.kind.rawValue) | `\(term.placeholderPath)` | "
                    + "\(term.summary) |\n"
            }.joined()
    }

    /// An object with one term to a line.
    public var json: String {
        var document = JSONDocument()
        document.add("format", .string("therock-upload/vocabulary/v1"))
        document.add("terms", layout.terms, json)
        return document.finished
    }

    private func json(_ term: OutputTerm) -> JSONValue {
        .object([
            ("name", .string(term.name)), ("kind", .string(term.kind.rawValue)),
            ("path", .string(term.placeholderPath)),
            (
                "arguments",
                .array(
                    term.parameters.map { parameter in
                        .object([
                            ("name", .string(parameter.name)), ("may_be_empty", .flag(parameter.mayBeEmpty)),
                            ("values", parameter.legalValues.map { .array($0.map { .string($0) }) } ?? .null),
                            ("summary", .string(parameter.summary)),
                        ])
                    })
            ), ("summary", .string(term.summary)),
        ])
    }
}

extension OutputTerm {
    /// The path with `P` for the run's prefix.
    fileprivate var placeholderPath: String { path.isEmpty ? "P" : "P/\(path)" }
}
