/// What is done about links of an archive that lead out of its directory.
public enum LinkPolicy: String, CaseIterable, Hashable, Sendable {
    /// The archive is refused.
    case refuse
    /// They are left out, and everything else is extracted.
    case skip
}

/// A link that was left out.
public struct SkippedLink: Hashable, Sendable {
    /// Its path, below the directory that its archive was extracted into.
    public var path: String
    /// Where it leads.
    public var target: String

    /// Names a link.
    public init(path: String, target: String) {
        self.path = path
        self.target = target
    }
}
