import FoundationEssentials

/// Which servers are reached through a proxy, as `HTTPS_PROXY`, `http_proxy`, `ALL_PROXY` and `NO_PROXY` say.
///
/// A proxy's password is never printed.
package struct ProxySettings: Sendable, CustomReflectable {
    private enum Choice: Sendable {
        case server(ProxyServer)
        /// A variable whose value cannot be used: an error for servers that are not exceptions.
        case invalid(InvalidProxy)
    }

    private var encrypted: Choice?
    private var plain: Choice?
    private var exceptions: [ProxyException] = []

    /// No proxy.
    package init() {}

    /// Reads the variables; the lower-case names win, as in curl.
    package init(environment: [String: String]) {
        let list = environment["no_proxy"] ?? environment["NO_PROXY"] ?? ""
        exceptions = list.split { $0 == "," || $0.isWhitespace }.compactMap { ProxyException($0.lowercased()) }
        encrypted = Self.choice(environment, ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
        // HTTP_PROXY in capitals is set by the Proxy header of a CGI request: curl does not read it, nor do we.
        plain = Self.choice(environment, ["http_proxy", "all_proxy", "ALL_PROXY"])
    }

    private static func choice(_ environment: [String: String], _ names: [String]) -> Choice? {
        for name in names {
            guard let value = environment[name], !value.isEmpty else { continue }
            return ProxyServer(value, variable: name).map { .server($0) } ?? .invalid(InvalidProxy(variable: name))
        }
        return nil
    }

    /// The proxy that leads to a server.
    ///
    /// - Parameter origin: The server.
    /// - Returns: The proxy, or `nil` if the server is reached directly.
    /// - Throws: ``InvalidProxy`` if there should be a proxy and it cannot be used.
    package func proxy(for origin: HTTPOrigin) throws(InvalidProxy) -> ProxyServer? {
        guard let choice = origin.isEncrypted ? encrypted : plain else { return nil }
        let host = origin.host.lowercased()
        let address = IPAddress(host)
        if exceptions.contains(where: { $0.covers(host, address, port: origin.effectivePort) }) { return nil }
        switch choice {
        case .server(let server): return server
        case .invalid(let error): throw error
        }
    }

    /// Nothing: the proxy may carry a password.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A proxy that speaks HTTP.
package struct ProxyServer: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The host's name or address.
    let host: String
    let port: Int
    /// The variable that names it.
    let variable: String
    /// The value of the `Proxy-Authorization` header, if the URL holds user and password.
    let authorization: String?

    /// Reads a proxy's URL; without a scheme it counts as `http://`.
    fileprivate init?(_ value: String, variable: String) {
        guard let url = URL(string: value.contains("://") ? value : "http://\(value)"),
            let origin = HTTPOrigin(url), !origin.isEncrypted
        else { return nil }
        host = origin.host
        port = origin.effectivePort
        self.variable = variable
        authorization = url.user(percentEncoded: false).map { user in
            "Basic " + Data("\(user):\(url.password(percentEncoded: false) ?? "")".utf8).base64EncodedString()
        }
    }

    /// Host and port.
    var address: String { HTTPOrigin(isEncrypted: false, host: host, port: port).address }

    /// Where the proxy is named.
    package var description: String { "the proxy in \(variable)" }
    /// Nothing: the proxy may carry a password.
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// The error for an answer by which the proxy lets nothing through.
    ///
    /// - Parameters:
    ///   - status: The status of its answer.
    ///   - reason: The words beside the status.
    ///   - origin: The server that was asked for.
    /// - Returns: The error; failures of the proxy itself are transient.
    func refusal(status: Int, _ reason: String, to origin: HTTPOrigin) -> TransportError {
        let words = reason.unicodeScalars.filter { $0.value >= 0x20 && $0.value < 0x7F }
        return TransportError(
            .refusedByProxy,
            "\(self) does not let requests to \(origin.address) through: HTTP \(status) "
                + String(String.UnicodeScalarView(words)),
            hint: status == 407
                ? "put user and password into \(variable)"
                : "ask whoever runs the proxy, or name the host in NO_PROXY if it is reached directly",
            isTransient: status >= 500)
    }
}

/// An entry of `NO_PROXY`: servers that are reached directly.
///
/// As in Go's `httpproxy` and curl: `*`, a domain with all below it, an address, a block of addresses such as
/// `10.0.0.0/8`, each but the block with an optional port.
private struct ProxyException: Sendable {
    private enum Hosts: Sendable {
        case all
        case domain(String)
        case address(IPAddress)
        case block(IPAddress, prefixLength: Int)
    }

    private let hosts: Hosts
    private let port: Int?

    /// Reads an entry in lower case; what is none covers nothing.
    init?(_ entry: String) {
        if let slash = entry.firstIndex(of: "/") {
            guard let address = IPAddress(entry[..<slash]), let length = Int(entry[entry.index(after: slash)...]),
                (0...address.bytes.count * 8).contains(length)
            else { return nil }
            (hosts, port) = (.block(address, prefixLength: length), nil)
            return
        }
        let (name, port) = Self.split(entry)
        self.port = port
        if let address = IPAddress(name) {
            hosts = .address(address)
        } else if name == "*" {
            hosts = .all
        } else {
            let domain = name.hasPrefix("*.") ? name.dropFirst(2) : name.drop { $0 == "." }
            guard !domain.isEmpty else { return nil }
            hosts = .domain(String(domain))
        }
    }

    /// Parts `name:port`, `[address]:port`; an IPv6 address may come without brackets.
    private static func split(_ entry: String) -> (name: Substring, port: Int?) {
        if entry.hasPrefix("["), let end = entry.firstIndex(of: "]") {
            let rest = entry[entry.index(after: end)...]
            return (entry[entry.index(after: entry.startIndex)..<end], Int(rest.dropFirst()))
        }
        guard let colon = entry.firstIndex(of: ":"), entry.lastIndex(of: ":") == colon else { return (entry[...], nil) }
        return (entry[..<colon], Int(entry[entry.index(after: colon)...]) ?? -1)
    }

    /// Whether a server is reached directly.
    func covers(_ host: String, _ address: IPAddress?, port: Int) -> Bool {
        if let wanted = self.port, wanted != port { return false }
        switch hosts {
        case .all: return true
        case .address(let listed): return listed == address
        case .block(let block, let length): return address?.sharesPrefix(length, with: block) ?? false
        case .domain(let domain): return host == domain || host.hasSuffix(".\(domain)")
        }
    }
}

/// A variable that names a proxy in a way that cannot be used.
package struct InvalidProxy: Error, Equatable, Sendable, CustomStringConvertible {
    package let variable: String

    /// What is wrong, in one line without the value, which may hold a password.
    package var message: String { "\(variable) is not the URL of an HTTP proxy" }
    package var hint: String { "set it to http://HOST:PORT, unset it, or name the host in NO_PROXY" }
    /// What is wrong, and what to do about it.
    package var description: String { "\(message); \(hint)" }
}
