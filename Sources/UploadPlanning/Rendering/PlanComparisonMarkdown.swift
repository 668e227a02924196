extension PlanComparisonText {
    /// How many changes a comment shows before it is unfolded.
    private static let mostImportant = 3

    /// The differences for a comment on GitHub: the totals and the most important ones at the top, and as many of all
    /// below a fold as there is room for, with the number of those that are not shown.
    ///
    /// - Parameters:
    ///   - title: What is compared; nothing for one comparison alone.
    ///   - limit: The most bytes of the text.
    /// - Returns: Markdown.
    public func markdown(title: String? = nil, limit: Int = commentLimit) -> String {
        var head = "**Upload plan\(title.map { " \($0.codeInMarkdown)" } ?? "").** \(totals)\n"
        for problem in comparison.problems { head += "\n**Not compared:** \(problem.inMarkdown)\n" }
        for note in comparison.notes { head += "\nNote: \(note.inMarkdown)\n" }
        let sections = sections
        let lines = sections.flatMap(\.lines).filter { $0.symbol != "=" }
        guard !lines.isEmpty else { return head }
        let first = lines.enumerated().sorted { ($0.element.gravity, $0.offset) < ($1.element.gravity, $1.offset) }
            .prefix(Self.mostImportant).map(\.element)
        head += "\n" + first.map { "- \($0.sentence)\n" }.joined()
        guard lines.count > first.count else { return head }
        return head + details(sections, limit: limit - head.utf8.count)
    }

    private func details(_ sections: [Section], limit: Int) -> String {
        let count = sections.reduce(0) { $0 + $1.lines.count }
        var body = "\n<details><summary>All \(count.counted("line"))</summary>\n\n```diff\n"
        // Room for the end and for the longest line that says how many are not shown.
        let budget = limit - 160
        var shown = 0
        for section in sections {
            var heading = "@@ \(section.title.inCodeBlock) @@\n"
            var rule: String?
            for line in section.lines {
                if let name = line.rule, name != rule { heading += "# \(name.inCodeBlock)\n" }
                rule = line.rule
                let text = heading + "\(line.diffLine)\n"
                guard body.utf8.count + text.utf8.count <= budget else {
                    return body
                        + "```\n\n… and \(count - shown) more; `therock-upload diff` lists them all.\n\n</details>\n"
                }
                body += text
                heading = ""
                shown += 1
            }
        }
        return body + "```\n\n</details>\n"
    }
}

extension ComparisonLine {
    /// The line among others that say which rule they are about.
    fileprivate var sentence: String {
        guard let rule else { return words.inMarkdown }
        return "rule '\(rule.inMarkdown)': \(symbol == ">" ? "" : "\(verb) ")\(words.inMarkdown)"
    }

    private var verb: String {
        switch symbol {
        case "+": "appears:"
        case "-": "vanishes:"
        default: "changes:"
        }
    }

    /// A line that GitHub colours: green for what appears, red for what vanishes, `!` for the rest.
    fileprivate var diffLine: String {
        switch symbol {
        case "+", "-": "\(symbol) \(words)".inCodeBlock
        case ">": "! moves: \(words)".inCodeBlock
        case "=": "  \(words)".inCodeBlock
        default: "! \(words)".inCodeBlock
        }
    }
}

extension String {
    /// The text on one line, without what would end a fenced block.
    fileprivate var inCodeBlock: String {
        // Nearly no name has one, and to look for the character is fast.
        utf8.contains(UInt8(ascii: "`")) ? printable.replacing("```", with: "'''") : printable
    }
}
