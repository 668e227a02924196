/// A kind of outputs as people ask for them: all places of the vocabulary that hold it, below one prefix.
public enum OutputGroup: String, CaseIterable, Hashable, Sendable {
    case artifacts
    case logs
    case manifests
    case python
    case tarballs
    case packages

    /// What belongs to it, in one phrase.
    public var summary: String {
        switch self {
        case .artifacts: "the artifact archives"
        case .logs: "all logs"
        case .manifests: "all manifests"
        case .python: "Python wheels and source distributions"
        case .tarballs: "distribution tarballs"
        case .packages: "the repositories of native packages"
        }
    }

    /// The term whose place the group's is, or lies in.
    private var term: OutputTerm {
        switch self {
        case .artifacts: .root
        case .logs: .logDir
        case .manifests: .manifestDir
        case .python: .pythonPackages
        case .tarballs: .tarballs
        case .packages: .nativePackages
        }
    }

    /// Returns the prefix that everything of the group lives below.
    ///
    /// - Parameter root: Where the run's outputs live.
    /// - Returns: The prefix without a trailing slash: that of the group's terms up to their first argument.
    public func location(in root: RunOutputRoot) -> OutputLocation {
        var path = root.prefix
        for segment in term.definition.segments {
            guard segment.pieces.count == 1, case .text(let text) = segment.pieces[0] else { break }
            path += "/" + text
        }
        return OutputLocation(bucket: root.bucket, key: ExactString(path))
    }
}
