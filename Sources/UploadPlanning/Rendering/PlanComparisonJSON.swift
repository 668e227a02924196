import RunOutputs

extension PlanComparisonText {
    /// Every difference as JSON, in the format `therock-upload/diff/v1` (docs/plan-json.md).
    ///
    /// - Parameter title: What is compared; nothing for one comparison alone.
    /// - Returns: The text, with a line break at the end.
    public func json(title: String? = nil) -> String {
        let files = comparison.scenarios.first { $0.situation == .files }
        let tests = comparison.scenarios.filter { $0.situation != .files }
        let outcome =
            comparison.problems.isEmpty ? (comparison.isEmpty ? "same" : "different") : "not_compared"
        return JSONValue.object([
            ("format", .string("therock-upload/diff/v1")), ("plan", title.map { .string($0) } ?? .null),
            ("outcome", .string(outcome)),
            ("problems", .array(comparison.problems.map { .string($0) })),
            ("notes", .array(comparison.notes.map { .string($0) })),
            ("behaviour", .array(comparison.behaviour.map(\.json))),
            ("changes", .array((files?.diff.changes ?? []).map(\.json))),
            ("failures", .array(files?.allFailures ?? [])),
            ("tests", .array(tests.map(\.json))),
            ("totals", (files?.diff ?? .none).totalsJSON),
        ]).text(spreadTo: 2)
    }
}

extension PlanComparison.Scenario {
    /// Rules that fail in one version alone.
    fileprivate var allFailures: [JSONValue] { (failures + mended).map { .string($0) } }

    fileprivate var json: JSONValue {
        let name = if case .test(let name) = situation { name } else { "" }
        return .object([
            ("name", .string(name)), ("changes", .array(diff.changes.map(\.json))),
            ("failures", .array(allFailures)), ("totals", diff.totalsJSON),
        ])
    }
}

extension BehaviourChange {
    fileprivate var json: JSONValue {
        func list(_ values: [String]?) -> JSONValue { values.map { .array($0.map { .string($0) }) } ?? .null }
        return .object([
            ("plan", .string(plan)), ("path", .array(path.map { .string($0) })), ("gravity", .string(gravity.word)),
            ("old", list(old)), ("new", list(new)), ("message", .string(words)),
        ])
    }
}

extension PlanDiff {
    /// The comparison of nothing.
    fileprivate static var none: PlanDiff { PlanDiff(from: PlanSnapshot(entries: []), to: PlanSnapshot(entries: [])) }

    fileprivate var totalsJSON: JSONValue {
        let counts = counts
        return .object([
            ("added", .integer(Int64(counts.added))), ("removed", .integer(Int64(counts.removed))),
            ("moved", .integer(Int64(counts.moved))), ("changed", .integer(Int64(counts.changed))),
            ("unchanged", .integer(Int64(unchanged))),
        ])
    }
}

extension PlanDiff.Change {
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
