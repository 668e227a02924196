public import MarkedYAML
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
        planner.drafts.reduce(0) { $0 + $1.operations.sourceFileCount }
    }

    /// The files that are taken, each once, in the order of rules and keys.
    public var files: some Sequence<SourceFile> { DistinctFiles(planner.parts) }

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
    /// The index of each plan's first rule among all rules.
    let firstRules: [Int]
    /// The index of each plan's rules among all rules, by name.
    private let ruleIndices: [[String: Int]]
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
        ruleIndices = zip(plans, firstRules).map { plan, first in
            Dictionary(plan.rules.enumerated().map { ($1.rule.name.value, first + $0) }) { first, _ in first }
        }
    }

    mutating func planFiles() {
        drafts = rules.enumerated().map { index, rule in
            RulePlanner.draft(of: rule.bound, at: index, inventory)
        }
        for index in rules.indices { standInOnlyForNothing(index) }
    }

    /// Fails the rules that would publish files with secrets.
    mutating func withdraw(_ secrets: [ExactString: String]) {
        guard !secrets.isEmpty else { return }
        let names = Set(secrets.keys.map(\.text.lastPathComponent))
        for index in rules.indices {
            drafts[index].withdrawSecrets(of: rules[index].bound, at: index, named: names.contains) { secrets[$0] }
        }
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

    /// Joins everything.
    ///
    /// - Parameter leftovers: The files that no rule takes.
    /// - Returns: All that will be done.
    func makePlannedUpload(leftovers: [SourceFile]) -> PlannedUpload {
        var upload = PlannedUpload(
            rules: rules.indices.map(plannedRule), operations: UploadOperations(), skipped: skipped(),
            leftovers: leftovers)
        for draft in drafts { upload.operations.append(contentsOf: draft.operations) }
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
        rule.after = bound.rule.after.compactMap { ruleIndices[plan][$0.value] }
        return rule
    }
}

extension Planner {
    /// The operations of all rules.
    fileprivate var parts: [UploadOperations.Part] { drafts.flatMap(\.operations.parts) }

    /// The files that some rule takes, also as members of an archive.
    private var taken: TakenFiles { TakenFiles(parts) }

    /// What rules looked at and left: a file that one excludes or cannot use is not skipped if another takes it.
    func skipped() -> [SkippedFile] {
        let skipped = drafts.flatMap(\.skipped)
        guard !skipped.isEmpty else { return [] }
        let taken = taken
        return skipped.filter { !taken.holds($0.path) }
    }

    /// The files under a source root that no rule took and no exclude named, sorted by path.
    ///
    /// A source root is the `from` of a rule, also of an archive that takes all its files. An archive with `include`
    /// picks from a tree that the plan does not claim to publish.
    func leftovers() -> [SourceFile] {
        let takenWhole = takenWhole
        let files = sourceRoots.filter { !takenWhole.contains($0.directory) }.flatMap(files)
        guard !files.isEmpty else { return [] }
        let taken = taken
        var accounted: Set<ExactString> = []
        for outcome in drafts { for file in outcome.skipped { accounted.insert(file.path) } }
        // Directories of two rules may lie in each other: each file is one leftover.
        return files.filter { !taken.holds($0.path) && accounted.insert($0.path).inserted }.sorted { $0.path < $1.path }
    }

    /// Decides what leftovers mean, as the plan of the rule says that comes nearest to taking each.
    ///
    /// - Returns: Those that are listed, and warnings; rules that they fail have a problem from here on.
    mutating func judgedLeftovers() -> (files: [SourceFile], warnings: [Diagnostic]) {
        var listed: [SourceFile] = []
        var found: [Int: (count: Int, first: SourceFile)] = [:]
        for file in leftovers() {
            let rule = nearestRule(to: file.path)
            let policy = rule.flatMap { plans[rules[$0].plan].plan.leftovers }
            if policy != .ignore { listed.append(file) }
            if let rule, policy == .error || policy == .warn { found[rule, default: (0, file)].count += 1 }
        }
        var warnings: [Diagnostic] = []
        for (rule, (count, first)) in found.sorted(by: { $0.key < $1.key }) {
            let message =
                count == 1
                ? "no rule takes '\(first.path)'" : "no rule takes \(count) files, such as '\(first.path)'"
            let plan = plans[rules[rule].plan].plan
            if plan.leftovers == .error {
                drafts[rule].problems.append(.init(message, code: .leftover))
                // A pattern that became too narrow may take nothing, and the rule say that this is not an error.
                if case .nothingSelected = drafts[rule].status { drafts[rule].status = .failed }
            } else {
                var warning = Diagnostic(
                    severity: .warning, code: .leftover, message: message, file: plan.file,
                    range: rules[rule].bound.rule.name.range)
                warning.help.append("take it, exclude it, or say `leftovers: ignore`")
                warnings.append(warning)
            }
        }
        return (listed, warnings)
    }

    /// The rule whose directory is the deepest that a file lies in: one that picks by pattern before one that takes all.
    private func nearestRule(to path: ExactString) -> Int? {
        let around = rules.indices.filter { index in
            let bound = rules[index].bound
            return bound.conditionNotMet == nil && bound.publishedSelection?.directory.relativePath(of: path) != nil
        }
        return around.max { rank($0) < rank($1) }
    }

    /// Of rules of one directory the first counts.
    private func rank(_ rule: Int) -> (depth: Int, isPicking: Int, order: Int) {
        let selection = rules[rule].bound.publishedSelection
        return (
            selection?.directory.path.text.utf8.count ?? 0, selection?.include.isEmpty == false ? 1 : 0, -rule
        )
    }

    private func files(of root: BoundSelection) -> [SourceFile] {
        guard case .listed(let entries, _) = inventory.directories[root.directory] ?? .absent else { return [] }
        return entries.filter { $0.kind == .file }.map(root.directory.source)
    }

    /// The directories of which some rule takes or excludes every file: nothing is left over there.
    private var takenWhole: Set<InventoryRequest.Directory> {
        Set(sourceRoots.filter(\.include.isEmpty).map(\.directory))
    }

    private var sourceRoots: [BoundSelection] {
        rules.filter { $0.bound.conditionNotMet == nil }.compactMap(\.bound.publishedSelection)
    }
}

extension [BoundPlan] {
    /// The rule that comes nearest to taking a file that none takes, and what it wants instead.
    func nearestRule(to path: ExactString) -> String? {
        let candidates = flatMap { plan in plan.rules.map { (plan.plan.file, $0) } }.compactMap { file, rule in
            rule.conditionNotMet == nil ? rule.publishedSelection.map { (file, rule.rule, $0) } : nil
        }
        let looking = candidates.filter { $0.2.directory.relativePath(of: path) != nil && !$0.2.include.isEmpty }
        let depth = { (directory: InventoryRequest.Directory) in directory.path.text.utf8.count }
        guard let (file, rule, selection) = looking.max(by: { depth($0.2.directory) < depth($1.2.directory) }) else {
            return nil
        }
        let patterns = selection.include.map { "'\($0.source.value)'" }.joined(separator: ", ")
        return "nearest rule '\(rule.name.value)' wants \(patterns) (\(file):\(rule.name.range.lowerBound.line))"
    }
}

/// A directory that a rule takes files from, and which files these are.
public struct SourceDirectory: Sendable {
    public let rule: Marked<String>
    private let selection: BoundSelection

    fileprivate init(rule: Marked<String>, selection: BoundSelection) {
        self.rule = rule
        self.selection = selection
    }

    public var directory: InventoryRequest.Directory { selection.directory }
    /// Its path, relative to the working directory or absolute.
    public var path: String { selection.directory.path.text }

    /// Whether the rule takes a file.
    ///
    /// - Parameter path: The file's path relative to the directory.
    /// - Returns: Whether the patterns take it; what kind of file it is does not matter.
    public func takes(_ path: String) -> Bool { selection.takes(ExactString(path)) }
}

extension BoundPlan {
    /// The directories that rules take files from whose conditions hold.
    public var sourceDirectories: [SourceDirectory] {
        rules.filter { $0.conditionNotMet == nil }.compactMap { rule in
            switch rule.source {
            case .directory(let selection), .archive(_, _, let selection):
                SourceDirectory(rule: rule.rule.name, selection: selection)
            case .file, .index: nil
            }
        }
    }
}

extension BoundSelection {
    /// Whether the patterns take a path that is relative to the directory.
    func takes(_ path: ExactString) -> Bool {
        (include.isEmpty || include.contains { $0.glob.matches(path) }) && !exclude.contains { $0.glob.matches(path) }
    }
}

extension BoundRule {
    /// The selection that claims to publish a directory.
    var publishedSelection: BoundSelection? {
        switch source {
        case .directory(let selection): selection
        case .archive(_, _, let members): members.include.isEmpty ? members : nil
        case .file, .index: nil
        }
    }
}
