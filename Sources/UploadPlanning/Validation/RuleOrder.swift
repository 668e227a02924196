import MarkedYAML

extension UploadPlan {
    /// `after` and `of` name rules of the plan, each once.
    @Sendable static func checkRuleNames(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        let indices = plan.ruleIndices
        for rule in plan.rules {
            check(rule.after, "after", of: rule, plan, indices, &log)
            check(rule.ifNothingFrom, "if_nothing_from", of: rule, plan, indices, &log)
            for name in rule.ifNothingFrom { checkStandIn(rule, for: name, plan, indices, &log) }
            guard case .index(let index) = rule.source else { continue }
            check(index.rules, "of", of: rule, plan, indices, &log)
            for name in index.rules {
                guard let ruleIndex = indices[name.value], case .index = plan.rules[ruleIndex].source else { continue }
                log.error(.contradictoryField, "'\(name.value)' is itself an index page", at: name.range) {
                    $0.help.append("an index lists what other rules upload; use `parent` to link pages")
                }
            }
        }
    }

    /// What stands in for another rule has nothing that stands in for it.
    private static func checkStandIn(
        _ rule: UploadRule, for name: Marked<String>, _ plan: UploadPlan, _ indices: [String: Int],
        _ log: inout DiagnosticLog
    ) {
        guard let ruleIndex = indices[name.value] else { return }
        let other = plan.rules[ruleIndex]
        if case .index = other.source {
            log.error(.contradictoryField, "'\(name.value)' is an index page, which selects no files", at: name.range)
        } else if !other.ifNothingFrom.isEmpty || other.name.value == rule.name.value {
            log.error(
                .contradictoryField, "'\(name.value)' itself depends on what another rule selects", at: name.range
            ) { $0.help.append("name rules without `if_nothing_from`") }
        }
    }

    /// Summaries and outputs that name rules name rules of the plan.
    @Sendable static func checkRuleNamesOfSummary(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        let indices = plan.ruleIndices
        func check(_ name: Marked<String>, _ field: String) -> UploadRule? {
            if let ruleIndex = indices[name.value] { return plan.rules[ruleIndex] }
            log.unknownWord(
                .unknownRule, "unknown rule '\(name.value)' in `\(field)`", word: name.value, at: name.range,
                known: plan.rules.map(\.name.value), listing: "the plan's rules are")
            return nil
        }
        for entry in plan.summary {
            guard case .pages(let pages) = entry, let rule = check(pages.rule, "of") else { continue }
            if case .index = rule.source { continue }
            log.error(.contradictoryField, "'\(pages.rule.value)' makes no pages", at: pages.rule.range) {
                $0.help.append("name a rule with `index`")
            }
        }
        for value in plan.outputs.flatMap(\.values) {
            guard case .text(_, let rules) = value else { continue }
            for name in rules { _ = check(name, "if_stored") }
        }
    }

    /// The index of each rule in the plan, by name.
    var ruleIndices: [String: Int] {
        Dictionary(rules.enumerated().map { ($1.name.value, $0) }) { first, _ in first }
    }

    private static func check(
        _ list: [Marked<String>], _ field: String, of rule: UploadRule, _ plan: UploadPlan, _ indices: [String: Int],
        _ log: inout DiagnosticLog
    ) {
        var earlier: [String: Marked<String>] = [:]
        for name in list {
            if let first = earlier[name.value] {
                log.warning(.repeatedEntry, "rule '\(name.value)' is named twice in `\(field)`", at: name.range) {
                    $0.note("it is already listed here", at: first.range)
                }
            } else {
                earlier[name.value] = name
            }
            if indices[name.value] == nil {
                log.unknownWord(
                    .unknownRule, "unknown rule '\(name.value)' in `\(field)`", word: name.value, at: name.range,
                    known: plan.rules.map(\.name.value).filter { $0 != rule.name.value },
                    none: "the plan has no other rules", listing: "the plan's other rules are")
            }
        }
    }

    /// No rule waits for itself, directly or through others.
    @Sendable static func checkCycles(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        var search = CycleSearch(plan)
        for rule in plan.rules.indices {
            guard let cycle = search.cycle(from: rule) else { continue }
            let path = ([cycle[cycle.count - 1]] + cycle).map { "'\($0.value)'" }.joined(separator: " after ")
            let message = cycle.count == 1 ? "rule \(path): it waits for itself" : "rules wait for each other: \(path)"
            log.error(.cycle, message, at: cycle[0].range) { diagnostic in
                for step in cycle.dropFirst() { diagnostic.note("and then for '\(step.value)'", at: step.range) }
                diagnostic.help.append("remove one of these entries of `after`")
            }
        }
    }
}

/// A depth-first search through `after` that looks at every entry once.
private struct CycleSearch {
    private enum State { case unseen, open, done }

    private let rules: [UploadRule]
    private let indices: [String: Int]
    private var states: [State]

    init(_ plan: UploadPlan) {
        rules = plan.rules
        indices = plan.ruleIndices
        states = Array(repeating: .unseen, count: plan.rules.count)
    }

    /// The entries of `after` that lead from a rule back to it, the last of which names it.
    ///
    /// A cycle that was found from another rule is not found again.
    mutating func cycle(from start: Int) -> [Marked<String>]? {
        guard states[start] == .unseen else { return nil }
        var found: [Marked<String>]?
        var path = [(rule: start, next: 0)]
        states[start] = .open
        while let (rule, next) = path.last {
            guard next < rules[rule].after.count else {
                states[rule] = .done
                path.removeLast()
                continue
            }
            path[path.count - 1].next += 1
            guard let target = indices[rules[rule].after[next].value] else { continue }
            if states[target] == .unseen {
                states[target] = .open
                path.append((target, 0))
            } else if states[target] == .open, found == nil, let first = path.firstIndex(where: { $0.rule == target }) {
                found = path[first...].map { rules[$0.rule].after[$0.next - 1] }
            }
        }
        return found
    }
}
