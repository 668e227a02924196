/// The name of a GitHub repository: `owner/name`.
///
/// Names are compared as they are spelled. GitHub ignores case here, a bucket policy does not: whoever is not spelled
/// like a trusted repository is none.
public struct RepositoryName: Hashable, Sendable, CustomStringConvertible {
    /// The user or organisation.
    public let owner: String
    /// The repository's name without its owner.
    public let name: String

    /// Reads `owner/name`.
    ///
    /// - Parameter text: The full name.
    /// - Throws: ``InvalidRepositoryName`` unless it is two parts made of letters, digits, `-`, `_` and `.`.
    public init(_ text: String) throws(InvalidRepositoryName) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy(Self.isLegal) else { throw InvalidRepositoryName(text: text) }
        owner = String(decoding: parts[0], as: UTF8.self)
        name = String(decoding: parts[1], as: UTF8.self)
    }

    private init(owner: String, name: String) {
        self.owner = owner
        self.name = name
    }

    /// The repository whose outputs this tool was made for: `ROCm/TheRock`.
    public static let theRock = RepositoryName(owner: "ROCm", name: "TheRock")

    /// The full name, `owner/name`.
    public var description: String { "\(owner)/\(name)" }

    /// What keys start with in a bucket that many repositories share: `owner-name/`.
    public var externalPrefix: String { "\(owner)-\(name)/" }

    private static func isLegal(_ part: Substring.UTF8View) -> Bool {
        guard (try? InvalidPathValue.check(segment: Substring(part))) != nil else { return false }
        return part.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
    }
}

/// A text that is not a repository's name.
public struct InvalidRepositoryName: Error, Equatable, Sendable, CustomStringConvertible {
    public let text: String

    public init(text: String) { self.text = text }

    public var description: String {
        "'\(text.escapingControlCharacters)' is not a repository's name; expected owner/name, like ROCm/TheRock"
    }
}
