import MarkedYAML

extension UploadPlan {
    /// `after` and `of` name rules of the plan, each once.
    @Sendable static func checkRuleNames(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        let names = plan.rules.map(\.name.value)
        for rule in plan.rules {
            check(rule.after, "after", of: rule, names, &log)
            guard case .index(let index) = rule.source else { continue }
            check(index.rules, "of", of: rule, names, &log)
            for name in index.rules {
                guard let other = plan.rules.first(where: { $0.name.value == name.value }), case .index = other.source
                else {
                    continue
                }
                log.error(.contradictoryField, "'\(name.value)' is an index page itself", at: name.range) {
                    $0.help.append("an index lists what other rules upload; use `parent` to link pages")
                }
            }
        }
    }

    private static func check(
        _ list: [Marked<String>], _ field: String, of rule: UploadRule, _ names: [String], _ log: inout DiagnosticLog
    ) {
        for (index, name) in list.enumerated() {
            if let earlier = list[..<index].first(where: { $0.value == name.value }) {
                log.warning(.repeatedEntry, "rule '\(name.value)' is named twice in `\(field)`", at: name.range) {
                    $0.note("it stands here already", at: earlier.range)
                }
            }
            if !names.contains(name.value) {
                log.unknownWord(
                    .unknownRule, "unknown rule '\(name.value)' in `\(field)`", word: name.value, at: name.range,
                    known: names.filter { $0 != rule.name.value }, listing: "the plan's other rules")
            }
        }
    }

    /// No rule waits for itself, directly or through others.
    @Sendable static func checkCycles(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        var reported: Set<String> = []
        for rule in plan.rules where !reported.contains(rule.name.value) {
            guard let cycle = plan.cycle(through: rule) else { continue }
            reported.formUnion(cycle.map(\.value))
            let path = ([rule.name.value] + cycle.map(\.value)).map { "'\($0)'" }.joined(separator: " after ")
            log.error(.cycle, "rules wait for each other: \(path)", at: cycle[0].range) { diagnostic in
                for step in cycle.dropFirst() { diagnostic.note("and then for '\(step.value)'", at: step.range) }
            }
        }
    }

    /// The entries of `after` that lead from a rule back to itself, if they do.
    private func cycle(through rule: UploadRule) -> [Marked<String>]? {
        var arrivals: [String: [Marked<String>]] = [:]
        var pending = [rule.name.value]
        while let name = pending.popLast() {
            guard let current = rules.first(where: { $0.name.value == name }) else { continue }
            for next in current.after {
                let path = (arrivals[name] ?? []) + [next]
                if next.value == rule.name.value { return path }
                guard arrivals[next.value] == nil else { continue }
                arrivals[next.value] = path
                pending.append(next.value)
            }
        }
        return nil
    }
}
