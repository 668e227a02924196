import MarkedYAML
public import RunOutputs

extension [BoundPlan] {
    /// What the plans need to know of the disk.
    public var inventoryRequest: InventoryRequest {
        var request = InventoryRequest()
        for plan in self { request.formUnion(plan.inventoryRequest) }
        return request
    }

    /// Decides what to upload, if nobody looks into the files.
    ///
    /// - Parameter inventory: What the disk holds, as ``inventoryRequest`` asks for it.
    /// - Returns: As ``PlanDraft/planned(secrets:ignoresCase:)``.
    /// - Throws: ``PlanRejected`` if a path parameter does not exist, or two objects have one destination whatever the
    ///   disk holds.
    public func planned(
        with inventory: Inventory
    ) throws(PlanRejected) -> (upload: PlannedUpload, warnings: [Diagnostic]) {
        try drafted(with: inventory).planned()
    }

    /// Decides which files to upload, and to where.
    ///
    /// Same arguments, same result: no clock, no disk, no network.
    ///
    /// - Parameter inventory: What the disk holds, as ``inventoryRequest`` asks for it.
    /// - Returns: The files, for whoever wants to look into them, and the rest of planning.
    /// - Throws: ``PlanRejected`` if a path parameter does not exist.
    public func drafted(with inventory: Inventory) throws(PlanRejected) -> PlanDraft {
        let missing = flatMap { $0.missingPaths(inventory) }
        guard missing.isEmpty else { throw PlanRejected(missing) }
        return PlanDraft(plans: self, inventory: inventory)
    }
}

/// Plans whose rules have taken their files: what is still open is what these files hold.
public struct PlanDraft {
    private var planner: Planner

    fileprivate init(plans: [BoundPlan], inventory: Inventory) {
        planner = Planner(plans: plans, inventory: inventory)
        planner.planFiles()
    }

    /// How many files are taken, also as members of archives.
    public var fileCount: Int {
        planner.drafts.reduce(0) { $0 + $1.operations.reduce(0) { $0 + $1.sourceFileCount } }
    }

    /// The first files that are taken, in the order of rules and keys.
    public func files(atMost count: Int) -> [SourceFile] {
        Array(planner.drafts.lazy.flatMap(\.operations).flatMap(\.sourceFiles).prefix(count))
    }

    /// Decides what to upload.
    ///
    /// - Parameters:
    ///   - secrets: The files that hold what looks like credentials, with the reason as the end of a sentence.
    ///   - ignoresCase: Whether the place that objects go to holds only one of two keys that differ by case.
    /// - Returns: The operations and an account of every file that was seen, with warnings, and with the problems of
    ///   rules that have a code: they fail their rule and not the plan.
    /// - Throws: ``PlanRejected`` if two objects have one destination whatever the disk holds.
    public consuming func planned(
        secrets: [ExactString: String] = [:], ignoresCase: Bool = false
    ) throws(PlanRejected) -> (upload: PlannedUpload, warnings: [Diagnostic]) {
        planner.ignoresCase = ignoresCase
        planner.withdraw(secrets)
        var pages = planner.pages()
        let collisions = planner.collisions(with: pages)
        guard collisions.proven.isEmpty else { throw PlanRejected(collisions.proven) }
        if !collisions.heldBack.isEmpty {
            planner.holdBack(collisions)
            // What is held back is on no page.
            pages = planner.pages(without: collisions.heldBack)
        }
        planner.add(pages)
        let leftovers = planner.judgedLeftovers()
        let upload = planner.makePlannedUpload(leftovers: leftovers.files)
        return (
            upload, collisions.diagnostics + planner.missingFiles() + leftovers.warnings + upload.codedProblems
        )
    }
}

extension BoundPlan {
    fileprivate func missingPaths(_ inventory: Inventory) -> [Diagnostic] {
        var log = DiagnosticLog(file: plan.file)
        for parameter in plan.parameters where parameter.kind != .string && parameter.mustExist {
            let name = parameter.name.value
            // One that is not needed is empty.
            guard let value = values[name], !value.isEmpty else { continue }
            let path = value.normalizedPath
            let status = inventory.paths[ExactString(path)] ?? .absent
            let problem: String? =
                switch (status, parameter.kind) {
                case (.absent, _): "does not exist"
                case (.unreadable(let reason), _): "cannot be read: \(reason)"
                case (.directory, .file): "is a directory, not a file"
                case (.file, .directory), (.special, .directory): "is not a directory"
                case (.special, .file): "is not a regular file"
                default: nil
                }
            guard let problem else { continue }
            log.error(
                .missingPath, "the \(parameter.kind.rawValue) '\(path)' of parameter '\(name)' \(problem)",
                at: parameter.name.range
            ) {
                $0.help.append("pass `--set \(name)=…`; relative paths start where the command runs")
                $0.help.append("or declare `must_exist: false`, if a build that failed early may leave none")
            }
        }
        return log.diagnostics
    }
}

extension PlannedRule.Status {
    /// Whether a condition may still keep the rule from being carried out.
    fileprivate var isInQuestion: Bool { if case .conditionNotMet = self { false } else { true } }
}

extension RuleDraft {
    /// Whether the rule found something to upload, or fails because of what it found.
    fileprivate var selectsSomething: Bool {
        switch status {
        case .active, .failed: !operations.isEmpty || !problems.isEmpty
        case .conditionNotMet, .nothingSelected: false
        }
    }
}

/// Plans the rules of all plans together.
struct Planner {
    let plans: [BoundPlan]
    let inventory: Inventory
    /// Whether the place that objects go to holds only one of two keys that differ by case.
    var ignoresCase = false
    /// All rules, with the plan each belongs to.
    let rules: [(plan: Int, bound: BoundRule)]
    /// The place of each plan's first rule among all rules.
    let firstRules: [Int]
    /// The place of each plan's rules among all rules, by name.
    private let places: [[String: Int]]
    var drafts: [RuleDraft] = []

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
        drafts = rules.enumerated().map { index, rule in
            var draft = RulePlanner.draft(of: rule.bound, at: index, inventory)
            draft.operations.sort { $0.destination.key < $1.destination.key }
            return draft
        }
        for index in rules.indices { standInOnlyForNothing(index) }
    }

    /// Fails the rules that would publish files with secrets.
    mutating func withdraw(_ secrets: [ExactString: String]) {
        guard !secrets.isEmpty else { return }
        for index in rules.indices { drafts[index].withdrawSecrets(of: rules[index].bound, at: index) { secrets[$0] } }
    }

    /// Takes back a rule that stands in for others, unless these select nothing.
    private mutating func standInOnlyForNothing(_ index: Int) {
        guard drafts[index].status.isInQuestion else { return }
        let (plan, bound) = rules[index]
        let others = bound.ifNothingFrom.map { $0 + firstRules[plan] }
        guard let other = others.first(where: { drafts[$0].selectsSomething }) else { return }
        let name = rules[other].bound.rule.name.value
        drafts[index] = RuleDraft(status: .conditionNotMet("rule '\(name)' selects something"))
    }

    /// Warnings about rules that took nothing, and say that this is worth one.
    func missingFiles() -> [Diagnostic] {
        zip(rules, drafts).compactMap { rule, outcome in
            guard rule.bound.rule.missing == .warn, case .nothingSelected(let reason) = outcome.status else {
                return nil
            }
            let name = rule.bound.rule.name
            return Diagnostic(
                severity: .warning, code: .nothingSelected, message: "rule '\(name.value)' takes nothing: \(reason)",
                file: plans[rule.plan].plan.file, range: name.range)
        }
    }

    /// Joins everything, and leaves the drafts without operations: twice they would take as much memory again.
    ///
    /// - Parameter leftovers: The files that no rule takes.
    /// - Returns: All that will be done.
    mutating func makePlannedUpload(leftovers: [SourceFile]) -> PlannedUpload {
        var upload = PlannedUpload(
            rules: rules.indices.map(plannedRule), operations: [], skipped: skipped(), leftovers: leftovers)
        for index in drafts.indices {
            let operations = drafts[index].operations
            drafts[index].operations = []
            if upload.operations.isEmpty { upload.operations = operations } else { upload.operations += operations }
        }
        return upload
    }

    private func plannedRule(_ index: Int) -> PlannedRule {
        let (plan, bound) = rules[index]
        var rule = PlannedRule(
            plan: plans[plan].plan.file, name: bound.rule.name.value, range: bound.rule.name.range,
            existing: bound.rule.existing, properties: bound.properties, destination: bound.destination)
        rule.status = drafts[index].status
        rule.problems = drafts[index].problems
        rule.bestEffort = bound.rule.bestEffort
        rule.after = bound.rule.after.compactMap { places[plan][$0.value] }
        return rule
    }
}
