import FoundationEssentials
import HTTPConnections
import NIOHTTP1
public import RunOutputs
import UploadPlanning

/// Asks GitHub's REST API, and asks again where that may help.
public struct GitHubClient: Sendable {
    /// How many redirections of one request are followed.
    private static let mostRedirections = 3

    let configuration: GitHubConfiguration
    private let pacing: GitHubRetryPolicy
    private let transport: HTTPTransport

    /// Gives a client for as long as it is needed; its connections and its thread end with that.
    ///
    /// - Parameters:
    ///   - configuration: Where the API is, and who asks.
    ///   - body: Uses the client.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    public static func with<Result: Sendable>(
        _ configuration: GitHubConfiguration, _ body: (GitHubClient) async throws -> Result
    ) async throws -> Result {
        try await with(configuration, pacing: GitHubRetryPolicy(), body)
    }

    static func with<Result: Sendable>(
        _ configuration: GitHubConfiguration, pacing: GitHubRetryPolicy, _ body: (GitHubClient) async throws -> Result
    ) async throws -> Result {
        var connections = HTTPTransport.Configuration()
        connections.proxies = configuration.proxies
        connections.idleTimeout = .seconds(30)
        connections.maximumThreads = 1
        let transport = HTTPTransport(connections)
        let client = GitHubClient(configuration: configuration, pacing: pacing, transport: transport)
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(client))
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        return try result.get()
    }

    /// Gets a resource.
    ///
    /// Failures of the server and of the connection are repeated, with growing and random waits between. Rate limits
    /// are waited for where that takes no more than minutes.
    ///
    /// - Parameter path: The path below the API's URL without a leading slash, percent-encoded, with its query.
    /// - Returns: The answer of success.
    /// - Throws: ``GitHubError``, or `CancellationError` when the task is cancelled.
    public func get(_ path: String) async throws -> GitHubResponse {
        var waited = Duration.zero
        var attempts = 1
        while true {
            do {
                return try await attempt(path)
            } catch let failure as GitHubFailure {
                guard let delay = pacing.delay(afterFailed: attempts, failure.retry), waited + delay <= pacing.patience
                else { throw failure.error(after: attempts) }
                try await pacing.sleep(delay)
                waited += delay
                attempts += 1
            }
        }
    }

    private func attempt(_ path: String) async throws -> GitHubResponse {
        var url = "\(configuration.apiURL)/\(path)"
        var headers: HTTPHeaders = [
            "accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28",
            "user-agent": "therock-upload",
        ]
        if let token = configuration.token { headers.add(name: "authorization", value: "Bearer \(token.secret)") }
        for _ in 0...Self.mostRedirections {
            let answer = try await ask(url, headers)
            guard let target = Self.redirection(of: answer, from: url) else {
                return try GitHubResponse(
                    url: url, apiURL: configuration.apiURL, status: answer.status, headers: answer.headers,
                    body: answer.body
                ).checked(token: configuration.token, now: pacing.now())
            }
            // Another host must not see the token.
            if target.isElsewhere { headers.remove(name: "authorization") }
            url = target.url
        }
        throw GitHubFailure(
            error: GitHubError(
                .unreadableAnswer, "GitHub redirects \(url) without end", hint: GitHubError.notTheAPI), retry: .never)
    }

    private func ask(_ url: String, _ headers: HTTPHeaders) async throws -> HTTPResponse {
        guard let request = HTTPRequest(.GET, url: url, headers: headers) else {
            throw GitHubFailure(
                error: GitHubError(.unreadableAnswer, "\(url) cannot be asked", hint: GitHubError.notTheAPI),
                retry: .never)
        }
        do {
            return try await transport.execute(request, timeout: configuration.attemptTimeout)
        } catch let error as TransportError {
            throw GitHubFailure(error, url: url)
        }
    }

    /// Where an answer of redirection leads, and whether that is another server.
    private static func redirection(of answer: HTTPResponse, from url: String) -> (url: String, isElsewhere: Bool)? {
        guard [301, 302, 303, 307, 308].contains(answer.status), let location = answer["location"],
            let from = URL(string: url), let target = URL(string: location, relativeTo: from)?.absoluteURL
        else { return nil }
        return (target.absoluteString, HTTPOrigin(target) != HTTPOrigin(from))
    }
}

extension GitHubResponse {
    /// Tells a success from a failure.
    fileprivate func checked(token: GitHubConfiguration.Token?, now: Date) throws(GitHubFailure) -> GitHubResponse {
        guard 200..<300 ~= status else { throw GitHubFailure(self, token: token, now: now) }
        return self
    }
}

extension GitHubFailure {
    /// The error for the user, after so many attempts.
    fileprivate func error(after attempts: Int) -> GitHubError {
        guard attempts > 1 else { return error }
        var error = error
        error.message += ", after \(attempts) attempts"
        return error
    }
}

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
                .notFound, "\(repository) has no workflow \(workflow.printable), or you may not see it",
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
                .notFound, "\(repository) has no branch '\(branch.printable)', or you may not see it",
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
                .notFound, "\(repository) has no commit '\(name.printable)', or you may not see it",
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
            code, "\(repository) has no workflow run \(id), or you may not see it: \(page)",
            hint:
                "check --run-id, and name the run's repository with --github-repository; \(configuration.accessAdvice)"
        )
    }
}
