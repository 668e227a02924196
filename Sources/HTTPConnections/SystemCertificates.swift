import FoundationEssentials

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
