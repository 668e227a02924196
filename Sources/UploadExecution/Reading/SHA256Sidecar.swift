import RunOutputs

/// The content of a `.sha256sum` file, whatever program wrote it.
///
/// What is read: lines of `sha256sum`, also with `*` before the name or an escaped name; of `sha256sum --tag`, BSD's
/// `sha256` and `openssl`; PowerShell's `Get-FileHash` as a table or as a list; and a digest alone, also behind
/// `sha256:`. Text may begin with a byte order mark, and may be UTF-16 behind one.
public enum SHA256Sidecar {
    /// The most bytes that such a file may have.
    public static let maximumSize = 65_536

    /// Two lines for one file that tell different digests.
    public struct Contradiction: Error, Equatable {
        /// The digests in lower-case hexadecimal, in the order of the lines.
        public var digests: [String]
    }

    /// Finds the digest of a file.
    ///
    /// A line without a name is about the file, too; so is one whose name was cut off for a narrow table.
    ///
    /// - Parameters:
    ///   - content: The bytes of the `.sha256sum` file.
    ///   - name: The name of the file it should be about, without directories.
    /// - Returns: The SHA-256 in lower-case hexadecimal, or `nil` if the content says nothing of that file.
    /// - Throws: ``Contradiction`` if it tells more than one.
    public static func digest(in content: some Sequence<UInt8>, of name: String) throws(Contradiction) -> String? {
        var digests: [String] = []
        for entry in entries(in: text(Array(content))) where entry.isAbout(name) && !digests.contains(entry.digest) {
            digests.append(entry.digest)
        }
        guard digests.count < 2 else { throw Contradiction(digests: digests) }
        return digests.first
    }

    /// Decodes a file, which PowerShell writes as UTF-16, or as UTF-8 behind a byte order mark.
    private static func text(_ bytes: [UInt8]) -> String {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { return String(decoding: bytes.dropFirst(3), as: UTF8.self) }
        guard bytes.count >= 2, bytes.count.isMultiple(of: 2),
            [[0xff, 0xfe], [0xfe, 0xff]].contains(Array(bytes[..<2]))
        else { return String(decoding: bytes, as: UTF8.self) }
        let isBigEndian = bytes[0] == 0xfe
        let units = stride(from: 2, to: bytes.count, by: 2).map { index in
            let pair = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            return isBigEndian ? pair.0 << 8 | pair.1 : pair.1 << 8 | pair.0
        }
        return String(decoding: units, as: UTF16.self)
    }

    private static func entries(in text: String) -> [SidecarEntry] {
        let lines = text.split(whereSeparator: \.isNewline).map(Substring.init)
        return FileHashList(lines).entries + lines.compactMap { SidecarEntry($0) }
    }
}

/// A digest and what it is said to be of.
private struct SidecarEntry {
    let digest: String
    /// The name or path; `nil` if none is told.
    let path: String?

    init?(digest: some StringProtocol, path: String?) {
        guard digest.utf8.count == 64, digest.utf8.allSatisfy(\.isHexadecimalDigit) else { return nil }
        self.digest = digest.lowercased()
        self.path = path
    }

    /// Reads a line that stands for itself.
    init?(_ line: Substring) {
        let isEscaped = line.trimmed.first == "\\"
        let line = isEscaped ? line.trimmed.dropFirst() : line.trimmed
        let entry = Self(tagged: line) ?? Self(row: line) ?? Self(digestFirst: line)
        guard let entry else { return nil }
        self = isEscaped ? entry.unescaped : entry
    }

    /// Reads `SHA256 (name) = digest`, with the names that BSD and OpenSSL have for the algorithm.
    private init?(tagged line: Substring) {
        guard let open = line.firstIndex(of: "("), let equals = line.lastIndex(of: "="),
            line[..<open].isSHA256
        else { return nil }
        let name = line[line.index(after: open)..<equals].trimmed
        guard name.last == ")" else { return nil }
        self.init(digest: line[line.index(after: equals)...].trimmed, path: String(name.dropLast()))
    }

    /// Reads a row of `Get-FileHash`: the algorithm, the digest and the path.
    private init?(row line: Substring) {
        let algorithm = line.prefix { !$0.isBlank }
        guard algorithm.isSHA256 else { return nil }
        let rest = line[algorithm.endIndex...].trimmed
        let digest = rest.prefix { !$0.isBlank }
        let path = rest[digest.endIndex...].trimmed
        self.init(digest: digest, path: path.isEmpty ? nil : String(path))
    }

    /// Reads a digest and a name, or a digest alone.
    private init?(digestFirst line: Substring) {
        var line = line
        if let colon = line.firstIndex(of: ":"), line[..<colon].isSHA256 {
            line = line[line.index(after: colon)...].trimmed
        }
        let digest = line.prefix { !$0.isBlank }
        var name = line[digest.endIndex...].drop(while: \.isBlank)
        if name.first == "*" { name = name.dropFirst() }
        self.init(digest: digest, path: name.isEmpty ? nil : String(name))
    }

    /// The entry with its name as `sha256sum` escapes it behind a leading backslash.
    private var unescaped: Self {
        var (text, isEscape) = ("", false)
        for character in path ?? "" {
            if isEscape {
                text.append(character == "n" ? "\n" : character == "r" ? "\r" : character)
                isEscape = false
            } else if character == "\\" {
                isEscape = true
            } else {
                text.append(character)
            }
        }
        return Self(digest: digest, path: path == nil ? nil : text) ?? self
    }

    /// Whether it is about a file of this name, in whatever directory.
    func isAbout(_ name: String) -> Bool {
        guard let path else { return true }
        if path.hasSuffix("...") || path.hasSuffix("…") { return true }
        let last = path.split { $0 == "/" || $0 == "\\" }.last.map(String.init)
        return [path, last].contains { $0.map { ExactString($0) } == ExactString(name) }
    }
}

/// What `Get-FileHash | Format-List` writes: `Algorithm`, `Hash` and `Path`, each on a line of its own.
private struct FileHashList {
    private(set) var entries: [SidecarEntry] = []

    init(_ lines: [Substring]) {
        var fields: [String: String] = [:]
        var last: String?
        for line in lines + ["Algorithm : "] {
            guard let colon = line.firstIndex(of: ":"), case let key = line[..<colon].trimmed.lowercased(),
                ["algorithm", "hash", "path"].contains(key)
            else {
                // A long path goes on in the next line, below its beginning.
                if let last, line.first?.isBlank == true { fields[last, default: ""] += line.trimmed }
                continue
            }
            if key == "algorithm" {
                if let entry = Self.entry(fields) { entries.append(entry) }
                fields = [:]
            }
            fields[key] = String(line[line.index(after: colon)...].trimmed)
            last = key
        }
    }

    private static func entry(_ fields: [String: String]) -> SidecarEntry? {
        guard let hash = fields["hash"], fields["algorithm"].map({ Substring($0).isSHA256 }) ?? false else {
            return nil
        }
        return SidecarEntry(digest: hash, path: fields["path"].flatMap { $0.isEmpty ? nil : $0 })
    }
}

extension Substring {
    /// Whether it is a name of the algorithm: `SHA256`, `SHA2-256`, `sha-256`.
    fileprivate var isSHA256: Bool { ["sha256", "sha2-256", "sha-256"].contains(trimmed.lowercased()) }

    fileprivate var trimmed: Substring {
        let rest = drop(while: \.isBlank)
        guard let last = rest.lastIndex(where: { !$0.isBlank }) else { return rest }
        return rest[...last]
    }
}

extension Character {
    fileprivate var isBlank: Bool { self == " " || self == "\t" || self == "\u{a0}" || self == "\u{feff}" }
}

extension UInt8 {
    fileprivate var isHexadecimalDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
