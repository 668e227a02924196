import GitHubActions
import RunOutputs
import UploadExecution
import UploadPlanning

/// Looks for the newest run that holds what is required.
struct RunSearch {
    /// Where to look.
    enum Scope {
        /// The runs for one commit, by its SHA or another name.
        case commit(String)
        /// The runs for the newest commits of a branch, and how many of those.
        case branch(String, limit: Int)
        case run(String)
    }

    var client: GitHubClient
    var places: RunPlaces
    var workflow: String
    var requirements: ArtifactRequirements
    var requiresSuccess: Bool
    /// Whether only a run counts of which `finish` says that it is complete.
    var requiresCompleteness = false
    /// Is told of everything that is not the run that is looked for, at once.
    var reject: (SearchReport.Rejection) -> Void

    /// Looks until a run is found, or there is none left.
    ///
    /// Each run is rejected for a reason; one of which it cannot be told ends the search, because an older run must
    /// not be taken for the newest.
    ///
    /// - Parameter scope: Where to look.
    /// - Returns: What was found.
    /// - Throws: `CancellationError` when the task is cancelled.
    func report(on scope: Scope) async throws -> SearchReport {
        var report = SearchReport()
        do {
            if case .run(let id) = scope {
                let run = try await client.listedWorkflowRun(id, in: places.repository)
                report.found = try await examine([run], &report)
            } else {
                for commit in try await commits(of: scope) where report.found == nil {
                    let runs = try await client.workflowRuns(of: workflow, for: commit, in: places.repository)
                    if runs.isEmpty {
                        add(.init(commit: commit, run: nil, reason: "no run of \(workflow.printable)"), to: &report)
                    }
                    report.found = try await examine(runs, &report)
                }
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            report.obstacle = "\(error)"
        }
        return report
    }

    private func commits(of scope: Scope) async throws -> [String] {
        switch scope {
        case .commit(let name): [try await client.commit(name, in: places.repository)]
        case .branch(let branch, let limit):
            try await client.commits(of: branch, in: places.repository, limit: limit)
        case .run: []
        }
    }

    private func examine(_ runs: [ListedWorkflowRun], _ report: inout SearchReport) async throws
        -> SearchReport.FoundRun?
    {
        for run in runs {
            if requiresSuccess, !run.isSuccessful {
                let state = run.status == "completed" ? "ended with" : "is"
                let word = (run.status == "completed" ? run.conclusion : run.status) ?? "an unknown state"
                add(.init(commit: run.commit, run: run, reason: "\(state) \(word.printable)"), to: &report)
                continue
            }
            let place = try places.place(of: run)
            let outputs = places.description(of: place)
            var record: RecordedRun?
            if requiresCompleteness {
                record = try await asked(run, outputs) { try await places.record(at: place) }
                if let objection = record.objection {
                    add(.init(commit: run.commit, run: run, reason: "\(objection), in \(outputs)"), to: &report)
                    continue
                }
                // What is in a complete run need not be looked at.
                if requirements.isEmpty {
                    return .init(run: run, place: place, outputs: outputs, artifacts: [], record: record)
                }
            }
            let artifacts = try await asked(run, outputs) { try await places.artifacts(at: place) }
            guard let objection = requirements.objection(to: artifacts) else {
                return .init(run: run, place: place, outputs: outputs, artifacts: artifacts, record: record)
            }
            add(.init(commit: run.commit, run: run, reason: "\(objection), in \(outputs)"), to: &report)
        }
        return nil
    }

    private func asked<Answer>(
        _ run: ListedWorkflowRun, _ outputs: String, _ ask: () async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await ask()
        } catch let error as StoreError {
            throw UndecidedRun(message: "cannot tell what run \(run.id) holds in \(outputs): \(error)")
        }
    }

    private func add(_ rejection: SearchReport.Rejection, to report: inout SearchReport) {
        report.rejections.append(rejection)
        reject(rejection)
    }
}

extension RecordedRun? {
    /// Why the run does not count as complete; `nil` if it does.
    fileprivate var objection: String? {
        switch self {
        case .none: "no record of `finish`: whether it is complete is unknown"
        case .some(let record) where !record.isComplete: "incomplete, says attempt \(record.attempt) of `finish`"
        case .some: nil
        }
    }
}

/// A run of which it cannot be told whether it is the one.
private struct UndecidedRun: Error, CustomStringConvertible {
    var message: String
    var description: String { message }
}
