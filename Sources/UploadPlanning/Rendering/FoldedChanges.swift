import RunOutputs

/// A line of a comparison: one difference, or many that are of one kind.
struct ComparisonLine: Hashable, Sendable {
    /// The rule that it is about; `nil` for what the file says.
    var rule: String?
    /// `+`, `-`, `>` or `~`.
    var symbol: String
    /// The difference in words.
    var words: String
    /// How much it matters.
    var gravity: ChangeGravity
}

extension PlanDiff {
    /// Differences of fewer objects than this are told one by one.
    private static let fold = 4

    /// What differences that belong together have in common.
    fileprivate struct Kind: Hashable {
        var rule: String
        var symbol: String
        /// The directories that objects leave, and come to.
        var old: String
        var new: String
        /// What changes in an object.
        var differences: [Difference] = []
    }

    /// The differences as lines, rules that lose something first.
    ///
    /// Objects of one rule that move from one directory to another, appear or vanish in one, or change alike, are one
    /// line with their number.
    var lines: [ComparisonLine] {
        var kinds: [Kind] = []
        var groups: [Kind: [Change]] = [:]
        for change in changes {
            let kind = change.kind
            if groups[kind] == nil { kinds.append(kind) }
            groups[kind, default: []].append(change)
        }
        var lines: [ComparisonLine] = []
        for kind in kinds {
            let group = groups[kind] ?? []
            lines += group.count < Self.fold ? group.map(\.line) : [Self.line(of: group, kind)]
        }
        return lines.groupedByRule
    }

    private static func line(of group: [Change], _ kind: Kind) -> ComparisonLine {
        let names = group.prefix(2).map { $0.entry.key.text.lastPathComponent.printable }.joined(separator: ", ")
        let examples = "(\(names), …)"
        let old = kind.old.printable
        let new = kind.new.printable
        var line = ComparisonLine(rule: kind.rule, symbol: kind.symbol, words: "", gravity: group[0].gravity)
        switch group[0] {
        case .moved: line.words = "\(group.count) objects move from \(old) to \(new)  \(examples)"
        case .added: line.words = "\(group.count) objects appear in \(new)  \(examples)"
        case .removed: line.words = "\(group.count) objects vanish from \(old)  \(examples)"
        case .changed:
            let how = kind.differences.map(\.words.printable).joined(separator: ", ")
            line.words = "\(group.count) objects in \(new) change: \(how)  \(examples)"
        }
        return line
    }
}

extension PlanDiff.Change {
    fileprivate var kind: PlanDiff.Kind {
        switch self {
        case .added(let entry):
            return .init(rule: entry.rule, symbol: symbol, old: "", new: entry.key.text.shownDirectory)
        case .removed(let entry):
            return .init(rule: entry.rule, symbol: symbol, old: entry.key.text.shownDirectory, new: "")
        case .moved(let old, let new):
            let (before, after) = old.key.text.directories(leavingFor: new.key.text)
            return .init(rule: new.rule, symbol: symbol, old: before, new: after)
        case .changed(_, let new, let differences):
            return .init(
                rule: new.rule, symbol: symbol, old: "", new: new.key.text.shownDirectory, differences: differences)
        }
    }

    /// How much it matters to who decides about it.
    var gravity: ChangeGravity {
        switch self {
        case .removed: .loss
        case .moved: .destination
        case .changed: .behaviour
        case .added: .addition
        }
    }

    fileprivate var symbol: String {
        switch self {
        case .added: "+"
        case .removed: "-"
        case .moved: ">"
        case .changed: "~"
        }
    }

    fileprivate var line: ComparisonLine {
        let words: String
        switch self {
        case .added(let entry), .removed(let entry): words = "\(entry.key.text)  ← \(entry.sourceText)"
        case .moved(let old, let new): words = "\(old.key.text) → \(new.key.text)  ← \(new.sourceText)"
        case .changed(_, let new, let differences):
            words = "\(new.key.text)  \(differences.map(\.words).joined(separator: ", "))"
        }
        return ComparisonLine(rule: entry.rule, symbol: symbol, words: words.printable, gravity: gravity)
    }
}

extension PlanSnapshot.Entry {
    /// What the object is made of, in words.
    var sourceText: String {
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
    /// The directory of a key, `./` for the run's prefix itself.
    fileprivate var shownDirectory: String { directoryPath.isEmpty ? "./" : directoryPath + "/" }

    /// The directories of two keys, without what the ends of both have in common: `a/x/1` and `b/x/1` give `a/`, `b/`.
    fileprivate func directories(leavingFor other: String) -> (String, String) {
        let before = split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let after = other.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let shared = zip(before.reversed(), after.reversed()).prefix { $0.utf8.elementsEqual($1.utf8) }.count
        // Of a file that is renamed both directories are told.
        guard shared > 0 else { return (shownDirectory, other.shownDirectory) }
        func shown(_ segments: [String]) -> String {
            let rest = segments.dropLast(shared)
            return rest.isEmpty ? "./" : rest.joined(separator: "/") + "/"
        }
        return (shown(before), shown(after))
    }
}

extension [ComparisonLine] {
    /// The lines, with those of one rule together: first the rule with the gravest of them.
    fileprivate var groupedByRule: [ComparisonLine] {
        var order: [String?] = []
        for line in self where !order.contains(line.rule) { order.append(line.rule) }
        let groups = Dictionary(grouping: self, by: \.rule)
        let sorted = order.enumerated().sorted { left, right in
            let (first, second) = (groups[left.element] ?? [], groups[right.element] ?? [])
            let gravity = { (lines: [ComparisonLine]) in lines.map(\.gravity).min() ?? .text }
            return (gravity(first), left.offset) < (gravity(second), right.offset)
        }
        return sorted.flatMap { groups[$0.element] ?? [] }
    }
}
