import MarkedYAML
public import RunOutputs

/// What two layouts do differently: which destinations move, and which readers look elsewhere.
public enum LayoutComparison {
    /// Tells what differs.
    ///
    /// - Parameters:
    ///   - old: The layout as it was.
    ///   - new: The layout as it is.
    ///   - plans: The plans that write to its places.
    /// - Returns: The moves in words.
    public static func moves(from old: Layout, to new: Layout, plans: [UploadPlan]) -> [String] {
        prefixes(old, new) + terms(old, new, plans) + readers(old, new)
    }

    private static func prefixes(_ old: Layout, _ new: Layout) -> [String] {
        let (before, after) = (text(old.prefixes), text(new.prefixes))
        return before == after ? [] : ["every key moves: runs lie below \(after), and lay below \(before)"]
    }

    private static func text(_ choices: [Layout.PrefixChoice]) -> String {
        choices.map { choice in
            "'\(choice.template.source)'" + (choice.releaseTypes.map { " for \($0.joined(separator: ", "))" } ?? "")
        }.joined(separator: ", else ")
    }

    private static func terms(_ old: Layout, _ new: Layout, _ plans: [UploadPlan]) -> [String] {
        var moves: [String] = []
        for term in old.terms {
            let writers = writers(of: term.name, plans)
            guard let successor = new.term(named: term.name) else {
                moves.append(
                    "'\(term.name)' is gone, '\(term.path)'" + (writers.map { ": \($0) cannot be planned" } ?? ""))
                continue
            }
            if term.path != successor.path || term.kind != successor.kind {
                moves.append(
                    "'\(term.name)' moves from \(term.kind.rawValue) '\(term.path)' to \(successor.kind.rawValue) "
                        + "'\(successor.path)'" + (writers.map { ": what \($0) writes" } ?? ""))
            }
            moves += properties(term, successor)
        }
        for term in new.terms where old.term(named: term.name) == nil {
            moves.append("'\(term.name)' is new, \(term.kind.rawValue) '\(term.path)'")
        }
        return moves
    }

    /// What changes for the objects of a term, besides where they lie.
    private static func properties(_ old: OutputTerm, _ new: OutputTerm) -> [String] {
        let texts: [(what: String, of: (OutputTerm.Properties) -> String)] = [
            ("are kept", { text($0.retention) }), ("have the storage class", { $0.storageClass ?? "that is usual" }),
            ("may be kept by caches", { $0.cacheControl.map { "'\($0)'" } ?? "as each thinks fit" }),
        ]
        return texts.compactMap { what, text in
            let (before, after) = (text(old.properties), text(new.properties))
            return before == after ? nil : "objects of '\(old.name)' \(what) \(after), and before \(before)"
        }
    }

    private static func text(_ choices: [OutputTerm.RetentionChoice]) -> String {
        guard !choices.isEmpty else { return "as the term around it says" }
        return choices.map { choice in
            choice.retention.text + (choice.releaseTypes.map { " in \($0.joined(separator: ", "))" } ?? "")
        }.joined(separator: ", else ")
    }

    /// The rules that write to a term: `rule 'logs' of plan 'post-build'`; `nil` without any.
    private static func writers(of term: String, _ plans: [UploadPlan]) -> String? {
        let rules = plans.flatMap { plan in
            plan.rules.filter { $0.destination.term.value.name == term }.map {
                "rule '\($0.name.value)' of plan '\(plan.name.value)'"
            }
        }
        return rules.isEmpty ? nil : rules.joined(separator: ", ")
    }

    private static func readers(_ old: Layout, _ new: Layout) -> [String] {
        var moves: [String] = []
        for group in old.groups {
            guard let successor = new.group(named: group.name) else {
                moves.append("`list \(group.name)` and `copy --term \(group.name)` are gone")
                continue
            }
            let (before, after) = (places(of: group, in: old), places(of: successor, in: new))
            if before != after { moves.append("`list \(group.name)` looks at \(after), and looked at \(before)") }
        }
        if old.artifacts?.name != new.artifacts?.name
            || places(of: old.artifacts, in: old) != places(of: new.artifacts, in: new)
        {
            moves.append(
                "`fetch` and `find` look at \(places(of: new.artifacts, in: new)), and looked at "
                    + places(of: old.artifacts, in: old))
        }
        let (before, after) = (old.artifactNaming, new.artifactNaming)
        if before != after {
            moves.append(
                "`fetch` and `find` read file names by '\(after?.pattern ?? "nothing")', and read them by "
                    + "'\(before?.pattern ?? "nothing")'")
        }
        for (family, targets) in old.families.targets.sorted(by: { $0.key < $1.key })
        where new.families.targets[family] != targets {
            let now = new.families.targets[family]?.joined(separator: ", ") ?? "itself alone"
            moves.append("family '\(family)' means \(now), and meant \(targets.joined(separator: ", "))")
        }
        return moves
    }

    private static func places(of group: OutputGroup?, in layout: Layout) -> String {
        guard let group else { return "nothing" }
        let paths = group.terms.compactMap { layout.term(named: $0) }.map {
            $0.path.isEmpty ? "the run's prefix" : "'\($0.path)'"
        }
        return paths.joined(separator: ", ")
    }
}
