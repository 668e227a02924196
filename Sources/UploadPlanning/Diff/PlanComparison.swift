public import RunOutputs

/// What differs between two versions of plans: what they say, and what they upload in each situation.
public struct PlanComparison: Hashable, Sendable {
    /// What differs in one situation.
    public struct Scenario: Hashable, Sendable {
        public var situation: PlanRecord.Scenario.Situation
        /// Which objects differ.
        public var diff: PlanDiff
        /// Rules that fail in the new version alone, in words.
        public var failures: [String]
        /// Rules that fail in the old version alone, in words.
        public var mended: [String]

        /// Whether nothing differs.
        public var isEmpty: Bool { diff.isEmpty && failures.isEmpty && mended.isEmpty }
    }

    /// What differs in the files themselves, what matters most first.
    public var behaviour: [BehaviourChange]
    /// The situations that were looked at, also those without a difference.
    public var scenarios: [Scenario]
    /// Why the comparison is not complete; then nothing is told by there being no differences.
    public var problems: [String]
    /// What else a reader should know.
    public var notes: [String]

    /// Compares two records.
    ///
    /// - Parameters:
    ///   - old: The plans as they were.
    ///   - new: The plans as they are.
    ///   - problems: Why the comparison is not complete.
    ///   - notes: What else a reader should know.
    public init(from old: PlanRecord, to new: PlanRecord, problems: [String] = [], notes: [String] = []) {
        behaviour = Self.changes(from: old.behaviours, to: new.behaviours)
        var situations = old.scenarios.map(\.situation)
        situations += new.scenarios.map(\.situation).filter { !situations.contains($0) }
        scenarios = situations.compactMap { situation in
            let before = old.scenarios.first { $0.situation == situation }
            let after = new.scenarios.first { $0.situation == situation }
            // A test that only one version has is told as a change of what the file says.
            guard let before, let after else { return nil }
            return Scenario(
                situation: situation, diff: PlanDiff(from: before.snapshot, to: after.snapshot),
                failures: after.failures.filter { !before.failures.contains($0) }
                    .map { "\($0.subject) now fails: \($0.reason)" },
                mended: before.failures.filter { failure in !after.failures.contains { $0.rule == failure.rule } }
                    .map { "\($0.subject) no longer fails: \($0.reason)" })
        }
        self.problems = problems
        self.notes = notes
        if old.versions.layout != new.versions.layout {
            self.notes.append(
                "the lock was made with version \(old.versions.layout) of the layout, and this is "
                    + "\(new.versions.layout): the keys below are compared all the same; record the new version with "
                    + "--update-lock")
        }
        if old.versions.policy != new.versions.policy {
            self.notes.append(
                "the lock was made with version \(old.versions.policy) of the bucket policy, and this is "
                    + "\(new.versions.policy): `diff OLD-POLICY NEW-POLICY` tells which runs go to another bucket; "
                    + "record the new version with --update-lock")
        }
    }

    /// A comparison that could not be made.
    public init(problems: [String]) {
        (behaviour, scenarios, notes) = ([], [], [])
        self.problems = problems
    }

    /// Compares two bucket policies: which runs they send elsewhere, and what they say.
    public init(
        from old: (policy: BucketPolicy, behaviour: Behaviour), to new: (policy: BucketPolicy, behaviour: Behaviour)
    ) {
        self.init(problems: [])
        let moves = PolicyComparison.moves(from: old.policy, to: new.policy)
        behaviour =
            moves.map { move in
                BehaviourChange(
                    plan: new.behaviour.name, path: ["runs"], old: nil, new: [move], gravity: .destination, words: move)
            } + old.behaviour.changes(to: new.behaviour)
    }

    /// Compares two layouts: what moves, who looks elsewhere, and what they say.
    ///
    /// - Parameters:
    ///   - old: The layout as it was.
    ///   - new: The layout as it is.
    ///   - plans: The plans that write to its places.
    public init(
        from old: (layout: Layout, behaviour: Behaviour), to new: (layout: Layout, behaviour: Behaviour),
        plans: [UploadPlan]
    ) {
        self.init(problems: [])
        let moves = LayoutComparison.moves(from: old.layout, to: new.layout, plans: plans)
        behaviour =
            moves.map { move in
                BehaviourChange(
                    plan: new.behaviour.name, path: ["places"], old: nil, new: [move], gravity: .destination,
                    words: move)
            } + old.behaviour.changes(to: new.behaviour)
        notes = plans.isEmpty ? ["name the plans with --plans, and what they write is told too"] : []
    }

    /// Whether nothing differs.
    public var isEmpty: Bool { behaviour.isEmpty && scenarios.allSatisfy(\.isEmpty) }

    /// Pairs files by their names; of one file on each side both are versions of the same.
    private static func changes(from old: [Behaviour], to new: [Behaviour]) -> [BehaviourChange] {
        if let before = old.first, let after = new.first, old.count == 1, new.count == 1 {
            return before.changes(to: after)
        }
        let names = (old + new).map(\.name)
        let changes = Set(names).sorted().flatMap { name -> [BehaviourChange] in
            let before = old.first { $0.name == name }
            let after = new.first { $0.name == name }
            switch (before, after) {
            case (let before?, let after?): return before.changes(to: after)
            case (nil, _?): return [.whole(name, isNew: true)]
            case (_?, nil): return [.whole(name, isNew: false)]
            case (nil, nil): return []
            }
        }
        return changes.enumerated().sorted { ($0.element.gravity, $0.offset) < ($1.element.gravity, $1.offset) }
            .map(\.element)
    }
}

extension PlanRecord.Failure {
    fileprivate var subject: String { rule.isEmpty ? "planning" : "rule '\(rule)'" }
}

extension BehaviourChange {
    /// A plan that is new or gone.
    fileprivate static func whole(_ name: String, isNew: Bool) -> BehaviourChange {
        BehaviourChange(
            plan: name, path: [], old: isNew ? nil : [name], new: isNew ? [name] : nil,
            gravity: isNew ? .addition : .loss, words: "the plan '\(name)' is \(isNew ? "new" : "gone")")
    }
}

extension PlanRecord.Scenario.Situation {
    /// The situation in words: `the files`, `the test 'a build that failed'`.
    public var words: String {
        switch self {
        case .files: "the files"
        case .test(let name): "the test '\(name)'"
        }
    }
}
