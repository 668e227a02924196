import ArgumentParser
import LocalFiles
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
        } catch let error as PlanRejected {
            Self.show(PlanComparison(problems: ReviewProblem(error).lines), command, context)
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

extension Review {
    /// One lock, and the plans that it is for.
    private struct Lock {
        var file: String
        var plans: [String]
        /// What it is called where there are several.
        var title: String?
    }

    /// Compares plans with their locks, or writes these.
    func compareWithLocks() async throws {
        var (isStale, hasProblems) = (false, false)
        if let file = command.lock {
            let comparison = try await compare(Lock(file: file, plans: command.plans))
            (isStale, hasProblems) = (!comparison.isEmpty, !comparison.problems.isEmpty)
        } else if let directory = command.lockDir {
            let (locks, orphans) = try locks(in: directory)
            for lock in locks {
                let comparison = try await compare(lock)
                isStale = isStale || !comparison.isEmpty
                hasProblems = hasProblems || !comparison.problems.isEmpty
            }
            for orphan in orphans {
                context.output.notice("error: \(orphan) matches none of the plans: remove it, or name its plan\n")
            }
            hasProblems = hasProblems || !orphans.isEmpty
        }
        if hasProblems { throw ToolExit.wrongInput }
        if isStale { throw ToolExit.someFailed }
    }

    private func compare(_ lock: Lock) async throws -> PlanComparison {
        let comparison = await comparison(with: lock)
        // What was written needs no words but its own.
        if let comparison { Self.show(comparison, command, context, title: lock.title) }
        guard let comparison else { return PlanComparison(problems: []) }
        if !comparison.isEmpty, comparison.problems.isEmpty {
            context.output.notice(
                "The plan is not the one in \(lock.file). If that is meant, accept it with --update-lock.\n")
        }
        return comparison
    }

    /// The comparison with a lock, or `nil` after it was written.
    private func comparison(with lock: Lock) async -> PlanComparison? {
        do {
            let plans = try await reviewed(lock.plans)
            context.output.diagnostics(plans.warnings, sources: plans.sources)
            let unknown = plans.plans.map(\.plan).unknownSettings(inputs.settings)
            // A setting may be for another plan of the directory.
            guard unknown.isEmpty || lock.title != nil else { throw ReviewProblem(unknown) }
            let before = command.updateLock ? nil : try reviewed(lock.file)
            let (record, problems, notes) = try record(of: plans, before: before, isOneOfMany: lock.title != nil)
            guard problems.isEmpty else { return PlanComparison(problems: problems) }
            guard let before else {
                try context.writeFile(record.lockText, to: lock.file)
                let count = record.scenarios.reduce(0) { $0 + $1.snapshot.entries.count }
                context.output.notice("\(lock.file): \(count.counted("object")) written.\n")
                return nil
            }
            return PlanComparison(from: before, to: record, notes: notes)
        } catch let problem as ReviewProblem {
            context.output.diagnostics(problem.diagnostics, sources: problem.sources)
            return PlanComparison(problems: problem.lines)
        } catch let error as PlanRecord.InvalidLock {
            return PlanComparison(problems: ["\(lock.file): \(error)"])
        } catch let error as UnreadableFile {
            return PlanComparison(problems: ["\(error)"])
        } catch {
            (error as? WrongInput)?.tell(context.output)
            return PlanComparison(problems: ["\(lock.file) cannot be written"])
        }
    }

    /// Reads a lock; a missing one does not pass.
    private func reviewed(_ file: String) throws -> PlanRecord {
        guard LocalPath.exists(file) else {
            throw UnreadableFile(
                path: file, reason: "there is no such lock file; write it with --update-lock, and commit it")
        }
        return try PlanRecord(lock: String(decoding: try context.readSmallFile(file, limit: 1 << 30), as: UTF8.self))
    }

    /// What plans do now, over the files that a lock was made with.
    private func record(
        of plans: ReviewedPlans, before: PlanRecord?, isOneOfMany: Bool
    ) throws -> (record: PlanRecord, problems: [String], notes: [String]) {
        let tests = ReviewedTests(from: plans, to: plans)
        var trees = Trees()
        let isLockedWithFiles = before?.scenarios.contains { $0.situation == .files }
        let usesTree = listing != nil || (!isOneOfMany && isLockedWithFiles ?? true)
        if !plans.plans.isEmpty, usesTree {
            trees.plan(plans, plans, self)
            trees.require(
                orTests: !tests.new.isEmpty && isLockedWithFiles != true, listing: command.listing.filesFrom)
        }
        if let isLockedWithFiles, trees.problems.isEmpty, isLockedWithFiles != !trees.new.isEmpty {
            trees.problems.append(
                isLockedWithFiles
                    ? "the lock holds what is uploaded of files: name the listing with --files-from, or rewrite it"
                    : "the lock was made without files: leave out --files-from, or rewrite it with --update-lock")
        }
        let record = PlanRecord(versions: versions, behaviours: plans.behaviours, scenarios: trees.new + tests.new)
        return (record, trees.problems, trees.notes)
    }

    /// The locks of a directory, one for each plan, and lock files whose plan is gone from a directory of plans.
    private func locks(in directory: String) throws -> (locks: [Lock], orphans: [String]) {
        var plans: [String] = []
        var namesDirectory = false
        for plan in command.plans {
            guard let names = LocalPath.names(in: plan) else {
                plans.append(plan)
                continue
            }
            namesDirectory = true
            plans += names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted().map { "\(plan)/\($0)" }
        }
        let locks = plans.map { plan in
            let name = plan.split(separator: "/").last.map {
                $0.split(separator: ".").dropLast().joined(separator: ".")
            }
            return Lock(file: "\(directory)/\(name ?? "").lock", plans: [plan], title: plan)
        }
        let known = Set(locks.map(\.file))
        let found = LocalPath.names(in: directory) ?? []
        let orphans = found.filter { $0.hasSuffix(".lock") }.sorted().map { "\(directory)/\($0)" }
        return (locks, namesDirectory ? orphans.filter { !known.contains($0) } : [])
    }
}
