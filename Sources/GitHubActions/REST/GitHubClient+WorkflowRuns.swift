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
        let isNumber = !id.isEmpty && id.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        guard isNumber else {
            throw GitHubError(
                .misconfigured, "the run id '\(id.printable)' is no number, so GitHub does not know that run",
                hint: "leave out --lookup-workflow-run, or pass --run-id")
        }
        do {
            return try await get("repos/\(repository)/actions/runs/\(id)").workflowRun()
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
            let advice = [hint, code == .unreachable ? "without --lookup-workflow-run no network is used" : nil]
            return GitHubError(
                code, "cannot look up workflow run \(id) of \(repository): \(message)",
                hint: advice.compactMap(\.self).joined(separator: "; "))
        }
        let access =
            configuration.token.map { "\($0) may not be allowed to see it" }
            ?? "a private repository needs a token in GITHUB_TOKEN or GH_TOKEN"
        return GitHubError(
            code, "\(repository) has no workflow run \(id), or it may not be seen: \(page)",
            hint: "check --run-id, and name the run's repository with --github-repository; \(access)")
    }
}

extension GitHubAnswer {
    /// The part of a workflow run that decides where its outputs are.
    private struct Run: Decodable {
        struct Repository: Decodable {
            var name: String

            enum CodingKeys: String, CodingKey { case name = "full_name" }
        }

        /// Null if it was deleted; that it is not mentioned at all is an error.
        var headRepository: Repository?
        var updatedAt: String?

        enum CodingKeys: String, CodingKey {
            case headRepository = "head_repository"
            case updatedAt = "updated_at"
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            headRepository = try fields.decode(Repository?.self, forKey: .headRepository)
            updatedAt = try fields.decodeIfPresent(String.self, forKey: .updatedAt)
        }
    }

    fileprivate func workflowRun() throws(GitHubError) -> WorkflowRun {
        let run = try decoded(as: Run.self)
        do {
            let date = try run.updatedAt.map { text throws(InvalidTimestamp) in try UTCTimestamp(text) }
            return WorkflowRun(headRepository: run.headRepository?.name, updatedAt: date)
        } catch {
            throw unreadable("'updated_at': \(error)")
        }
    }
}
