import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

extension TransportError {
    /// Sorts what the HTTP client throws.
    init(_ error: any Error) {
        switch error {
        case let error as HTTPClientError: self.init(client: error)
        case let error as NIOConnectionError: self.init(connection: error)
        case let error as NIOSSLError: self.init(tls: error)
        case let error as NIOSSLExtraError: self.init(certificate: "\(error)")
        case let error as IOError:
            let words = unsafe String(cString: strerror(error.errnoCode))
            self.init(isTimeout: false, isTransient: true, message: "the connection failed: \(words)")
        default: self.init(isTimeout: false, isTransient: true, message: "the connection failed: \(error)")
        }
    }

    private init(client error: HTTPClientError) {
        let timeouts: [HTTPClientError] = [
            .readTimeout, .writeTimeout, .connectTimeout, .deadlineExceeded, .tlsHandshakeTimeout,
            .getConnectionFromPoolTimeout, .httpProxyHandshakeTimeout,
        ]
        let mistakes: [HTTPClientError] = [
            .invalidURL, .emptyHost, .emptyScheme, .alreadyShutdown, .proxyAuthenticationRequired, .bodyLengthMismatch,
        ]
        isTimeout = timeouts.contains(error)
        isTransient = !mistakes.contains(error)
        message =
            error == .remoteConnectionClosed
            ? "the connection was closed before the answer was complete"
            : (isTimeout ? "no answer in time: " : "the exchange failed: ") + error.shortDescription
        hint = error == .proxyAuthenticationRequired ? "put user and password into HTTPS_PROXY" : nil
    }

    private init(connection error: NIOConnectionError) {
        let address = "\(error.host):\(error.port)"
        if error.connectionErrors.isEmpty, error.dnsAError != nil || error.dnsAAAAError != nil {
            self.init(
                isTimeout: false, isTransient: true, message: "the host \(error.host) was not found",
                hint: "check the endpoint, the region and the name service")
        } else {
            let cause = error.connectionErrors.first.map { "\($0.error)" } ?? "\(error)"
            self.init(
                isTimeout: cause.contains("connectTimeout"), isTransient: true,
                message: "cannot connect to \(address): \(cause)")
        }
    }

    private init(tls error: NIOSSLError) {
        guard case .handshakeFailed(let cause) = error, "\(cause)".contains("CERTIFICATE_VERIFY_FAILED") else {
            self.init(isTimeout: false, isTransient: true, message: "the TLS connection failed: \(error)")
            return
        }
        self.init(certificate: "no trusted authority signed the server's certificate")
    }

    private init(certificate problem: String) {
        self.init(
            isTimeout: false, isTransient: false, message: "TLS: \(problem)",
            hint: "set AWS_CA_BUNDLE to a file with the authority's certificate, or correct the endpoint")
    }
}

extension TimeAmount {
    /// The same time, for the event loop.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
