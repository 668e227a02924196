public import MarkedYAML
import RunOutputs

/// A value that a run gives to a plan.
public struct PlanParameter: Hashable, Sendable {
    /// What kind of value it is.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// Any text.
        case string
        /// The path of a file.
        case file
        /// The path of a directory.
        case directory
    }

    /// A text that is replaced.
    public struct Replacement: Hashable, Sendable {
        /// The text to look for.
        public var text: String
        /// What to put in its place.
        public var replacement: String
    }

    public var name: Marked<String>
    /// What the value is.
    public var description: String?
    /// What kind of value it is.
    public var kind: Kind
    /// The environment variable that gives the value.
    public var environmentVariable: Marked<String>?
    /// The values where nothing else gives one: the first counts whose conditions hold.
    public var defaults: [ParameterDefault]
    /// Only if all of these hold a value must be given, and may not be empty; otherwise the value is empty.
    public var neededWhen: [PlanCondition]
    /// The legal values; empty for any.
    public var legalValues: [Marked<String>]
    /// A prefix that is removed from the value.
    public var strippedPrefix: String?
    /// Texts that are replaced in the value, in this order.
    public var replacements: [Replacement]
    /// Whether a file or directory must exist.
    public var mustExist: Bool
    /// Whether the value is kept out of everything that is shown.
    public var isSecret: Bool
}

/// A value that a parameter has where nothing else gives one.
public struct ParameterDefault: Hashable, Sendable {
    public var value: Marked<String>
    /// All must hold for the value to count.
    public var conditions: [PlanCondition]
    /// Files of which one must be there for the value to count; `nil` if the tree does not matter.
    public var found: FileSelection?
}

/// A condition: a parameter, or something that is known of the run, has one of some values, or none of them.
public struct PlanCondition: Hashable, Sendable {
    /// The parameter's name, or `run.platform` and the like.
    public var name: Marked<String>
    /// The values that meet the condition, or that do not.
    public var values: [Marked<String>]
    /// Whether the values are those that do not meet the condition.
    public var isNegated: Bool
}

/// What a plan may know of the run that it is carried out for: `${run.platform}` and so on.
public struct RunValue: RawRepresentable, Hashable, Sendable {
    /// The name behind the dot.
    public let rawValue: String

    /// Wraps a name; whether there is such a value, the layout says.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The platform of the outputs.
    public static let platform = RunValue(rawValue: Layout.platform)
    public static let runID = RunValue(rawValue: Layout.runID)
    /// The repository, `owner/name`.
    public static let repository = RunValue(rawValue: "repository")
    public static let releaseType = RunValue(rawValue: "release_type")

    /// What comes before the dot.
    static let prefix = "run"

    /// The name as plans write it: `run.platform`.
    var name: String { "\(Self.prefix).\(rawValue)" }
}

extension Layout {
    /// What is known of every run, and what this layout describes a run by besides.
    var runValues: [RunValue] {
        let common: [RunValue] = [.platform, .runID, .repository, .releaseType]
        let own = runArguments.map { RunValue(rawValue: $0.argument.name) }
        return common + own.filter { !common.contains($0) }
    }

    /// The names of all values of the run, as plans write them.
    var runValueNames: [String] { runValues.map(\.name) }

    /// What a value of the run is, in one phrase.
    func summary(of value: RunValue) -> String {
        switch value {
        case .repository: "`owner/name`"
        case .releaseType: "`ci` for an ordinary run"
        default: runArgument(named: value.rawValue)?.argument.summary ?? "one segment of a key"
        }
    }

    /// Whether a run may have the value.
    func accepts(_ text: String, for value: RunValue) -> Bool {
        switch value {
        case .repository: (try? RepositoryName(text)) != nil
        case .releaseType: !text.isEmpty
        default: !text.isEmpty && runArgument(named: value.rawValue)?.argument.legalValues?.contains(text) != false
        }
    }
}

/// What a summary may know of each page that an index rule wrote: `${page.url}` and so on.
enum PageProperty: String, CaseIterable {
    case url
    case s3URI = "s3_uri"
    case key
    case directory

    /// What comes before the dot.
    static let prefix = "page"

    init?(reference: String) {
        let prefix = Self.prefix + "."
        guard reference.hasPrefix(prefix) else { return nil }
        self.init(rawValue: String(reference.dropFirst(prefix.count)))
    }
}

extension String {
    /// Whether the text can name a parameter or a value of the run.
    var isValueName: Bool {
        let prefix = RunValue.prefix + "."
        return hasPrefix(prefix) ? String(dropFirst(prefix.count)).isPlanName : isPlanName
    }
}
