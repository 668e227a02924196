import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SystemPackage

/// Why there was no complete answer.
package struct TransportError: Error, Equatable, Sendable {
    /// What kind of failure it is.
    package enum Kind: Hashable, Sendable {
        /// No connection came about: the request cannot have been carried out.
        case unreachable
        /// The exchange took too long.
        case timeout
        /// The connection ended in the middle of the exchange.
        case interrupted
        /// The server cannot be trusted, or does not speak TLS as is needed.
        case untrusted
        /// The proxy does not let the request through.
        case refusedByProxy
        /// What came is not HTTP, or longer than any answer that is expected.
        case unusable
        /// The request cannot be sent as it is.
        case unsendable
    }

    /// What kind of failure it is.
    package var kind: Kind
    /// Whether the same exchange may succeed later.
    package var isTransient: Bool
    /// What went wrong, in one line, without the place.
    package var message: String
    /// What to do about it, if there is something.
    package var hint: String?
    /// Whether the other side may have got the whole request, and carried it out.
    package var mayHaveArrived = true

    /// Joins what is known; lost connections and lost time are transient, the others are not, unless it is said.
    package init(_ kind: Kind, _ message: String, hint: String? = nil, isTransient: Bool? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
        switch kind {
        case .unreachable, .timeout, .interrupted: self.isTransient = isTransient ?? true
        case .untrusted, .refusedByProxy, .unusable, .unsendable: self.isTransient = isTransient ?? false
        }
    }

    /// The task was cancelled after the request was sent, and no answer came.
    static let unanswered = TransportError(.timeout, "the run was stopped before the answer came")

    /// The server, or something between, ended the connection.
    static let closed = TransportError(.interrupted, "the connection was closed before the answer was complete")
}

extension TransportError {
    /// Sorts what NIO throws once there is a connection; the errors of bodies and sinks stay as they are.
    static func sorted(_ error: any Error) -> any Error {
        switch error {
        case let error as HTTPParserError: TransportError(parser: error)
        case let error as IOError: TransportError(.interrupted, "the connection failed: \(error.words)")
        case let error as NIOSSLError: TransportError(.interrupted, "the TLS connection failed: \(error.words)")
        case is ChannelError: TransportError.closed
        default: error
        }
    }

    /// Sorts why no connection came about.
    init(connecting error: any Error, along route: HTTPRoute) {
        let proxy = route.proxy.map { "\($0) at \($0.address): " } ?? ""
        switch error {
        case let error as TransportError: self = error
        case let error as NIOConnectionError: self.init(error, prefix: proxy, timeout: route.connectTimeout)
        case let error as IOError: self.init(.unreachable, proxy + error.words)
        case let error as HTTPParserError:
            self.init(.unusable, "\(proxy)the answer is not HTTP (\(error.words))", hint: "check the proxy's URL")
        default: self.init(.unreachable, "\(proxy)\(error)")
        }
    }

    private init(_ error: NIOConnectionError, prefix: String, timeout: Duration) {
        guard let cause = error.connectionErrors.first?.error else {
            self.init(
                .unreachable, "\(prefix)the host \(error.host) was not found",
                hint: "check the host's name, the region and the name service")
            return
        }
        switch cause {
        case let cause as IOError: self.init(.unreachable, prefix + cause.words)
        case ChannelError.connectTimeout: self.init(.unreachable, "\(prefix)nothing answers within \(timeout)")
        default: self.init(.unreachable, "\(prefix)\(cause)")
        }
    }

    private init(parser error: HTTPParserError) {
        switch error {
        case .invalidEOFState, .closedConnection: self = .closed
        case .headerOverflow: self.init(.unusable, "the answer's headers do not end")
        default: self.init(.unusable, "the answer is not HTTP (\(error.words))", hint: "check scheme and port")
        }
    }
}

// MARK: - TLS

extension TransportError {
    /// Sorts why a TLS handshake failed.
    ///
    /// - Parameters:
    ///   - error: What NIO throws.
    ///   - validity: From when to when the server's certificate is valid, in seconds since 1970, if it came so far.
    init(handshake error: any Error, validity: (from: Int, to: Int)?) {
        switch error {
        case let error as TransportError: self = error
        case is NIOSSLExtraError:
            self.init(certificate: "the server's certificate is for another host")
        case let error as NIOSSLError: self.init(error, validity: validity)
        case let error as IOError:
            self.init(.unreachable, "the connection failed during the TLS handshake: \(error.words)")
        default: self.init(.unreachable, "the TLS handshake failed: \(error)")
        }
    }

    private init(_ error: NIOSSLError, validity: (from: Int, to: Int)?) {
        let reasons = error.words
        func says(_ reason: String...) -> Bool { reason.contains { reasons.contains($0) } }
        if says("certificate verify failed") {
            let now = Int(Date().timeIntervalSince1970)
            if let validity, now > validity.to {
                self.init(certificate: "the server's certificate expired on \(Self.day(validity.to))", isLate: true)
            } else if let validity, now < validity.from {
                self.init(
                    certificate: "the server's certificate is valid from \(Self.day(validity.from)) on", isLate: true)
            } else if SystemCertificates.areInstalled {
                self.init(certificate: "no trusted authority signed the server's certificate")
            } else {
                self = .withoutCertificates
            }
        } else if says("wrong version number", "http request", "unexpected message") {
            self.init(
                .untrusted, "the server does not speak TLS there",
                hint: "check the port, or use http:// if the server has no TLS")
        } else if says("unsupported protocol", "protocol version") {
            self.init(
                .untrusted, "TLS: the server speaks no version from 1.2 on", hint: "older versions are not secure")
        } else if says("EOF") || error == .uncleanShutdown {
            self.init(
                .unreachable, "the server closed the connection during the TLS handshake",
                hint: "does that port speak TLS?")
        } else {
            self.init(.unreachable, "the TLS handshake failed: \(reasons)")
        }
    }

    /// Sorts why TLS cannot even be set up.
    ///
    /// - Parameter error: What NIO throws: without certificates it has no words for it.
    init(settingUp error: any Error) {
        guard SystemCertificates.areInstalled else {
            self = .withoutCertificates
            return
        }
        self.init(.unsendable, "TLS cannot be used: \(error)", hint: "check AWS_CA_BUNDLE")
    }

    private static var withoutCertificates: TransportError {
        TransportError(
            .untrusted, "TLS: \(SystemCertificates.absence)",
            hint: "\(SystemCertificates.advice); or set AWS_CA_BUNDLE to a file of certificates")
    }

    private init(certificate problem: String, isLate: Bool = false) {
        self.init(
            .untrusted, "TLS: \(problem)",
            hint: isLate
                ? "the server needs a new certificate; check this machine's clock too"
                : "set AWS_CA_BUNDLE to a file with the authority's certificate, or correct the endpoint")
    }

    /// The day in UTC: `2026-01-31`.
    private static func day(_ seconds: Int) -> String {
        String(Date(timeIntervalSince1970: Double(seconds)).ISO8601Format().prefix(10))
    }
}

extension IOError {
    /// The system's words: `Connection refused`.
    fileprivate var words: String { "\(Errno(rawValue: errnoCode))" }
}

extension HTTPParserError {
    fileprivate var words: String { "\(self)".split(separator: "(").first.map(String.init) ?? "\(self)" }
}

extension NIOSSLError {
    /// The library's reasons in small letters: `wrong version number`.
    fileprivate var words: String {
        guard case .handshakeFailed(.sslError(let stack)) = self else { return "\(self)" }
        // "Error: 268435703 error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER at FILE:LINE"
        let reasons = stack.map { error in
            let text = error.description
            guard
                let word = text.split(separator: ":").first(where: { $0.contains(" at /") })?.split(separator: " ")
                    .first
            else { return text }
            return word.lowercased().replacing("_", with: " ")
        }
        return reasons.joined(separator: ", ")
    }
}
