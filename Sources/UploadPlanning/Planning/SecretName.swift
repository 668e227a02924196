public import RunOutputs

/// Names that files with credentials have, whatever they hold.
///
/// A name is enough to hold a file back: nobody means to publish `.netrc`, and whoever does can say so.
public enum SecretName {
    /// Returns what a file seems to be, or `nil` if its name says nothing.
    ///
    /// - Parameter path: The path, of which the last segments count.
    /// - Returns: What it seems to be, and the pattern that its name matches.
    public static func match(_ path: ExactString) -> (what: String, pattern: String)? {
        guard mayMatch(path.text.lastPathComponent) else { return nil }
        let segments = path.text.lowercased().split(separator: "/")
        guard let name = segments.last, !isTemplate(name) else { return nil }
        let parent = segments.dropLast().last.map { "\($0)/\(name)" } ?? ""
        if let what = exact[String(name)] { return (what, String(name)) }
        if let what = withParent[parent] { return (what, parent) }
        if name.hasPrefix(".env.") { return ("environment variables", ".env.*") }
        for (ending, what) in endings where name.hasSuffix(ending) { return (what, "*\(ending)") }
        return nil
    }

    /// Whether a name is worth a closer look: nearly none is, and plans hold a hundred thousand of them.
    ///
    /// - Parameter name: The last segment of a path.
    /// - Returns: Whether ``match(_:)`` may find something.
    static func mayMatch(_ name: String) -> Bool {
        // The last two letters tell most names apart, without a copy.
        guard name.utf8.first == UInt8(ascii: ".") || name.utf8.lastTwo.map(lastTwo.contains) ?? true else {
            return false
        }
        let name = name.lowercased()
        if names.contains(name) || name.utf8.starts(with: ".env.".utf8) { return true }
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
        return lastEndings.contains(String(name[dot...]))
    }

    private static let names = Set(exact.keys).union(withParent.keys.map(\.lastPathComponent))
    private static let lastEndings = Set(endings.map(\.0))
    private static let lastTwo = Array(Set((names + endings.map(\.0)).compactMap(\.utf8.lastTwo)))

    /// Examples are there to be published.
    private static func isTemplate(_ name: Substring) -> Bool {
        [".example", ".sample", ".template", ".dist", ".pub"].contains { name.hasSuffix($0) }
    }

    private static let exact = [
        ".env": "environment variables", ".netrc": "passwords of hosts", "_netrc": "passwords of hosts",
        ".git-credentials": "passwords of Git hosts", ".pypirc": "a token of PyPI", ".htpasswd": "passwords",
        ".pgpass": "passwords of databases", "id_rsa": "a private key", "id_dsa": "a private key",
        "id_ecdsa": "a private key", "id_ed25519": "a private key", ".dockercfg": "passwords of registries",
    ]

    private static let withParent = [
        ".aws/credentials": "keys of AWS", ".docker/config.json": "passwords of registries",
        ".kube/config": "keys of a cluster", "gcloud/credentials.db": "keys of Google Cloud",
        "gcloud/application_default_credentials.json": "keys of Google Cloud", ".config/hub": "a token of GitHub",
        "gh/hosts.yml": "a token of GitHub",
    ]

    private static let endings = [
        (".p12", "a private key"), (".pfx", "a private key"), (".keytab", "keys of Kerberos"),
        (".ppk", "a private key"),
        (".jks", "private keys"),
    ]
}

extension String.UTF8View {
    /// The last two bytes as one number, small letters for capital ones; `nil` if one is not ASCII, since the small
    /// letter of some others is.
    fileprivate var lastTwo: UInt16? {
        var number: UInt16 = 0
        for byte in suffix(2) {
            if byte >= 0x80 { return nil }
            number = number << 8 | UInt16((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
        }
        return number
    }
}
