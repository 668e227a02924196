import MarkedYAML
import RunOutputs

extension [BoundPlan] {
    /// What the plans need to know of the disk.
    public var inventoryRequest: InventoryRequest {
        var request = InventoryRequest()
        for plan in self { request.formUnion(plan.inventoryRequest) }
        return request
    }

    /// Decides what to upload.
    ///
    /// Same arguments, same result: no clock, no disk, no network.
    ///
    /// - Parameter inventory: What the disk holds, as ``inventoryRequest`` asks for it.
    /// - Returns: The operations and an account of every file that was seen, with warnings, and with the problems of
    ///   rules that have a code: they fail their rule and not the plan.
    /// - Throws: ``PlanRejected`` if a path parameter does not exist or two operations have one destination.
    public func planned(
        with inventory: Inventory
    ) throws(PlanRejected) -> (upload: PlannedUpload, warnings: [Diagnostic]) {
        let missing = flatMap { $0.missingPaths(inventory) }
        guard missing.isEmpty else { throw PlanRejected(missing) }
        var planner = Planner(plans: self, inventory: inventory)
        planner.planFiles()
        planner.planIndexes()
        let upload = planner.takeUpload()
        let collisions = upload.collisions()
        guard !collisions.contains(where: { $0.severity == .error }) else { throw PlanRejected(collisions) }
        return (upload, collisions + planner.missingFiles() + upload.codedProblems)
    }
}

extension BoundPlan {
    fileprivate func missingPaths(_ inventory: Inventory) -> [Diagnostic] {
        var log = DiagnosticLog(file: plan.file)
        for parameter in plan.parameters where parameter.kind != .string && parameter.mustExist {
            let name = parameter.name.value
            let path = (values[name] ?? "").normalizedPath
            let status = inventory.paths[ExactString(path)] ?? .absent
            let problem: String? =
                switch (status, parameter.kind) {
                case (.absent, _): "does not exist"
                case (.unreadable(let reason), _): "cannot be read: \(reason)"
                case (.directory, .file): "is a directory, not a file"
                case (.file, .directory), (.special, .directory): "is not a directory"
                case (.special, .file): "is no regular file"
                default: nil
                }
            guard let problem else { continue }
            log.error(
                .missingPath, "the \(parameter.kind.rawValue) '\(path)' of parameter '\(name)' \(problem)",
                at: parameter.name.range
            ) {
                $0.help.append("a job that was cancelled before it built anything leaves none")
                $0.help.append("pass `--set \(name)=…`, or declare `must_exist: false`")
            }
        }
        return log.diagnostics
    }
}

/// Plans the rules of all plans together.
struct Planner {
    let plans: [BoundPlan]
    let inventory: Inventory
    /// All rules, with the plan each belongs to.
    let rules: [(plan: Int, bound: BoundRule)]
    /// The place of each plan's first rule among all rules.
    let firstRules: [Int]
    /// The place of each plan's rules among all rules, by name.
    private let places: [[String: Int]]
    var outcomes: [RuleOutcome] = []

    init(plans: [BoundPlan], inventory: Inventory) {
        self.plans = plans
        self.inventory = inventory
        var rules: [(plan: Int, bound: BoundRule)] = []
        var firstRules: [Int] = []
        for (index, plan) in plans.enumerated() {
            firstRules.append(rules.count)
            rules += plan.rules.map { (index, $0) }
        }
        self.rules = rules
        self.firstRules = firstRules
        places = zip(plans, firstRules).map { plan, first in
            Dictionary(plan.rules.enumerated().map { ($1.rule.name.value, first + $0) }) { first, _ in first }
        }
    }

    mutating func planFiles() {
        outcomes = rules.enumerated().map { index, rule in
            var outcome = RulePlanner(bound: rule.bound, rule: index, inventory: inventory).outcome()
            outcome.operations.sort { $0.destination.key < $1.destination.key }
            return outcome
        }
    }

    /// Warnings about rules that took nothing, and say that this is worth one.
    func missingFiles() -> [Diagnostic] {
        zip(rules, outcomes).compactMap { rule, outcome in
            guard rule.bound.rule.missing == .warn, case .nothingSelected(let reason) = outcome.status else {
                return nil
            }
            let name = rule.bound.rule.name
            return Diagnostic(
                severity: .warning, code: .nothingSelected, message: "rule '\(name.value)' takes nothing: \(reason)",
                file: plans[rule.plan].plan.file, range: name.range)
        }
    }

    /// Joins everything, and leaves the outcomes without operations: twice they would take as much memory again.
    mutating func takeUpload() -> PlannedUpload {
        var upload = PlannedUpload(
            rules: rules.indices.map(plannedRule), operations: [], skipped: skipped(), leftovers: leftovers())
        for index in outcomes.indices {
            let operations = outcomes[index].operations
            outcomes[index].operations = []
            if upload.operations.isEmpty { upload.operations = operations } else { upload.operations += operations }
        }
        return upload
    }

    private func plannedRule(_ index: Int) -> PlannedRule {
        let (plan, bound) = rules[index]
        var rule = PlannedRule(
            plan: plans[plan].plan.file, name: bound.rule.name.value, range: bound.rule.name.range,
            existing: bound.rule.existing, properties: bound.properties, destination: bound.destination)
        rule.status = outcomes[index].status
        rule.problems = outcomes[index].problems
        rule.bestEffort = bound.rule.bestEffort
        rule.after = bound.rule.after.compactMap { places[plan][$0.value] }
        return rule
    }
}
