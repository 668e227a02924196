import AsyncHTTPClient
import FoundationEssentials
import UploadExecution

/// Which hosts are reached through a proxy, as `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say.
struct ProxySettings: Sendable {
    /// The proxy, if there is one.
    var proxy: HTTPClient.Configuration.Proxy?
    /// The hosts and domains that are reached directly; `*` stands for all.
    var exceptions: [String] = []

    /// No proxy.
    init() {}

    /// Reads the variables for requests of a scheme; the lower-case names win, as in curl.
    ///
    /// - Parameters:
    ///   - environment: The environment.
    ///   - scheme: `http` or `https`.
    /// - Throws: ``UploadError`` for a proxy that is no HTTP URL.
    init(environment: [String: String], scheme: String) throws(UploadError) {
        // HTTP_PROXY in capitals is set by the Proxy header of a CGI request: curl does not read it, nor do we.
        let names = scheme == "https" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]
        let list = environment["no_proxy"] ?? environment["NO_PROXY"] ?? ""
        exceptions = list.split { $0 == "," || $0 == " " }.map { $0.lowercased() }
        for name in names + ["all_proxy", "ALL_PROXY"] {
            guard let value = environment[name], !value.isEmpty else { continue }
            guard let url = URL(string: value.contains("://") ? value : "http://\(value)"), let host = url.host(),
                url.scheme == "http"
            else {
                throw UploadError(
                    .other, "\(name) is not the URL of an HTTP proxy", hint: "set it to http://HOST:PORT or unset it")
            }
            let user = url.user(percentEncoded: false)
            proxy = .server(
                host: host, port: url.port ?? 80,
                authorization: user.map { .basic(username: $0, password: url.password(percentEncoded: false) ?? "") })
            return
        }
    }

    /// Whether a host is reached through the proxy.
    func usesProxy(for host: String) -> Bool {
        guard proxy != nil else { return false }
        let host = host.lowercased()
        return !exceptions.contains { exception in
            let domain = exception.hasPrefix("*.") ? exception.dropFirst(2) : exception.drop { $0 == "." }
            return exception == "*" || host == domain || host.hasSuffix(".\(domain)")
        }
    }
}
