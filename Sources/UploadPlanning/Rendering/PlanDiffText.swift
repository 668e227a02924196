import RunOutputs

/// Renders the difference of two plans for people and programs.
public struct PlanDiffText: Sendable {
    /// The difference.
    public var diff: PlanDiff
    /// Whether to use colour.
    public var style: TextStyle

    /// The most characters that GitHub takes as a comment.
    public static let commentLimit = 65_536

    /// Joins a difference and a style.
    public init(_ diff: PlanDiff, style: TextStyle = .plain) {
        self.diff = diff
        self.style = style
    }

    /// How much differs, in one line.
    public var totals: String {
        let counts = diff.counts
        guard !diff.isEmpty else { return "No differences: \(diff.unchanged.counted("object")) unchanged." }
        let parts = [
            (counts.added, "appear", "appears"), (counts.removed, "vanish", "vanishes"),
            (counts.moved, "move", "moves"),
            (counts.changed, "change", "changes"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.0 == 1 ? $0.2 : $0.1)" }
        return "Differences: \(parts.joined(separator: ", ")), \(diff.unchanged) unchanged."
    }

    /// Every difference by rule, and the totals.
    public func text() -> String {
        var text = ""
        var rule: String?
        for change in diff.changes {
            if change.entry.rule != rule {
                rule = change.entry.rule
                text += style.paint(change.entry.rule.printable, .bold) + "\n"
            }
            text += "  \(line(change))\n"
        }
        return text + (text.isEmpty ? "" : "\n") + totals + "\n"
    }

    private func line(_ change: PlanDiff.Change) -> String {
        let color: TextStyle.Color =
            switch change {
            case .added: .green
            case .removed: .red
            case .moved: .cyan
            case .changed: .yellow
            }
        return "\(style.paint(change.symbol, color)) \(change.words)"
    }

    /// Every difference as JSON, in the format `therock-upload/diff/v1`.
    public func json() -> String {
        let counts = diff.counts
        return JSONValue.object([
            ("format", .string("therock-upload/diff/v1")), ("changes", .array(diff.changes.map(\.json))),
            (
                "totals",
                .object([
                    ("added", .integer(Int64(counts.added))), ("removed", .integer(Int64(counts.removed))),
                    ("moved", .integer(Int64(counts.moved))), ("changed", .integer(Int64(counts.changed))),
                    ("unchanged", .integer(Int64(diff.unchanged))),
                ])
            ),
        ]).text(spreadTo: 2)
    }

    /// The differences for a comment on GitHub: as many as it takes, and how many are not shown.
    ///
    /// - Parameter limit: The most bytes of the text.
    /// - Returns: Markdown.
    public func markdown(limit: Int = commentLimit) -> String {
        let head = "**Upload plan.** \(totals)\n"
        guard !diff.isEmpty else { return head }
        let tail = "```\n"
        // Room for the longest line that says how many are not shown.
        let budget = limit - head.utf8.count - 100
        var body = "\n```diff\n"
        var rule: String?
        for (index, change) in diff.changes.enumerated() {
            var lines = ""
            if change.entry.rule != rule { lines += "@@ \(change.entry.rule.inCodeBlock) @@\n" }
            lines += "\(change.diffLine)\n"
            guard body.utf8.count + lines.utf8.count <= budget else {
                return head + body + tail
                    + "\n… and \(diff.changes.count - index) more; `therock-upload diff` lists them all.\n"
            }
            body += lines
            rule = change.entry.rule
        }
        return head + body + tail
    }
}

extension PlanDiff {
    fileprivate var counts: (added: Int, removed: Int, moved: Int, changed: Int) {
        var counts = (added: 0, removed: 0, moved: 0, changed: 0)
        for change in changes {
            switch change {
            case .added: counts.added += 1
            case .removed: counts.removed += 1
            case .moved: counts.moved += 1
            case .changed: counts.changed += 1
            }
        }
        return counts
    }
}

extension PlanDiff.Change {
    fileprivate var symbol: String {
        switch self {
        case .added: "+"
        case .removed: "-"
        case .moved: ">"
        case .changed: "~"
        }
    }

    fileprivate var words: String {
        switch self {
        case .added(let entry), .removed(let entry): "\(entry.printableKey)  ← \(entry.sourceText.printable)"
        case .moved(let old, let new): "\(old.printableKey) → \(new.printableKey)  ← \(new.sourceText.printable)"
        case .changed(_, let new, let differences):
            "\(new.printableKey)  \(differences.map(\.words.printable).joined(separator: ", "))"
        }
    }

    /// A line that GitHub colours: green for what appears, red for what vanishes, `!` for the rest.
    fileprivate var diffLine: String {
        switch self {
        case .added, .removed: "\(symbol) \(words)".inCodeBlock
        case .moved: "! moves: \(words)".inCodeBlock
        case .changed: "! changes: \(words)".inCodeBlock
        }
    }

    fileprivate var json: JSONValue {
        func members(_ entry: PlanSnapshot.Entry) -> [(name: String, value: JSONValue)] {
            [("rule", .string(entry.rule)), ("key", .string(entry.key.text)), ("source", .string(entry.sourceText))]
        }
        switch self {
        case .added(let entry): return .object([("change", .string("added"))] + members(entry))
        case .removed(let entry): return .object([("change", .string("removed"))] + members(entry))
        case .moved(let old, let new):
            return .object([("change", .string("moved"))] + members(new) + [("old_key", .string(old.key.text))])
        case .changed(_, let new, let differences):
            let list = differences.map { difference in
                JSONValue.object([
                    ("name", .string(difference.name)), ("old", difference.old.map { .string($0) } ?? .null),
                    ("new", difference.new.map { .string($0) } ?? .null),
                ])
            }
            return .object([("change", .string("changed"))] + members(new) + [("differences", .array(list))])
        }
    }
}

extension PlanSnapshot.Entry {
    fileprivate var printableKey: String { key.text.printable }

    fileprivate var sourceText: String {
        guard isGenerated else { return source.text }
        return source.text == "index" ? "(a page)" : "(an archive, \(source))"
    }
}

extension PlanDiff.Difference {
    fileprivate var words: String {
        name == "contents"
            ? "contents \([old, new].compactMap(\.self).joined(separator: " "))"
            : "\(name) \(old.map { "'\($0)'" } ?? "none") → \(new.map { "'\($0)'" } ?? "none")"
    }
}

extension String {
    /// The text on one line, without what would end a fenced block.
    fileprivate var inCodeBlock: String {
        // Nearly no name has one, and to look for the character is fast.
        utf8.contains(UInt8(ascii: "`")) ? printable.replacing("```", with: "'''") : printable
    }
}
