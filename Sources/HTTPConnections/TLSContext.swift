import FoundationEssentials
import NIOSSL
import Synchronization

/// What all encrypted connections have in common, made with the first: reading the system's certificates takes a while.
final class TLSContext: Sendable {
    private let caBundle: String?
    private let made = Mutex<NIOSSLContext?>(nil)

    /// Takes note of the settings.
    ///
    /// - Parameter caBundle: The file of certificates to trust besides the system's.
    init(caBundle: String?) { self.caBundle = caBundle }

    /// The context of new connections.
    ///
    /// - Throws: `NIOSSLError` if the certificates cannot be read.
    func context() throws -> NIOSSLContext {
        try made.withLock { made in
            if let made { return made }
            var configuration = TLSConfiguration.makeClientConfiguration()
            // RFC 8996 forbids what is older.
            configuration.minimumTLSVersion = .tlsv12
            if let caBundle, SystemCertificates.areInstalled {
                configuration.additionalTrustRoots = [.file(caBundle)]
            } else if let caBundle {
                // NIOSSL would refuse to add to certificates that are not there.
                configuration.trustRoots = .file(caBundle)
            }
            let context = try NIOSSLContext(configuration: configuration)
            made = context
            return context
        }
    }
}

/// The certificates of authorities by which servers are checked where nothing else is configured.
package enum SystemCertificates {
    /// Where NIOSSL looks for them.
    private static let files = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
    private static let directory = "/etc/ssl/certs"

    /// Whether there are any.
    package static var areInstalled: Bool {
        if files.contains(where: FileManager.default.fileExists(atPath:)) { return true }
        return (try? FileManager.default.contentsOfDirectory(atPath: directory))?.isEmpty == false
    }

    /// What is wrong where there are none.
    package static let absence = "no CA certificates are installed on this machine, so it can trust no server"

    /// What to do about that.
    package static let advice = "install the package `ca-certificates`"
}
