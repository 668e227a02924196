/// What a plan may know of the run that it is carried out for: `${run.platform}` and so on.
public enum RunValue: String, CaseIterable, Hashable, Sendable {
    case platform
    case runID = "run_id"
    case repository
    case releaseType = "release_type"

    /// What stands before the dot.
    static let prefix = "run"

    /// The name as plans write it: `run.platform`.
    var name: String { "\(Self.prefix).\(rawValue)" }

    /// What the value is, in one phrase.
    var summary: String {
        switch self {
        case .platform: "`linux` or `windows`"
        case .runID: "the workflow run's id, or `local`"
        case .repository: "`owner/name`"
        case .releaseType: "`ci` for an ordinary run"
        }
    }
}

/// What a summary may know of each page that an index rule wrote: `${page.url}` and so on.
enum PageProperty: String, CaseIterable {
    case url
    case s3URI = "s3_uri"
    case key
    case directory

    /// What stands before the dot.
    static let prefix = "page"

    init?(reference: String) {
        let prefix = Self.prefix + "."
        guard reference.hasPrefix(prefix) else { return nil }
        self.init(rawValue: String(reference.dropFirst(prefix.count)))
    }
}

extension String {
    /// The names of all values of the run, as plans write them.
    static var runValues: [String] { RunValue.allCases.map(\.name) }

    /// Whether the text can name a parameter or a value of the run.
    var isValueName: Bool {
        let prefix = RunValue.prefix + "."
        return hasPrefix(prefix) ? String(dropFirst(prefix.count)).isPlanName : isPlanName
    }
}
