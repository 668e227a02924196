/// Renders what differs between two versions of plans, for people.
public struct PlanComparisonText: Sendable {
    public var comparison: PlanComparison
    public var style: TextStyle

    /// The most characters that GitHub takes as a comment.
    public static let commentLimit = 65_536

    /// Joins a comparison and a style.
    public init(_ comparison: PlanComparison, style: TextStyle = .plain) {
        self.comparison = comparison
        self.style = style
    }

    /// A part of the rendering, with its heading.
    struct Section {
        var title: String
        var lines: [ComparisonLine]
    }

    /// What differs in the files, then situation by situation; what a situation shares with earlier ones is not repeated.
    var sections: [Section] {
        var sections: [Section] = []
        let several = Set(comparison.behaviour.map(\.plan)).count > 1
        let behaviour = comparison.behaviour.map { change in
            ComparisonLine(
                rule: nil, symbol: change.gravity == .loss ? "!" : "~",
                words: (several && !change.path.isEmpty ? "\(change.plan): \(change.words)" : change.words).printable,
                gravity: change.gravity)
        }
        if !behaviour.isEmpty { sections.append(Section(title: "behaviour", lines: behaviour)) }
        var told: Set<ComparisonLine> = []
        var repeating: [String] = []
        for scenario in comparison.scenarios where !scenario.isEmpty {
            let failures = scenario.failures.map {
                ComparisonLine(rule: nil, symbol: "!", words: $0.printable, gravity: .loss)
            }
            let mended = scenario.mended.map {
                ComparisonLine(rule: nil, symbol: "~", words: $0.printable, gravity: .behaviour)
            }
            let all = failures + mended + scenario.diff.lines
            var lines = all.filter { !told.contains($0) }
            guard !lines.isEmpty else {
                repeating.append(scenario.situation.words.printable)
                continue
            }
            if lines.count < all.count {
                let count = all.count - lines.count
                lines.append(
                    ComparisonLine(
                        rule: nil, symbol: "=", words: "\(count == 1 ? "1 line" : "\(count) lines") as above",
                        gravity: .text))
            }
            told.formUnion(all)
            sections.append(Section(title: "with \(scenario.situation.words)".printable, lines: lines))
        }
        if !repeating.isEmpty {
            let line = ComparisonLine(rule: nil, symbol: "=", words: "some of the lines above", gravity: .text)
            let named =
                repeating.count > 4 ? repeating.prefix(3) + ["\(repeating.count - 3) more tests"] : repeating[...]
            sections.append(Section(title: "with \(named.joined(separator: ", "))", lines: [line]))
        }
        return sections
    }

    /// How much differs, in one line, and what was looked at.
    public var totals: String {
        guard comparison.problems.isEmpty else {
            return comparison.isEmpty ? "Not compared." : "Not all was compared. \(differences)"
        }
        return differences
    }

    private var differences: String {
        let tests = comparison.scenarios.filter { $0.situation != .files }
        let files = comparison.scenarios.first { $0.situation == .files }
        var parts: [String] = []
        if !comparison.behaviour.isEmpty {
            parts.append(comparison.behaviour.count.counted("change") + " of behaviour")
        }
        if let files {
            parts.append(files.isEmpty ? "no destination changes, \(files.diff.totals)" : files.diff.totals)
            let failures = files.failures.count + files.mended.count
            parts += failures == 0 ? [] : [failures.counted("rule") + " with other failures"]
        }
        if !tests.isEmpty {
            let differing = tests.count { !$0.isEmpty }
            parts.append(
                differing == 0
                    ? "\(tests.count.counted("test")) unchanged"
                    : "objects of \(differing) of \(tests.count.counted("test")) differ")
        }
        guard comparison.isEmpty else { return "Differences: \(parts.joined(separator: "; "))." }
        let same = [files.map { $0.diff.totals }, tests.isEmpty ? nil : "\(tests.count.counted("test")) unchanged"]
        return "No differences: \((["the same behaviour"] + same.compactMap(\.self)).joined(separator: "; "))."
    }

    /// Every difference, and the totals.
    public func text() -> String {
        var text = ""
        for section in sections {
            text += style.paint(section.title, .bold) + "\n"
            var rule: String?
            for line in section.lines {
                if let name = line.rule, name != rule { text += "  \(style.paint(name.printable, .bold))\n" }
                rule = line.rule
                let indent = line.rule == nil ? "  " : "    "
                text += "\(indent)\(style.paint(line.symbol, line.color)) \(line.words)\n"
            }
            text += "\n"
        }
        for problem in comparison.problems { text += "\(style.paint("error", .red, .bold)): \(problem.printable)\n" }
        for note in comparison.notes { text += "note: \(note.printable)\n" }
        return text + totals + "\n"
    }

    /// Every difference as a row for the page of a plan: a symbol, where it is, and what it is.
    var rows: [(symbol: String, place: String, words: String)] {
        comparison.problems.map { ("!", "not compared", $0.printable) }
            + sections.flatMap { section in
                section.lines.map { line in
                    (line.symbol, line.rule.map { "\(section.title), rule \($0)" } ?? section.title, line.words)
                }
            } + comparison.notes.map { ("", "note", $0.printable) }
    }
}

extension ComparisonLine {
    fileprivate var color: TextStyle.Color {
        switch symbol {
        case "+": .green
        case "-", "!": .red
        case ">": .cyan
        case "=": .faint
        default: .yellow
        }
    }
}

extension PlanDiff {
    /// How many objects appear, vanish, move, change and stay.
    var totals: String {
        let counts = counts
        guard !isEmpty else { return "\(unchanged.counted("object")) unchanged" }
        let parts = [
            (counts.added, "appear", "appears"), (counts.removed, "vanish", "vanishes"),
            (counts.moved, "move", "moves"), (counts.changed, "change", "changes"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.0 == 1 ? $0.2 : $0.1)" }
        return "\(parts.joined(separator: ", ")), \(unchanged) unchanged"
    }

    /// How many objects appear, vanish, move and change.
    var counts: (added: Int, removed: Int, moved: Int, changed: Int) {
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
