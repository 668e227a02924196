public import RunOutputs
import UploadPlanning

extension GitHubClient {
    /// GitHub gives no longer pages.
    private static let pageSize = 100
    /// More pages than any list has that is asked for here: GitHub ends a search for runs after 1,000 of them.
    private static let maximumPages = 100

    /// Lists the runs of a workflow for a commit, whatever branch or fork they were started from.
    ///
    /// - Parameters:
    ///   - workflow: The workflow: the name of its file, such as `ci.yml`, or its id.
    ///   - commit: The full SHA.
    ///   - repository: The repository that the workflow belongs to.
    /// - Returns: All of them, the newest first; runs of other commits, which not every server leaves out, are not
    ///   among them.
    /// - Throws: ``GitHubError``, also if GitHub does not list them all, or `CancellationError`.
    public func workflowRuns(
        of workflow: String, for commit: String, in repository: RepositoryName
    ) async throws -> [ListedWorkflowRun] {
        struct Page: Decodable {
            var total: Int
            var runs: [ListedWorkflowRun]

            enum CodingKeys: String, CodingKey {
                case total = "total_count"
                case runs = "workflow_runs"
            }
        }
        let name = workflow.percentEncodedSegment
        let query = "head_sha=\(commit.percentEncodedSegment)&per_page=\(Self.pageSize)"
        var runs: [String: ListedWorkflowRun] = [:]
        var total = 0
        do {
            try await pages("repos/\(repository)/actions/workflows/\(name)/runs?\(query)") { answer in
                let page = try answer.decoded(as: Page.self)
                total = page.total
                // A run that starts meanwhile moves the last one of a page to the next: it is listed twice.
                for run in page.runs { runs[run.id] = run }
                return true
            }
        } catch let error as GitHubError where error.code == .notFound {
            throw GitHubError(
                .notFound, "\(repository) has no workflow \(workflow.printable), or it may not be seen",
                hint: "check --workflow and --github-repository; \(configuration.accessAdvice)")
        } catch let error as GitHubError {
            throw error.prefixed("cannot list the runs of \(workflow.printable) for \(commit.prefix(12))")
        }
        guard runs.count >= total else {
            throw GitHubError(
                .unreadableAnswer,
                "GitHub lists only \(runs.count) of the \(total) runs of \(workflow.printable) for \(commit.prefix(12))",
                hint: "name the run with --run-id")
        }
        return runs.values.filter { $0.commit.lowercased() == commit.lowercased() }
            .sorted(by: ListedWorkflowRun.isNewer(_:than:))
    }

    /// Lists the newest commits of a branch.
    ///
    /// - Parameters:
    ///   - branch: The branch, or anything else that names a commit.
    ///   - repository: The repository.
    ///   - limit: How many there are at most; positive.
    /// - Returns: Their full SHAs, the newest first.
    /// - Throws: ``GitHubError``, or `CancellationError` when the task is cancelled.
    public func commits(
        of branch: String, in repository: RepositoryName, limit: Int
    ) async throws -> [String] {
        var commits: [String] = []
        let query = "sha=\(branch.percentEncodedSegment)&per_page=\(min(limit, Self.pageSize))"
        do {
            try await pages("repos/\(repository)/commits?\(query)") { answer in
                commits += try answer.decoded(as: [Commit].self).map(\.sha)
                return commits.count < limit
            }
        } catch let error as GitHubError where error.code == .notFound {
            throw GitHubError(
                .notFound, "\(repository) has no branch '\(branch.printable)', or it may not be seen",
                hint: "check --branch and --github-repository; \(configuration.accessAdvice)")
        } catch let error as GitHubError {
            throw error.prefixed("cannot list the commits of '\(branch.printable)' in \(repository)")
        }
        return Array(commits.prefix(limit))
    }

    /// Finds out the full SHA of a commit.
    ///
    /// - Parameters:
    ///   - name: A SHA, in full or the start of it, or a tag. A full one is not asked for.
    ///   - repository: The repository.
    /// - Returns: The full SHA, in lower case.
    /// - Throws: ``GitHubError``, or `CancellationError` when the task is cancelled.
    public func commit(_ name: String, in repository: RepositoryName) async throws -> String {
        guard name.utf8.count != 40 || !name.allSatisfy(\.isHexDigit) else { return name.lowercased() }
        do {
            return try await get("repos/\(repository)/commits/\(name.percentEncodedSegment)").decoded(as: Commit.self)
                .sha
        } catch let error as GitHubError where error.code == .notFound || error.code == .unprocessable {
            throw GitHubError(
                .notFound, "\(repository) has no commit '\(name.printable)', or it may not be seen",
                hint: "check --commit and --github-repository; \(configuration.accessAdvice)")
        } catch let error as GitHubError {
            throw error.prefixed("cannot look up the commit '\(name.printable)' of \(repository)")
        }
    }

    /// Gets a list page by page.
    ///
    /// - Parameters:
    ///   - path: The path of the first page.
    ///   - visit: Takes a page, and says whether the next one is wanted too.
    /// - Throws: What ``get(_:)`` and `visit` throw.
    private func pages(_ path: String, _ visit: (GitHubResponse) throws -> Bool) async throws {
        var path = path
        var seen: Set<String> = []
        for _ in 0..<Self.maximumPages {
            guard seen.insert(path).inserted else {
                throw GitHubError(
                    .unreadableAnswer, "the list repeats a page instead of going on, at \(path)",
                    hint: GitHubError.notTheAPI)
            }
            let answer = try await get(path)
            guard try visit(answer) else { return }
            switch answer.nextPage {
            case .none: return
            case .path(let next): path = next
            case .elsewhere(let url):
                throw GitHubError(
                    .unreadableAnswer,
                    "the list goes on at '\(String(url.prefix(200)).printable)', which is not below "
                        + "\(configuration.apiURL): the token may not be sent there",
                    hint: "set GITHUB_API_URL to the URL that the API itself uses")
            }
        }
        throw GitHubError(
            .unreadableAnswer, "GitHub lists more than \(Self.maximumPages) pages at \(path)",
            hint: GitHubError.notTheAPI)
    }
}

private struct Commit: Decodable {
    var sha: String
}

extension GitHubError {
    fileprivate func prefixed(_ attempt: String) -> GitHubError {
        GitHubError(code, "\(attempt): \(message)", hint: hint)
    }
}

extension GitHubConfiguration {
    /// What may keep one from seeing what is there.
    var accessAdvice: String {
        token.map { "\($0) may not be allowed to see it" }
            ?? "a private repository needs a token in GITHUB_TOKEN or GH_TOKEN"
    }
}

extension String {
    /// The text as one segment of a path or one value of a query.
    fileprivate var percentEncodedSegment: String { percentEncodedPath.replacing("/", with: "%2F") }
}
