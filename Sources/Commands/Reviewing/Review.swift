import ArgumentParser
import RunOutputs
import UploadExecution
import UploadPlanning

/// The work of `diff`: what is compared over which files, and how that is told.
struct Review {
    let command: DiffCommand
    let context: Context
    /// Read once: a listing can be long, and both versions are compared over the same files.
    let listing: TreeListing?
    let run: ResolvedRun
    let policyVersion: String

    /// Reads what all comparisons share.
    ///
    /// - Throws: ``WrongInput``, or an exit code.
    init(_ command: DiffCommand, context: Context) async throws {
        self.command = command
        self.context = context
        do {
            listing = try command.listing.read(context)
            let plans = await PlanFiles(command.currentPlans, context).places
            let request = try await command.request(plans: plans, context)
            run = try await ResolvedRun(request, isLocal: true, needsBucket: false, context: context)
            policyVersion = Behaviour.ofPolicy(request.places.policyText, name: "")?.policyVersion ?? ""
        } catch let error as Diagnostic {
            Self.show(PlanComparison(problems: [error.message]), command, context)
            throw WrongInput(error)
        } catch {
            Self.show(PlanComparison(problems: ["\(error)"]), command, context)
            throw ToolExit.wrongInput
        }
    }

    var inputs: ParameterInputs {
        ParameterInputs(
            settings: command.settings.values, environment: context.environment, repository: run.repository.description,
            releaseType: run.releaseType)
    }

    var versions: PlanRecord.Versions {
        .init(layout: PlanRecord.Versions.version(of: run.root.layout), policy: policyVersion)
    }

    /// Reads one side of a comparison.
    func reviewed(_ paths: [String]) async throws(ReviewProblem) -> ReviewedPlans {
        try await ReviewedPlans(paths, command.bucketOptions, context)
    }

    /// Compares two versions.
    func compare(_ old: [String], _ new: [String]) async throws {
        do {
            let (before, after) = (try await reviewed(old), try await reviewed(new))
            context.output.diagnostics(after.warnings, sources: after.sources)
            guard before.policies.isEmpty, after.policies.isEmpty else {
                return try finish(try policyComparison(before, after))
            }
            guard before.layouts.isEmpty, after.layouts.isEmpty else {
                return try finish(try await layoutComparison(before, after))
            }
            let unknown = (before.plans + after.plans).map(\.plan).unknownSettings(inputs.settings)
            guard unknown.isEmpty else { throw ReviewProblem(unknown) }
            var trees = Trees()
            trees.plan(before, after, self)
            let tests = ReviewedTests(from: before, to: after)
            trees.require(orTests: !tests.new.isEmpty, listing: command.listing.filesFrom)
            let comparison = PlanComparison(
                from: PlanRecord(versions: versions, behaviours: before.behaviours, scenarios: trees.old + tests.old),
                to: PlanRecord(versions: versions, behaviours: after.behaviours, scenarios: trees.new + tests.new),
                problems: trees.problems, notes: trees.notes)
            try finish(comparison, page: trees.upload)
        } catch let problem as ReviewProblem {
            try fail(problem)
        }
    }

    /// Compares two layouts, with the plans that `--plans` names, as they are with the layout as it was.
    private func layoutComparison(_ before: ReviewedPlans, _ after: ReviewedPlans) async throws -> PlanComparison {
        guard before.plans.isEmpty, after.plans.isEmpty, let old = before.layouts.first, let new = after.layouts.first,
            before.layouts.count == 1, after.layouts.count == 1
        else {
            let problem = Diagnostic(
                severity: .error, code: .layoutReference,
                message: "a layout is compared with one layout; name the plans that use it with --plans")
            throw ReviewProblem([problem])
        }
        let files = await PlanFiles(command.writers, context)
        var problems = files.unreadable
        let plans = files.validated(&problems, layout: old.layout).map(\.plan)
        var later: [Diagnostic] = []
        _ = files.validated(&later, layout: new.layout)
        problems += later.filter { $0.severity == .error }
        var comparison = PlanComparison(from: old, to: new, plans: plans)
        comparison.problems = ReviewProblem(problems.filter { $0.severity == .error }, files.sources).lines
        return comparison
    }

    private func policyComparison(_ before: ReviewedPlans, _ after: ReviewedPlans) throws -> PlanComparison {
        guard before.plans.isEmpty, after.plans.isEmpty, let old = before.policies.first,
            let new = after.policies.first,
            before.policies.count == 1, after.policies.count == 1
        else {
            let problem = Diagnostic(
                severity: .error, code: .bucketPolicy,
                message: "a bucket policy is compared with one bucket policy, not with plans")
            throw ReviewProblem([problem])
        }
        return PlanComparison(from: old, to: new)
    }

    /// Tells the result, and ends with the exit code that says it.
    func finish(_ comparison: PlanComparison, page: PlannedUpload? = nil) throws {
        if command.format == .html, let page {
            let page = PlanPage(page, root: run.root, chosenBy: run.chosenBy, comparison: comparison)
            context.output.data(page.text())
        } else {
            Self.show(comparison, command, context)
        }
        if !comparison.problems.isEmpty { throw ToolExit.wrongInput }
        if command.detailedExitCode, !comparison.isEmpty { throw ToolExit.somethingToDo }
    }

    /// Tells that nothing could be compared, in the format that was asked for and to people.
    func fail(_ problem: ReviewProblem, title: String? = nil) throws {
        context.output.diagnostics(problem.diagnostics, sources: problem.sources)
        try finish(PlanComparison(problems: problem.lines))
    }

    /// Writes a comparison in the format of the command.
    static func show(
        _ comparison: PlanComparison, _ command: DiffCommand, _ context: Context, title: String? = nil
    ) {
        let text = PlanComparisonText(comparison, style: context.output.style)
        switch command.format {
        case .text: context.output.text((title.map { "\($0)\n" } ?? "") + text.text())
        case .json: context.output.data(text.json(title: title))
        case .markdown: context.output.text(text.markdown(title: title))
        case .html: context.output.data(PlanPage(comparison).text())
        }
    }
}

/// What both versions upload of the files that are there, and why that is not known.
struct Trees {
    var old: [PlanRecord.Scenario] = []
    var new: [PlanRecord.Scenario] = []
    /// What the new version uploads.
    var upload: PlannedUpload?
    /// Why the comparison is not complete.
    var problems: [String] = []
    var notes: [String] = []
    /// Why there are no files to compare over; a problem only where nothing else is compared.
    private var missing: [String] = []

    /// Plans both versions over the files.
    mutating func plan(_ before: ReviewedPlans, _ after: ReviewedPlans, _ review: Review) {
        do throws(ReviewProblem) {
            review.context.secrets.add(before.plans.map(\.plan) + after.plans.map(\.plan), review.inputs)
            let first = try ReviewedTree(before, root: review.run.root, review.inputs, listing: review.listing)
            let second = try ReviewedTree(after, root: review.run.root, review.inputs, listing: review.listing)
            upload = second.upload
            guard !first.isEmpty || !second.isEmpty else {
                missing = ["no rule finds a file in \(review.listing == nil ? "the build tree" : "the listing")"]
                missing += second.failures.prefix(3)
                return
            }
            (old, new) = ([first.scenario], [second.scenario])
            problems += second.failures
        } catch {
            if review.listing == nil, error.isOnlyMissingTree {
                missing = error.lines
            } else {
                problems += error.lines
                review.context.output.diagnostics(error.diagnostics, sources: error.sources)
            }
        }
    }

    /// Says that files are missing: a note if tests were compared instead of a build tree, and a problem otherwise.
    ///
    /// - Parameters:
    ///   - hasTests: Whether the plans' tests were compared.
    ///   - listing: The listing that was named: then it should have had files.
    mutating func require(orTests hasTests: Bool, listing: String?) {
        guard old.isEmpty, new.isEmpty, problems.isEmpty else { return }
        if hasTests, listing == nil {
            notes += [
                "only the plans' tests were compared, because there is no build tree: \(missing.joined(separator: "; "))"
            ]
        } else {
            problems += missing + ["nothing was compared: give a build tree, or a listing with --files-from"]
        }
    }
}
