import ArgumentParser
import LocalFiles
import RunOutputs
import UploadPlanning

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

    /// Reads a lock; one that is not there is no lock to pass.
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
