import MarkedYAML
import RunOutputs

/// Renders a planned upload for the summary of a job: the rules, their destinations, and what is left over.
public struct PlanMarkdown: Sendable {
    public var upload: PlannedUpload
    /// Which run it is for, in lines of text.
    public var heading: String

    /// The most bytes: GitHub drops summaries of a mebibyte without a word.
    public static let summaryLimit = 900 << 10

    /// Joins a plan and the description of its run.
    public init(_ upload: PlannedUpload, heading: String) {
        self.upload = upload
        self.heading = heading
    }

    /// The rendering: a table of rules, then every destination as far as the limit allows, and how many are not shown.
    ///
    /// - Parameter limit: The most bytes.
    /// - Returns: Markdown.
    public func text(limit: Int = summaryLimit) -> String {
        var text = "### Upload plan\n\n\(upload.totals.text)\n\n"
        for line in heading.split(separator: "\n") { text += "\(String(line).inMarkdown)  \n" }
        text += "\n| Rule | Objects | Bytes | Destination | |\n|---|--:|--:|---|---|\n"
        let operations = Dictionary(grouping: upload.operations, by: \.rule)
        for index in upload.rules.indices { text += row(upload.rules[index], operations[index] ?? []) }
        var rows: [String] = []
        for index in upload.rules.indices {
            for operation in operations[index] ?? [] { rows.append(row(operation)) }
        }
        text += section(
            "Destinations", "| Key | From | Size | Rule |\n|---|---|--:|---|\n", rows, limit: limit, used: text)
        let leftovers = upload.leftovers.map {
            "| \($0.path.text.codeInMarkdown) | \($0.version.knownSize?.byteText ?? "") |\n"
        }
        return text
            + section(
                "Leftovers", "| File that no rule takes | Size |\n|---|--:|\n", leftovers, limit: limit, used: text)
    }

    private func row(_ rule: PlannedRule, _ operations: [UploadOperation]) -> String {
        let bytes = operations.reduce(0) { $0 + ($1.size ?? 0) }
        let remarks =
            [rule.status.reason].compactMap(\.self) + rule.problems.map { "**fails:** \($0.message.inMarkdown)" }
        return "| \(rule.name.inMarkdown) | \(operations.count) | \(bytes.byteText) | "
            + "\(rule.destination.key.text.codeInMarkdown) | \(remarks.joined(separator: "<br>")) |\n"
    }

    private func row(_ operation: UploadOperation) -> String {
        let source: String =
            switch operation.source {
            case .file(let file): file.path.text.codeInMarkdown
            case .archive(let recipe): "\(recipe.members.count.counted("file")) as \(recipe.format.rawValue)"
            case .index(let recipe): "list of \(recipe.operations.count.counted("object"))"
            }
        return "| \(operation.destination.key.text.codeInMarkdown) | \(source) | \(operation.size?.byteText ?? "") | "
            + "\(upload.rules[operation.rule].name.inMarkdown) |\n"
    }

    private func section(_ title: String, _ head: String, _ rows: [String], limit: Int, used: String) -> String {
        guard !rows.isEmpty else { return "" }
        var text = "\n<details><summary>\(title): \(rows.count)</summary>\n\n\(head)"
        let budget = limit - used.utf8.count - 200
        for (index, row) in rows.enumerated() {
            guard text.utf8.count + row.utf8.count <= budget else {
                text += "\n… and \(rows.count - index) more; `therock-upload plan --explain` lists them all.\n"
                break
            }
            text += row
        }
        return text + "\n</details>\n"
    }
}

extension String {
    /// The text so that Markdown shows it and does not act on it.
    package var inMarkdown: String {
        var text = ""
        for scalar in printable.unicodeScalars {
            switch scalar {
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "&": text += "&amp;"
            case "|", "`", "*", "_", "[", "]", "\\", "#", "~": text += "\\\(scalar)"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// The text as code in a cell of a table.
    var codeInMarkdown: String { "<code>\(inMarkup)</code>" }

    /// The text so that it is not markup, in a cell of a table.
    var inMarkup: String {
        var text = ""
        for scalar in printable.unicodeScalars {
            switch scalar {
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "&": text += "&amp;"
            case "|": text += "&#124;"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
