import FoundationEssentials
import Synchronization
public import UploadPlanning

/// The secrets that a run has met: they are taken out of everything that it shows.
public final class KnownSecrets: Sendable {
    private let redactor = Mutex(Redactor())

    /// Knows none.
    public init() {}

    /// Takes note of a secret, and of how it is spelled in what is shown.
    public func add(_ secret: String) {
        let inHTML: HTML = "\(secret)"
        let spellings = secret.spellings + [String(decoding: inHTML.bytes, as: UTF8.self)]
        redactor.withLock { redactor in
            for spelling in spellings { redactor.add(spelling) }
        }
    }

    /// Takes note of the values of parameters that plans declare secret.
    public func add(_ plans: [ValidatedPlan], _ inputs: ParameterInputs) {
        for secret in plans.flatMap({ $0.secrets(in: inputs) }) { add(secret) }
    }

    /// Takes note of the variables that hold secrets, and of the passwords in the URLs of stores and proxies.
    public func add(environment: [String: String]) {
        for name in Self.variables { environment[name].map { add($0) } }
        for name in Self.urls { environment[name].map { add(url: $0) } }
    }

    /// Takes note of the password in a URL, as it stands there and decoded.
    public func add(url: String) {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        guard let at = rest.lastIndex(of: "@") else { return }
        let userInfo = rest[..<at]
        let password = userInfo.firstIndex(of: ":").map { userInfo[userInfo.index(after: $0)...] } ?? userInfo
        add(String(password))
        if let decoded = URL(string: url)?.password(percentEncoded: false) { add(decoded) }
    }

    /// Returns text without the secrets.
    public func redacted(_ text: String) -> String { redactor.withLock { $0 }.redacted(text) }

    private static let variables = [
        "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN", "GITHUB_TOKEN", "GH_TOKEN",
    ]

    private static let urls = [
        "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_STS", "https_proxy", "HTTPS_PROXY", "http_proxy",
        "HTTP_PROXY", "all_proxy", "ALL_PROXY", "GITHUB_API_URL", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ]
}
