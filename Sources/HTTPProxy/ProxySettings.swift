public import AsyncHTTPClient
import FoundationEssentials

/// Which hosts are reached through a proxy, as `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say.
///
/// A proxy's password is never printed.
public struct ProxySettings: Sendable, CustomStringConvertible, CustomReflectable {
    /// The proxy, if there is one.
    public private(set) var proxy: HTTPClient.Configuration.Proxy?
    /// The variable that names it.
    private var variable: String?
    /// The hosts and domains that are reached directly; `*` stands for all.
    private var exceptions: [String] = []

    /// No proxy.
    public init() {}

    /// Reads the variables for requests of a scheme; the lower-case names win, as in curl.
    ///
    /// - Parameters:
    ///   - environment: The environment.
    ///   - scheme: `http` or `https`.
    /// - Throws: ``InvalidProxy`` for a proxy that is no HTTP URL.
    public init(environment: [String: String], scheme: String) throws(InvalidProxy) {
        // HTTP_PROXY in capitals is set by the Proxy header of a CGI request: curl does not read it, nor do we.
        let names = scheme == "https" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]
        let list = environment["no_proxy"] ?? environment["NO_PROXY"] ?? ""
        exceptions = list.split { $0 == "," || $0 == " " }.map { $0.lowercased() }
        for name in names + ["all_proxy", "ALL_PROXY"] {
            guard let value = environment[name], !value.isEmpty else { continue }
            guard let url = URL(string: value.contains("://") ? value : "http://\(value)"), let host = url.host(),
                url.scheme == "http"
            else { throw InvalidProxy(variable: name) }
            let user = url.user(percentEncoded: false)
            proxy = .server(
                host: host, port: url.port ?? 80,
                authorization: user.map { .basic(username: $0, password: url.password(percentEncoded: false) ?? "") })
            variable = name
            return
        }
    }

    /// Whether a host is reached through the proxy.
    ///
    /// - Parameter host: The host of a URL.
    /// - Returns: `true` if there is a proxy and the host is no exception.
    public func usesProxy(for host: String) -> Bool {
        guard proxy != nil else { return false }
        let host = host.lowercased()
        return !exceptions.contains { exception in
            let domain = exception.hasPrefix("*.") ? exception.dropFirst(2) : exception.drop { $0 == "." }
            return exception == "*" || host == domain || host.hasSuffix(".\(domain)")
        }
    }

    /// Where the settings come from.
    public var description: String { variable.map { "the proxy in \($0)" } ?? "no proxy" }
    /// Nothing: the proxy may carry a password.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A variable that names a proxy in a way that cannot be used.
public struct InvalidProxy: Error, Hashable, Sendable, CustomStringConvertible {
    /// The variable.
    public let variable: String

    /// What is wrong, in one line without the value, which may hold a password.
    public var message: String { "\(variable) is not the URL of an HTTP proxy" }
    /// What to do about it.
    public var hint: String { "set it to http://HOST:PORT or unset it" }
    /// What is wrong, and what to do about it.
    public var description: String { "\(message); \(hint)" }
}
