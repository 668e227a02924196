import RunOutputs

/// The content of a `.sha256sum` file: what `sha256sum` writes, or the digest alone.
public enum SHA256Sidecar {
    /// The most bytes that such a file may have.
    public static let maximumSize = 65_536

    /// Finds the digest of a file.
    ///
    /// - Parameters:
    ///   - content: The bytes of the `.sha256sum` file.
    ///   - name: The name of the file it should be about, without directories.
    /// - Returns: The SHA-256 in lower-case hexadecimal, or `nil` if the content says nothing of that file.
    public static func digest(in content: some Sequence<UInt8>, of name: String) -> String? {
        // sha256sum's lines: the digest, a blank, a blank or `*`, and the name.
        for line in String(decoding: Array(content), as: UTF8.self).split(whereSeparator: \.isNewline) {
            let digest = line.prefix { $0 != " " && $0 != "\t" }.lowercased()
            guard digest.utf8.count == 64, digest.allSatisfy(\.isHexDigit) else { continue }
            let named = line.dropFirst(64).drop { $0 == " " || $0 == "*" || $0 == "\t" }
            if named.isEmpty || named.split(separator: "/").last.map({ ExactString(String($0)) }) == ExactString(name) {
                return digest
            }
        }
        return nil
    }
}
