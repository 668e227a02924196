public import RunOutputs
import UploadPlanning

extension GitHubClient {
    /// Looks a workflow run up.
    ///
    /// - Parameters:
    ///   - id: The run's id, a number.
    ///   - repository: The repository that the run belongs to.
    /// - Returns: Whose code the run builds, and when it last changed.
    /// - Throws: ``GitHubError``, or `CancellationError` when the task is cancelled.
    public func workflowRun(_ id: String, in repository: RepositoryName) async throws -> WorkflowRun {
        do {
            return try await lookUp(id, in: repository, as: WorkflowRunFacts.self).run
        } catch var error as GitHubError where error.code == .unreachable {
            error.hint = error.hint.map { "\($0); without --lookup-workflow-run no network is used" }
            throw error
        }
    }

    /// Looks a workflow run up, with all that lists of runs tell.
    ///
    /// - Parameters:
    ///   - id: The run's id, a number.
    ///   - repository: The repository that the run belongs to.
    /// - Returns: The run.
    /// - Throws: ``GitHubError``, or `CancellationError` when the task is cancelled.
    public func listedWorkflowRun(_ id: String, in repository: RepositoryName) async throws -> ListedWorkflowRun {
        let run = try await lookUp(id, in: repository, as: ListedWorkflowRun.self)
        guard run.id == id else {
            throw GitHubError(
                .unreadableAnswer, "GitHub answers with run \(run.id) when asked for run \(id) of \(repository)",
                hint: GitHubError.notTheAPI)
        }
        return run
    }

    private func lookUp<Run: Decodable>(
        _ id: String, in repository: RepositoryName, as type: Run.Type
    ) async throws -> Run {
        let isNumber = !id.isEmpty && id.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        guard isNumber else {
            throw GitHubError(
                .misconfigured, "the run id '\(id.printable)' is not a number, so GitHub does not know that run",
                hint: "pass the number of the run with --run-id")
        }
        do {
            return try await get("repos/\(repository)/actions/runs/\(id)").decoded(as: type)
        } catch let error as GitHubError {
            throw error.forLookup(of: id, in: repository, configuration)
        }
    }
}

extension WorkflowRun {
    /// Looks a workflow run up, with one client for this one question.
    ///
    /// - Parameters:
    ///   - id: The run's id, a number.
    ///   - repository: The repository that the run belongs to.
    ///   - environment: The environment, as ``GitHubConfiguration/init(environment:)`` reads it.
    /// - Returns: Whose code the run builds, and when it last changed.
    /// - Throws: ``GitHubError``, or `CancellationError` when the task is cancelled.
    public static func lookUp(
        _ id: String, in repository: RepositoryName, environment: [String: String]
    ) async throws -> WorkflowRun {
        try await GitHubClient.with(GitHubConfiguration(environment: environment)) { client in
            try await client.workflowRun(id, in: repository)
        }
    }
}

extension GitHubError {
    /// Says which run was looked up, and what to do about it.
    fileprivate func forLookup(
        of id: String, in repository: RepositoryName, _ configuration: GitHubConfiguration
    ) -> GitHubError {
        let page = "\(configuration.serverURL)/\(repository)/actions/runs/\(id)"
        guard code == .notFound else {
            return GitHubError(code, "cannot look up workflow run \(id) of \(repository): \(message)", hint: hint)
        }
        return GitHubError(
            code, "\(repository) has no workflow run \(id), or it may not be seen: \(page)",
            hint:
                "check --run-id, and name the run's repository with --github-repository; \(configuration.accessAdvice)"
        )
    }
}
