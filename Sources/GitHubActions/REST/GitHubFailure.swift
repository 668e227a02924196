import FoundationEssentials
import HTTPConnections
import NIOHTTP1
import UploadPlanning

/// An attempt that brought no answer of success, and whether another one may help.
struct GitHubFailure: Error {
    /// What to do next.
    enum Retry: Hashable {
        /// Another attempt would end alike.
        case never
        /// Wait a little, and longer from time to time.
        case backOff
        /// GitHub says how long to wait.
        case after(Duration)
    }

    var error: GitHubError
    var retry: Retry
}

extension GitHubFailure {
    /// Reads an answer of failure.
    ///
    /// - Parameters:
    ///   - answer: The answer.
    ///   - token: The token that was sent.
    ///   - now: The date.
    init(_ answer: GitHubResponse, token: GitHubConfiguration.Token?, now: Date) {
        if let limited = Self.rateLimited(answer, token: token, now: now) {
            self = limited
            return
        }
        let said = "\(answer.status)\(answer.message.map { ": \($0)" } ?? "")"
        switch answer.status {
        case 401:
            let hint =
                "renew \(token?.description ?? "the token"), or unset it: public repositories can be read without"
            error = GitHubError(
                .unauthorized, "GitHub does not accept \(token?.description ?? "the request") (\(said))", hint: hint)
            retry = .never
        case 403:
            error = GitHubError(
                .forbidden, "GitHub denies access to \(answer.url) (\(said))",
                hint: token.map { "\($0) needs the permission 'actions: read' for that repository" } ?? Self.useToken)
            retry = .never
        case 404:
            error = GitHubError(
                .notFound, "GitHub has nothing at \(answer.url) (\(said))",
                hint: token.map { "\($0) may not be allowed to see it" } ?? "for a private repository, \(Self.useToken)"
            )
            retry = .never
        case 422:
            error = GitHubError(.unprocessable, "GitHub rejects \(answer.url) (\(said))")
            retry = .never
        case 500...:
            error = GitHubError(
                .unavailable, "GitHub could not answer \(answer.url) (\(said))",
                hint: "see https://www.githubstatus.com"
            )
            retry = answer.retryAfter.map { .after($0) } ?? .backOff
        default:
            error = GitHubError(
                .unreadableAnswer, "GitHub answers \(answer.url) with \(said)",
                hint: GitHubError.notTheAPI)
            retry = .never
        }
    }

    private static let useToken = "set GITHUB_TOKEN or GH_TOKEN to a token that may read it"

    /// Recognises both kinds of rate limits
    /// ([Rate limits](https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api)).
    private static func rateLimited(_ answer: GitHubResponse, token: GitHubConfiguration.Token?, now: Date) -> Self? {
        guard answer.status == 403 || answer.status == 429 else { return nil }
        if answer.headers.first(name: "x-ratelimit-remaining") == "0" {
            let limit = answer.headers.first(name: "x-ratelimit-limit").flatMap { Int($0) }
            let requests = limit.map { " of \($0) requests" } ?? ""
            let hint =
                token == nil
                ? "set GITHUB_TOKEN or GH_TOKEN: with a token the limit is far higher" : "try again after that time"
            guard let reset = answer.reset else {
                return Self(
                    error: GitHubError(.rateLimited, "GitHub's rate limit\(requests) is used up", hint: hint),
                    retry: .backOff)
            }
            let wait = max(0, reset.timeIntervalSince(now).rounded(.up))
            let error = GitHubError(
                .rateLimited, "GitHub's rate limit\(requests) is used up until \(reset.utcText) (\(wait.inWords))",
                hint: hint)
            return Self(error: error, retry: .after(.seconds(wait)))
        }
        let isSecondary = answer.message?.lowercased().contains("rate limit") ?? false
        guard answer.status == 429 || answer.retryAfter != nil || isSecondary else { return nil }
        // Without a word on how long, GitHub asks for a minute at least.
        let wait = answer.retryAfter ?? .seconds(60)
        let until = now.addingTimeInterval(TimeInterval(wait.components.seconds))
        let error = GitHubError(
            .rateLimited, "GitHub asks for fewer requests (secondary rate limit) until \(until.utcText)",
            hint: "try again after that time, with fewer jobs at once")
        return Self(error: error, retry: .after(wait))
    }
}

extension GitHubResponse {
    /// What GitHub says of a failure, in one short line.
    fileprivate var message: String? {
        struct Explanation: Decodable { var message: String }
        let text = try? JSONDecoder().decode(Explanation.self, from: Data(body)).message
        return text.map { String($0.prefix(200)).printable }
    }

    /// How long to wait, in seconds.
    fileprivate var retryAfter: Duration? {
        headers.first(name: "retry-after").flatMap { UInt32($0) }.map { .seconds($0) }
    }

    /// When the rate limit is renewed.
    fileprivate var reset: Date? {
        headers.first(name: "x-ratelimit-reset").flatMap { UInt32($0) }.map { Date(timeIntervalSince1970: Double($0)) }
    }
}

extension Date {
    /// The time in UTC: `2025-11-11T16:18:48Z`.
    fileprivate var utcText: String { ISO8601Format() }
}

extension TimeInterval {
    /// How far ahead that is: `in 40 seconds`, `in 12 minutes`.
    fileprivate var inWords: String {
        self < 120 ? "in \(Int(self).counted("second"))" : "in \((Int(self) + 59) / 60) minutes"
    }
}

extension GitHubFailure {
    /// Explains why there was no answer.
    ///
    /// - Parameters:
    ///   - error: The error.
    ///   - url: The URL that was asked.
    init(_ error: TransportError, url: String) {
        retry = error.isTransient ? .backOff : .never
        let network = "check the network, the proxy and GITHUB_API_URL"
        self.error =
            switch error.kind {
            case .unreachable, .unsendable:
                GitHubError(
                    .unreachable, "GitHub cannot be reached at \(url): \(error.message)", hint: error.hint ?? network)
            case .timeout: GitHubError(.unreachable, "GitHub did not answer \(url) in time", hint: network)
            case .interrupted:
                GitHubError(
                    .unreachable, "the connection to GitHub failed at \(url): \(error.message)", hint: network)
            case .untrusted:
                GitHubError(
                    .unreachable, "GitHub cannot be trusted at \(url): \(error.message)",
                    hint: SystemCertificates.areInstalled
                        ? "check GITHUB_API_URL and the system's certificates" : SystemCertificates.advice)
            case .refusedByProxy: GitHubError(.unreachable, "\(error.message), for \(url)", hint: error.hint)
            case .unusable:
                GitHubError(
                    .unreadableAnswer, "the answer to \(url) cannot be used: \(error.message)",
                    hint: GitHubError.notTheAPI)
            }
    }
}

/// Why GitHub does not tell what was asked.
public struct GitHubError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: String, Hashable, Sendable {
        /// The environment describes no way to ask, or what is asked for cannot exist.
        case misconfigured
        /// GitHub does not accept the token.
        case unauthorized
        /// The token, or being without one, does not allow the request.
        case forbidden
        /// There is no such thing, or you may not see it.
        case notFound = "not_found"
        /// What is asked for cannot be understood, such as a commit's SHA that is none.
        case unprocessable
        /// Too many requests were made.
        case rateLimited = "rate_limited"
        /// GitHub fails to answer, again and again.
        case unavailable
        /// GitHub cannot be reached.
        case unreachable
        /// The answer is not what GitHub's documentation says.
        case unreadableAnswer = "unreadable_answer"
    }

    /// What kind of failure it is.
    public let code: Code
    /// What happened, in one line.
    public var message: String
    public var hint: String?

    /// The hint for an answer that is not from GitHub's API.
    static let notTheAPI = "does GITHUB_API_URL name GitHub's API?"

    /// Joins what happened and what to do about it.
    ///
    /// - Parameters:
    ///   - code: What kind of failure it is.
    ///   - message: What happened, in one line.
    ///   - hint: What to do about it.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// What happened and what to do about it.
    public var description: String { hint.map { "\(message); \($0)" } ?? message }
}
