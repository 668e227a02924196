import RunOutputs
public import UploadPlanning

/// The difference of two runs, as it is shown.
public struct RunDifferenceText: Sendable {
    private let difference: RunDifference
    private let names: (old: String, new: String)

    /// The most rows of a Markdown table: a job's summary takes no more than a mebibyte.
    private static let mostRows = 1000

    /// Takes the difference, and what both runs are called.
    public init(_ difference: RunDifference, from old: String, to new: String) {
        self.difference = difference
        names = (old, new)
    }

    private var changes: [RunDifference.Entry] { difference.entries.filter { $0.change != .same } }

    /// Lines for a terminal.
    ///
    /// - Parameters:
    ///   - style: Whether to use colour.
    ///   - showsAll: Whether what is the same is shown too.
    /// - Returns: The text.
    public func plain(style: TextStyle, showsAll: Bool) -> String {
        let shown = showsAll ? difference.entries : changes
        let width = min(80, shown.map(\.path.text.count).max() ?? 0)
        var text = "\(names.old.printable)  →  \(names.new.printable)\n"
        for entry in shown {
            let name = entry.path.text.printable
            let padding = String(repeating: " ", count: max(0, width - name.count))
            text += "  \(symbol(entry.change, style)) \(name)\(padding)  \(sizes(entry))\n"
        }
        return text + summary + "\n"
    }

    private func symbol(_ change: RunDifference.Change, _ style: TextStyle) -> String {
        switch change {
        case .same: change.rawValue
        case .changed, .unknown: style.paint(change.rawValue, .yellow)
        case .added: style.paint(change.rawValue, .green)
        case .removed: style.paint(change.rawValue, .red)
        }
    }

    private func sizes(_ entry: RunDifference.Entry) -> String {
        switch (entry.old, entry.new) {
        case (let old?, let new?) where old != new: "\(old.byteText) → \(new.byteText)  (\(signed(new - old)))"
        case (let old?, _): old.byteText
        case (nil, let new): (new ?? 0).byteText
        }
    }

    private func signed(_ bytes: Int64) -> String { bytes < 0 ? "-\((-bytes).byteText)" : "+\(bytes.byteText)" }

    /// The numbers, in one line.
    private var summary: String {
        let words: [(RunDifference.Change, String)] = [
            (.same, "same"), (.changed, "changed"), (.added, "added"), (.removed, "removed"),
            (.unknown, "not comparable"),
        ]
        let counts = words.compactMap { change, word in
            let count = difference.count(of: change)
            return count > 0 || change == .same ? "\(count) \(word)" : nil
        }
        let (old, new) = difference.bytes
        return counts.joined(separator: " · ")
            + "  \(old.byteText) → \(new.byteText)\(old == new ? "" : " (\(signed(new - old)))")"
    }

    /// A table for a job's summary.
    public var markdown: String {
        var text = "### \(names.old.inMarkdown) → \(names.new.inMarkdown)\n\n\(summary)\n"
        guard !changes.isEmpty else { return text }
        text += "\n| | Output | Size |\n|---|---|---|\n"
        for entry in changes.prefix(Self.mostRows) {
            text += "| `\(entry.change.rawValue)` | \(entry.path.text.inMarkdown) | \(sizes(entry)) |\n"
        }
        let rest = changes.count - Self.mostRows
        return text + (rest > 0 ? "\n… and \(rest) more: `--format json` lists all.\n" : "")
    }

    /// A document of the format `therock-upload/run-diff/v1`.
    public var json: String {
        var document = JSONDocument()
        document.add("format", .string("therock-upload/run-diff/v1"))
        document.add("old", .string(names.old))
        document.add("new", .string(names.new))
        document.add(
            "counts",
            .object(
                RunDifference.Change.allCases.map { ("\($0)", .integer(Int64(difference.count(of: $0)))) }))
        document.add("outputs", changes) { entry in
            .object([
                ("path", .string(entry.path.text)), ("change", .string("\(entry.change)")),
                ("old_size", entry.old.map { .integer($0) } ?? .null),
                ("new_size", entry.new.map { .integer($0) } ?? .null),
            ])
        }
        return document.finished
    }
}
