package import FoundationEssentials

/// A server that requests are for.
package struct HTTPOrigin: Hashable, Sendable, CustomStringConvertible {
    /// Whether connections use TLS.
    package var isEncrypted: Bool
    /// The host's name or address; an IPv6 address stands without brackets.
    package var host: String
    /// The port, if it is not the scheme's.
    package var port: Int?

    /// Joins scheme, host and port.
    package init(isEncrypted: Bool, host: String, port: Int? = nil) {
        self.isEncrypted = isEncrypted
        self.host = host
        self.port = port
    }

    /// Reads the beginning of a URL; `nil` for what cannot be asked: another scheme, no host, or a port above 65,535.
    ///
    /// - Parameter url: A URL with the scheme `http` or `https`; user and password are left out.
    package init?(_ url: URL) {
        guard let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https",
            let host = url.host()?.lowercased().withoutBrackets, !host.isEmpty,
            url.port.map({ (1...65_535).contains($0) }) ?? true
        else { return nil }
        self.init(isEncrypted: scheme == "https", host: host, port: url.port)
    }

    /// The port that connections are made to.
    package var effectivePort: Int { port ?? (isEncrypted ? 443 : 80) }

    /// Whether the host is an address and no name.
    package var hasAddress: Bool { IPAddress(host) != nil }

    /// The host as URLs spell it: an IPv6 address in brackets (RFC 3986, section 3.2.2).
    private var bracketedHost: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host }

    /// The value of the `Host` header: the host and the port, if it is not the scheme's.
    package var authority: String { bracketedHost + (port.map { ":\($0)" } ?? "") }

    /// The host and the port that connections are made to.
    package var address: String { "\(bracketedHost):\(effectivePort)" }

    /// The origin as URLs begin.
    package var description: String { (isEncrypted ? "https://" : "http://") + authority }
}

extension String {
    /// An IPv6 address as connections are made to it: URLs put it in brackets.
    fileprivate var withoutBrackets: String { hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : self }
}
