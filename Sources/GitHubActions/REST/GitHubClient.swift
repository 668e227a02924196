import AsyncHTTPClient
import HTTPProxy
import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks GitHub's REST API, and asks again where that may help.
public struct GitHubClient: Sendable {
    /// No page of a list is longer: a workflow run takes 20 KB, and a page has 100 at most.
    private static let largestAnswer = 16 << 20

    let configuration: GitHubConfiguration
    private let pacing: RequestPacing
    private let http: HTTPClient

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
        try await with(configuration, pacing: RequestPacing(), body)
    }

    static func with<Result: Sendable>(
        _ configuration: GitHubConfiguration, pacing: RequestPacing, _ body: (GitHubClient) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let http = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: .github(configuration))
        let client = GitHubClient(configuration: configuration, pacing: pacing, http: http)
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(client))
        } catch {
            result = .failure(error)
        }
        // Both fail only if they were shut down before.
        try? await http.shutdown()
        try? await group.shutdownGracefully()
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
    public func get(_ path: String) async throws -> GitHubAnswer {
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

    private func attempt(_ path: String) async throws -> GitHubAnswer {
        var request = HTTPClientRequest(url: "\(configuration.apiURL)/\(path)")
        request.headers = [
            "accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28",
            "user-agent": "therock-upload",
        ]
        // The HTTP client drops this header when it follows a redirection to another host.
        if let token = configuration.token {
            request.headers.add(name: "authorization", value: "Bearer \(token.secret)")
        }
        let answer: GitHubAnswer
        do {
            let response = try await http.execute(request, timeout: TimeAmount(configuration.attemptTimeout))
            let body = try await response.body.collect(upTo: Self.largestAnswer)
            answer = GitHubAnswer(
                url: request.url, apiURL: configuration.apiURL, status: Int(response.status.code),
                headers: response.headers, body: Array(body.readableBytesView))
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw GitHubFailure(transport: error, url: request.url, through: configuration.proxies)
        }
        guard 200..<300 ~= answer.status else {
            throw GitHubFailure(answer, token: configuration.token, now: pacing.now())
        }
        return answer
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

extension HTTPClient.Configuration {
    /// Repeating is decided above the HTTP client, and one connection is enough.
    fileprivate static func github(_ configuration: GitHubConfiguration) -> Self {
        var client = Self(
            redirectConfiguration: .follow(max: 3, allowCycles: false),
            timeout: .init(connect: .seconds(10), read: .seconds(30)), proxy: configuration.proxies.proxy)
        client.httpVersion = .http1Only
        client.connectionPool.retryConnectionEstablishment = false
        return client
    }
}

extension TimeAmount {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
