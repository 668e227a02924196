/// Why GitHub does not tell what was asked.
public struct GitHubError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: String, Hashable, Sendable {
        /// The environment describes no way to ask, or what is asked for cannot exist.
        case misconfigured
        /// GitHub does not accept the token.
        case unauthorized
        /// The token, or being without one, does not allow the request.
        case forbidden
        /// There is no such thing, or it may not be seen.
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
    /// What to do about it.
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
