import FoundationEssentials
import HTTPConnections
import UploadPlanning

/// Where GitHub's REST API is, and who asks.
public struct GitHubConfiguration: Sendable {
    /// A token, which is never printed.
    struct Token: Sendable, CustomStringConvertible, CustomReflectable {
        /// The variable that it comes from.
        let variable: String
        /// The token itself.
        let secret: String

        var description: String { "the token in \(variable)" }
        var customMirror: Mirror { Mirror(self, children: []) }
    }

    /// The API's URL without a slash at its end.
    public let apiURL: String
    /// The URL of the pages for people, without a slash at its end.
    public let serverURL: String
    let token: Token?
    /// Which servers are reached through a proxy: this machine never is.
    let proxies: ProxySettings
    /// The longest that one attempt may take.
    var attemptTimeout = Duration.seconds(60)

    /// Reads the environment.
    ///
    /// - Parameter environment: `GITHUB_API_URL` (default `https://api.github.com`), `GITHUB_SERVER_URL` (default
    ///   `https://github.com`), the token in `GITHUB_TOKEN` or else `GH_TOKEN`, and the proxy in `HTTPS_PROXY` with
    ///   the hosts in `NO_PROXY` that are reached without it. Empty counts as unset.
    /// - Throws: ``GitHubError`` for a URL that is none, or that would send a token in the clear, for a token that
    ///   cannot be sent, or for a proxy that is none.
    public init(environment: [String: String]) throws(GitHubError) {
        func value(_ variable: String) -> String? { environment[variable].flatMap { $0.isEmpty ? nil : $0 } }
        apiURL = Self.withoutSlash(value("GITHUB_API_URL") ?? "https://api.github.com")
        serverURL = Self.withoutSlash(value("GITHUB_SERVER_URL") ?? "https://github.com")
        let variable = ["GITHUB_TOKEN", "GH_TOKEN"].first { value($0) != nil }
        token = try variable.map { name throws(GitHubError) in
            try Self.token(value(name) ?? "", from: name)
        }
        let url = try Self.check(apiURL, sendsToken: token != nil)
        // A request to this machine may carry a token in the clear, which a proxy must not see.
        proxies = url.isLoopback ? ProxySettings() : ProxySettings(environment: environment)
        do {
            if let origin = HTTPOrigin(url) { _ = try proxies.proxy(for: origin) }
        } catch {
            throw GitHubError(.misconfigured, error.message, hint: error.hint)
        }
    }

    private static func token(_ text: String, from variable: String) throws(GitHubError) -> Token {
        // A token read from a file comes with a line break; one with a blank inside is not a token.
        let secret = text.unicodeScalars.drop(while: \.properties.isWhitespace)
        let trimmed = Array(secret.reversed().drop(while: \.properties.isWhitespace).reversed())
        guard !trimmed.isEmpty, trimmed.allSatisfy({ ("!"..."~").contains($0) }) else {
            throw GitHubError(
                .misconfigured, "\(variable) holds no token: it is blank, or has characters that no token has",
                hint: "set it to a token alone, or unset it")
        }
        return Token(variable: variable, secret: String(String.UnicodeScalarView(trimmed)))
    }

    private static func check(_ apiURL: String, sendsToken: Bool) throws(GitHubError) -> URL {
        guard let url = URL(string: apiURL), HTTPOrigin(url) != nil, url.query() == nil else {
            throw GitHubError(
                .misconfigured, "GITHUB_API_URL is not the URL of a REST API: '\(apiURL.printable)'",
                hint: "unset it for github.com; an enterprise server has https://HOST/api/v3")
        }
        guard url.scheme == "https" || url.isLoopback || !sendsToken else {
            throw GitHubError(
                .misconfigured, "GITHUB_API_URL is '\(apiURL.printable)', and a token is not sent in the clear",
                hint: "use https, or unset GITHUB_TOKEN and GH_TOKEN")
        }
        return url
    }

    private static func withoutSlash(_ url: String) -> String {
        var url = url
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }
}

extension URL {
    /// Whether the URL leads to this machine.
    fileprivate var isLoopback: Bool { ["localhost", "127.0.0.1", "::1", "[::1]"].contains(host() ?? "") }
}

/// How requests to GitHub are repeated, and where the time for that comes from: tests pass their own.
struct GitHubRetryPolicy: Sendable {
    /// The number of attempts in all, the first included.
    var maximumAttempts = 5
    /// The longest wait after the first failure; it doubles after each further one.
    var baseDelay = Duration.milliseconds(500)
    /// The longest wait that doubling leads to.
    var maximumDelay = Duration.seconds(20)
    /// The longest that one request waits in all: what takes longer is for the user to decide.
    var patience = Duration.seconds(180)
    var now: @Sendable () -> Date = { Date() }
    /// Waits, or throws `CancellationError`.
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    /// A number in `0..<1`.
    var random: @Sendable () -> Double = { Double.random(in: 0..<1) }

    /// Returns the wait before the next attempt.
    ///
    /// - Parameters:
    ///   - attempts: How many attempts have failed, from 1.
    ///   - retry: What the failure says about another attempt.
    /// - Returns: The wait; `nil` if there is to be no other attempt.
    func delay(afterFailed attempts: Int, _ retry: GitHubFailure.Retry) -> Duration? {
        guard attempts < maximumAttempts else { return nil }
        let jitter = random()
        return switch retry {
        case .never: nil
        case .backOff: Backoff(base: baseDelay, maximum: maximumDelay).delay(afterFailed: attempts, jitter: jitter)
        case .after(let wait): wait + baseDelay * jitter
        }
    }
}
