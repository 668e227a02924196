import AsyncHTTPClient
import HTTPProxy
import NIOCore
import NIOPosix
import NIOSSL

extension GitHubFailure {
    /// Sorts what the HTTP client throws.
    ///
    /// - Parameters:
    ///   - error: The error.
    ///   - url: The URL that was asked.
    ///   - proxies: The proxy in between, if there is one.
    init(transport error: any Error, url: String, through proxies: ProxySettings) {
        switch error {
        case let error as HTTPClientError where Self.refusals.contains(error):
            self.init(
                error: GitHubError(
                    .unreachable, "\(proxies) does not let the request to \(url) through: \(error.shortDescription)",
                    hint: "check the proxy's user and password, or name GitHub's host in NO_PROXY"),
                retry: error == .proxyAuthenticationRequired ? .never : .backOff)
        case let error as NIOConnectionError: self.init(connection: error)
        case let error as IOError:
            self.init(unreachable: "GitHub cannot be reached at \(url): \(SystemFailure(error.errnoCode))")
        case let error as HTTPClientError: self.init(client: error, url: url)
        case is NIOTooManyBytesError:
            self.init(
                error: GitHubError(
                    .unreadableAnswer, "the answer to \(url) is too long",
                    hint: GitHubError.notTheAPI), retry: .never)
        case let error as NIOSSLError where "\(error)".contains("CERTIFICATE_VERIFY_FAILED"):
            self.init(certificate: "no trusted authority signed the server's certificate", url: url)
        case is NIOSSLExtraError: self.init(certificate: "\(error)", url: url)
        default: self.init(unreachable: "the connection to GitHub failed: \(error)")
        }
    }

    /// What a proxy answers instead of opening a connection.
    private static let refusals: [HTTPClientError] = [.proxyAuthenticationRequired, .invalidProxyResponse]

    private init(unreachable message: String) {
        error = GitHubError(.unreachable, message, hint: "check the network, the proxy and GITHUB_API_URL")
        retry = .backOff
    }

    private init(connection error: NIOConnectionError) {
        if error.connectionErrors.isEmpty, error.dnsAError != nil || error.dnsAAAAError != nil {
            self.init(unreachable: "GitHub cannot be reached: the host \(error.host) was not found")
        } else {
            let cause = error.connectionErrors.first?.error ?? error
            let words = (cause as? IOError).map { SystemFailure($0.errnoCode).description } ?? "\(cause)"
            self.init(unreachable: "GitHub cannot be reached at \(error.host):\(error.port): \(words)")
        }
    }

    private init(client error: HTTPClientError, url: String) {
        let timeouts: [HTTPClientError] = [
            .readTimeout, .writeTimeout, .connectTimeout, .deadlineExceeded, .tlsHandshakeTimeout,
            .getConnectionFromPoolTimeout,
        ]
        let redirections: [HTTPClientError] = [.redirectLimitReached, .redirectCycleDetected]
        if redirections.contains(error) {
            self.init(
                error: GitHubError(
                    .unreadableAnswer, "GitHub redirects \(url) without end",
                    hint: GitHubError.notTheAPI
                ), retry: .never)
        } else if timeouts.contains(error) {
            self.init(unreachable: "GitHub did not answer \(url) in time")
        } else if error == .remoteConnectionClosed {
            self.init(unreachable: "GitHub closed the connection before its answer to \(url) was complete")
        } else {
            self.init(unreachable: "the connection to GitHub failed: \(error.shortDescription)")
        }
    }

    private init(certificate problem: String, url: String) {
        error = GitHubError(
            .unreachable, "GitHub cannot be trusted at \(url): \(problem)",
            hint: "check GITHUB_API_URL and the system's certificates")
        retry = .never
    }
}
