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
