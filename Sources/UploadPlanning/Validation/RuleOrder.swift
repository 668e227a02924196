import MarkedYAML

extension UploadPlan {
    /// `after` and `of` name rules of the plan, each once.
    @Sendable static func checkRuleNames(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        let places = plan.rulePlaces
        for rule in plan.rules {
            check(rule.after, "after", of: rule, plan, places, &log)
            guard case .index(let index) = rule.source else { continue }
            check(index.rules, "of", of: rule, plan, places, &log)
            for name in index.rules {
                guard let place = places[name.value], case .index = plan.rules[place].source else { continue }
                log.error(.contradictoryField, "'\(name.value)' is an index page itself", at: name.range) {
                    $0.help.append("an index lists what other rules upload; use `parent` to link pages")
                }
            }
        }
    }

    /// The places of the rules, by name.
    var rulePlaces: [String: Int] {
        Dictionary(rules.enumerated().map { ($1.name.value, $0) }) { first, _ in first }
    }

    private static func check(
        _ list: [Marked<String>], _ field: String, of rule: UploadRule, _ plan: UploadPlan, _ places: [String: Int],
        _ log: inout DiagnosticLog
    ) {
        var earlier: [String: Marked<String>] = [:]
        for name in list {
            if let first = earlier[name.value] {
                log.warning(.repeatedEntry, "rule '\(name.value)' is named twice in `\(field)`", at: name.range) {
                    $0.note("it stands here already", at: first.range)
                }
            } else {
                earlier[name.value] = name
            }
            if places[name.value] == nil {
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
    private let places: [String: Int]
    private var states: [State]

    init(_ plan: UploadPlan) {
        rules = plan.rules
        places = plan.rulePlaces
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
            guard let target = places[rules[rule].after[next].value] else { continue }
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
