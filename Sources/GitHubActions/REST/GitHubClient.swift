import FoundationEssentials
import HTTPConnections
import NIOHTTP1

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
