import MarkedYAML
import RunOutputs
import UploadExecution
import UploadPlanning

/// One side of a comparison: plans or bucket policies that were read and checked.
struct ReviewedPlans {
    /// The plans, with what each says.
    var plans: [(plan: ValidatedPlan, behaviour: Behaviour)] = []
    /// The policies, with what each says.
    var policies: [(policy: BucketPolicy, behaviour: Behaviour)] = []
    /// The layouts, with what each says.
    var layouts: [(layout: Layout, behaviour: Behaviour)] = []
    /// The texts, for diagnostics.
    var sources: [String: SourceText] = [:]

    /// Reads files.
    ///
    /// - Parameters:
    ///   - paths: Plans, policies and layouts: files, or `git:REVISION:PATH`.
    ///   - options: The flags about the layout.
    ///   - context: Reads them.
    /// - Throws: ``ReviewProblem`` with everything that is wrong with them.
    init(_ paths: [String], _ options: BucketOptions, _ context: Context) async throws(ReviewProblem) {
        let files = await PlanFiles(paths, context)
        sources = files.sources
        var problems = files.unreadable
        for (file, bytes) in files.contents {
            do throws(PlanRejected) {
                let name = String(file.split(separator: "/").last ?? "")
                switch FileCheck.kind(of: bytes) {
                case .buckets:
                    let policy = try BucketPolicy.read(bytes, file: file)
                    if let behaviour = Behaviour.ofPolicy(bytes, name: name) { policies.append((policy, behaviour)) }
                case .layout:
                    let layout = try Layout.read(bytes, file: file)
                    if let behaviour = Behaviour.ofLayout(bytes, name: name) { layouts.append((layout, behaviour)) }
                case .plan, .requirements:
                    let places = try await options.places(plans: [PlanPlaces(bytes, file: file)], context)
                    sources.merge(places.sources) { $1 }
                    let plan = try ValidatedPlan.read(bytes, file: file, layout: places.layout)
                    if let behaviour = Behaviour.ofPlan(bytes, layout: places.layout) {
                        plans.append((plan, behaviour))
                    }
                }
            } catch {
                problems += error.diagnostics.filter { $0.severity == .error }
                sources.merge(error.sources) { $1 }
            }
        }
        guard problems.isEmpty else { throw ReviewProblem(problems, sources) }
    }

    /// The warnings about all plans.
    var warnings: [Diagnostic] { plans.flatMap(\.plan.warnings) }

    /// What all files say.
    var behaviours: [Behaviour] { plans.map(\.behaviour) + policies.map(\.behaviour) + layouts.map(\.behaviour) }
}

/// Why plans cannot be compared, or not over some files.
struct ReviewProblem: Error {
    var diagnostics: [Diagnostic]
    var sources: [String: SourceText]

    init(_ diagnostics: [Diagnostic], _ sources: [String: SourceText] = [:]) {
        self.diagnostics = diagnostics
        self.sources = sources
    }

    /// Takes the errors of what was rejected, and none of the warnings that were found on the way.
    init(_ rejected: PlanRejected, _ sources: [String: SourceText] = [:]) {
        diagnostics = rejected.diagnostics.filter { $0.severity == .error }
        self.sources = sources.merging(rejected.sources) { $1 }
    }

    /// Whether all that is wrong is that there is no build tree, and nobody said which build it would be.
    var isOnlyMissingTree: Bool {
        diagnostics.allSatisfy { $0.code == .noValue || $0.code == .missingPath }
    }

    /// The problems, each in one line.
    var lines: [String] {
        diagnostics.map { problem in
            let place = problem.range.map { "\(problem.file):\($0.lowerBound.line): " } ?? ""
            return place + problem.message
        }
    }
}

/// What plans upload of the files of a build tree, or of a listing.
struct ReviewedTree {
    var upload: PlannedUpload
    var scenario: PlanRecord.Scenario

    /// Plans what would be uploaded.
    ///
    /// - Parameters:
    ///   - side: The plans; without any, nothing is uploaded.
    ///   - root: Where the run's outputs live.
    ///   - inputs: Where the values of parameters come from.
    ///   - listing: A recorded listing, which stands in for the disk.
    /// - Throws: ``ReviewProblem`` if the plans cannot be planned.
    init(
        _ side: ReviewedPlans, root: RunOutputRoot, _ inputs: ParameterInputs, listing: TreeListing?
    ) throws(ReviewProblem) {
        do throws(PlanRejected) {
            var problems: [Diagnostic] = []
            var bound: [BoundPlan] = []
            var treeRequest = InventoryRequest()
            for (plan, _) in side.plans { treeRequest.formUnion(plan.treeRequest(root: root, inputs: inputs)) }
            let tree = PreparedUpload.look(treeRequest, listing)
            for (plan, _) in side.plans {
                do {
                    bound.append(try plan.bound(to: root, inputs: inputs, tree: tree))
                } catch {
                    problems += error.diagnostics
                }
            }
            guard problems.isEmpty else { throw PlanRejected(problems) }
            let inventory = PreparedUpload.look(bound.inventoryRequest, listing, known: tree)
            upload = try bound.planned(with: inventory).upload
            scenario = upload.scenario(.files, below: root)
        } catch {
            throw ReviewProblem(error, side.sources)
        }
    }

    /// Whether no rule found anything.
    var isEmpty: Bool { upload.operations.isEmpty }

    /// The rules that fail, in words.
    var failures: [String] {
        scenario.failures.map { "rule '\($0.rule)' fails, so what it uploads cannot be compared: \($0.reason)" }
    }
}

/// The tests of plans as situations to compare two versions in.
struct ReviewedTests {
    var old: [PlanRecord.Scenario] = []
    var new: [PlanRecord.Scenario] = []

    /// Runs the tests of both versions of each plan in both.
    ///
    /// Plans are paired by name; one plan on each side is two versions of one.
    init(from before: ReviewedPlans, to after: ReviewedPlans) {
        let isPair = before.plans.count == 1 && after.plans.count == 1
        let names = (before.plans + after.plans).map(\.plan.name.value)
        var seen: Set<String> = []
        for name in isPair ? Array(names.suffix(1)) : names where seen.insert(name).inserted {
            let old = before.plans.first { isPair || $0.plan.name.value == name }?.plan
            let new = after.plans.first { isPair || $0.plan.name.value == name }?.plan
            add(old, new, prefix: Set(names).count > 1 && !isPair ? "\(name): " : "")
        }
    }

    private mutating func add(_ before: ValidatedPlan?, _ after: ValidatedPlan?, prefix: String) {
        let current = after?.tests ?? []
        var tests = current.map { ($0, $0.name.value) }
        for test in before?.tests ?? [] {
            guard let other = current.first(where: { $0.name.value == test.name.value }) else {
                tests.append((test, test.name.value))
                continue
            }
            if !other.isSameSituation(as: test) { tests.append((test, "\(test.name.value) (as it was)")) }
        }
        for (test, name) in tests {
            old.append(Self.scenario(of: test, in: before, named: prefix + name))
            new.append(Self.scenario(of: test, in: after, named: prefix + name))
        }
    }

    private static func scenario(of test: PlanTest, in plan: ValidatedPlan?, named name: String) -> PlanRecord.Scenario
    {
        guard let plan else { return PlanRecord.Scenario(.test(name), PlanSnapshot(entries: [])) }
        var scenario = plan.scenario(of: test)
        scenario.situation = .test(name)
        return scenario
    }
}
