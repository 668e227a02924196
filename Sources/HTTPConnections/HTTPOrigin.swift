package import FoundationEssentials

/// A server that requests are for.
package struct HTTPOrigin: Hashable, Sendable, CustomStringConvertible {
    /// Whether connections use TLS.
    package var isEncrypted: Bool
    /// The host's name or address; an IPv6 address is without brackets.
    package var host: String
    /// The port, if it is not the scheme's.
    package var port: Int?

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

/// The way to a server: directly, or through a proxy.
struct HTTPRoute: Hashable, Sendable {
    /// The server.
    let origin: HTTPOrigin
    /// The proxy in between, if there is one.
    let proxy: ProxyServer?
    /// How long each step of making a connection may take.
    let connectTimeout: Duration

    /// Whether requests name the server in full, since the proxy passes each on (RFC 9112, section 3.2.2).
    ///
    /// Encrypted connections go through a tunnel of the proxy instead.
    var isForwarded: Bool { proxy != nil && !origin.isEncrypted }

    /// Where the connection is made to.
    var nextHop: (host: String, port: Int) {
        proxy.map { ($0.host, $0.port) } ?? (origin.host, origin.effectivePort)
    }
}

/// An address of the Internet Protocol, as bytes in the order of the network: 4 or 16.
struct IPAddress: Hashable, Sendable {
    let bytes: [UInt8]

    /// Reads an address: `192.0.2.1`, `2001:db8::1`, `::ffff:192.0.2.1`; without brackets and zone.
    init?(_ text: some StringProtocol) {
        let text = String(text)
        guard let bytes = text.utf8.contains(UInt8(ascii: ":")) ? Self.version6(text) : Self.version4(text) else {
            return nil
        }
        self.bytes = bytes
    }

    /// Whether two addresses of one version begin with the same bits.
    func sharesPrefix(_ length: Int, with other: IPAddress) -> Bool {
        guard bytes.count == other.bytes.count else { return false }
        let whole = length / 8
        guard bytes.prefix(whole) == other.bytes.prefix(whole) else { return false }
        guard length % 8 > 0 else { return true }
        return (bytes[whole] ^ other.bytes[whole]) >> (8 - length % 8) == 0
    }

    private static func version4(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts.allSatisfy({ (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy(\.isDigit) })
        else { return nil }
        let bytes = parts.compactMap { UInt8($0) }
        return bytes.count == 4 ? bytes : nil
    }

    /// Reads eight groups, of which `::` leaves out one row of zeros (RFC 4291, section 2.2).
    private static func version6(_ text: String) -> [UInt8]? {
        guard let gap = text.firstRange(of: "::") else {
            let bytes = groups(text[...])
            return bytes?.count == 16 ? bytes : nil
        }
        guard let start = groups(text[..<gap.lowerBound]), let end = groups(text[gap.upperBound...]),
            start.count + end.count < 16
        else { return nil }
        return start + [UInt8](repeating: 0, count: 16 - start.count - end.count) + end
    }

    private static func groups(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, let last = version4(part) {
                bytes += last
            } else if (1...4).contains(part.utf8.count), let group = UInt16(part, radix: 16), part.first != "+" {
                bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
            } else {
                return nil
            }
        }
        return bytes
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }
}
