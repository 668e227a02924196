/// Where outputs may live: every place by name, read from `manifests/layout.yaml` or from another project's file.
///
/// This value is the one source of truth. Validation, the `vocabulary` command, the JSON Schema, completions and the
/// documentation are derived from it.
public struct Layout: Hashable, Sendable {
    /// What the layout is called.
    public var name: String
    /// What it is about, for people.
    public var description: String?
    /// What every key of a run starts with: the first choice whose release type is the run's.
    public var prefixes: [PrefixChoice]
    /// What a run is described by.
    public var runArguments: [RunArgument]
    /// The arguments of terms.
    public var arguments: [OutputArgument]
    /// The places.
    public var terms: [OutputTerm]
    /// What people ask for by one word.
    public var groups: [OutputGroup]
    /// How file names are read.
    public var namings: [FileNaming]
    /// What commands know by meaning: the name of a term for each role.
    public var roles: [String: String]
    /// Which targets each family means.
    public var families: TargetFamilies

    /// A prefix, and the runs it is for.
    public struct PrefixChoice: Hashable, Sendable {
        /// The release types; `nil` for every run.
        public var releaseTypes: [String]?
        /// The prefix.
        public var template: LayoutTemplate

        /// Joins a prefix and its runs.
        public init(releaseTypes: [String]? = nil, template: LayoutTemplate) {
            self.releaseTypes = releaseTypes
            self.template = template
        }
    }

    /// Something that a run is described by, such as its id.
    public struct RunArgument: Hashable, Sendable {
        /// The name, and what a value may be.
        public var argument: OutputArgument
        /// The environment variable that gives the value.
        public var variable: String?
        /// The value that holds if nothing gives one; ``hostDefault`` is the machine's own platform.
        public var defaultValue: String?
        /// Whether two runs never share a value of it: in releases the version.
        public var identifiesRun: Bool

        /// The default that means the machine's own platform.
        public static let hostDefault = "host"

        /// Describes a run argument.
        public init(
            _ argument: OutputArgument, variable: String? = nil, defaultValue: String? = nil, identifiesRun: Bool
        ) {
            self.argument = argument
            self.variable = variable
            self.defaultValue = defaultValue
            self.identifiesRun = identifiesRun
        }
    }
}

extension Layout {
    /// The name of what a bucket policy puts before a run's prefix.
    public static let externalPrefix = "external_prefix"
    /// The run arguments that every layout has, and that flags of their own give.
    public static let runID = "run_id"
    /// The run argument for the platform.
    public static let platform = "platform"

    /// Finds a term by its name.
    public func term(named name: String) -> OutputTerm? { terms.first { $0.name == name } }

    /// Finds a group by its name.
    public func group(named name: String) -> OutputGroup? { groups.first { $0.name == name } }

    /// The group whose term has the role of the artifacts.
    public var artifacts: OutputGroup? {
        guard let term = roles[Role.artifacts.name] else { return nil }
        return groups.first { $0.terms.contains(term) && $0.naming != nil }
    }

    /// How the file names of artifacts are read.
    public var artifactNaming: FileNaming? {
        artifacts?.naming.flatMap { name in namings.first { $0.name == name } }
    }

    /// The platforms that outputs can be for; `nil` if the layout names none.
    public var platforms: [String]? { runArgument(named: Self.platform)?.argument.legalValues }

    /// Finds what a run is described by.
    public func runArgument(named name: String) -> RunArgument? { runArguments.first { $0.argument.name == name } }

    /// The prefix of runs of a release type.
    func prefix(for releaseType: String) -> LayoutTemplate? {
        prefixes.first { $0.releaseTypes?.contains(releaseType) != false }?.template
    }

    /// The names of the run arguments that a run of a release type must have.
    public func neededRunArguments(for releaseType: String) -> [String] {
        (prefix(for: releaseType)?.arguments ?? []).filter { $0 != Self.externalPrefix }
    }
}
