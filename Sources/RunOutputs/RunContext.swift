/// Which workflow run outputs belong to, and what a bucket policy asks about it.
///
/// Every value remembers where it came from, because `locate` and `plan --explain` print that.
public struct RunContext: Hashable, Sendable {
    /// The workflow run's id: one segment of a key.
    public let runID: ResolvedValue<String>
    /// The platform of the outputs.
    public let platform: ResolvedValue<Platform>
    /// The repository that the run belongs to: the base repository of a pull request, not the fork.
    public let repository: ResolvedValue<RepositoryName>
    /// The release type; ``ordinaryReleaseType`` for an ordinary CI run.
    public let releaseType: ResolvedValue<String>
    /// What else the layout describes a run by, as far as the run's prefix needs it or it was given.
    public let values: [String: ResolvedValue<String>]
    /// Where outputs may live.
    public let layout: Layout
    /// Whether the run builds a fork's code, and what says so.
    public private(set) var fork: ForkEvidence
    /// When the run last changed: known only of a run that was looked up.
    public private(set) var date: UTCTimestamp?

    /// The release type of runs that are not releases: what holds where none is named.
    public static let ordinaryReleaseType = "ci"

    /// Returns the same run with what looking it up told.
    ///
    /// That is stronger than the environment, which describes the run that this process is part of.
    ///
    /// - Parameter run: The answer of the lookup.
    /// - Returns: A context with the fork and the date of that run.
    public func lookedUp(_ run: WorkflowRun) -> RunContext {
        var context = self
        context.fork =
            run.headRepository.map { .workflowRun(headRepository: $0, base: repository.value) }
            ?? .deletedHeadRepository
        context.date = run.updatedAt
        return context
    }
}

extension RunContext {
    /// The flags that describe a run, nil where they were not given.
    public struct Flags: Hashable, Sendable {
        /// The id of the run, `--run-id`.
        public var runID: String?
        /// The platform of the outputs, `--platform`.
        public var platform: Platform?
        /// The full name of the repository, `--github-repository`.
        public var repository: String?
        /// The release type, `--release-type`.
        public var releaseType: String?
        /// What else the layout describes a run by: the values of `--run-value`.
        public var values: [String: String]
        /// What the flags are called, for messages.
        public var names = Names()

        /// The names of the flags, dashes included.
        public struct Names: Hashable, Sendable {
            /// The name of the flag for the run's id.
            public var runID: String
            /// The name of the flag for the platform.
            public var platform: String
            /// The name of the flag for the repository.
            public var repository: String
            /// The name of the flag for the release type.
            public var releaseType: String

            /// Names flags, by default as most commands do.
            public init(
                runID: String = "--run-id", platform: String = "--platform",
                repository: String = "--github-repository", releaseType: String = "--release-type"
            ) {
                self.runID = runID
                self.platform = platform
                self.repository = repository
                self.releaseType = releaseType
            }
        }

        /// Collects flags.
        public init(
            runID: String? = nil, platform: Platform? = nil, repository: String? = nil, releaseType: String? = nil,
            values: [String: String] = [:]
        ) {
            self.runID = runID
            self.platform = platform
            self.repository = repository
            self.releaseType = releaseType
            self.values = values
        }
    }

    /// Finds out which run this is: from flags, then from the environment, then by default.
    ///
    /// An empty variable counts as unset, except `RELEASE_TYPE`: that value is kept, and a bucket policy refuses it.
    /// An empty flag is an error, or for the release type kept likewise.
    ///
    /// - Parameters:
    ///   - flags: The flags of the command line.
    ///   - environment: The environment: `GITHUB_RUN_ID`, `GITHUB_REPOSITORY`, `RELEASE_TYPE` and `IS_PR_FROM_FORK`
    ///     are read. The last means a fork if it is exactly `true`; `True`, `1` and everything else do not.
    ///   - machine: The platform of this machine, which holds unless a flag says otherwise.
    ///   - event: What the event's payload says, nil if the run was not started by a pull request. The run is a
    ///     fork's if the payload or the variable says so.
    ///   - layout: What a run is described by.
    ///   - readsBack: Whether the run's outputs are to be read: then `THEROCK_RUN_ID` comes before `GITHUB_RUN_ID`, and
    ///     `THEROCK_PLATFORM` before the machine.
    /// - Throws: ``RunContextError`` for the first value that is missing or illegal.
    public init(
        flags: Flags, environment: [String: String], machine: Platform, event: ForkEvidence? = nil,
        layout: Layout = .builtIn, readsBack: Bool = false
    ) throws(RunContextError) {
        func resolve(_ flag: String?, _ flagName: String, _ variable: String) -> ResolvedValue<String>? {
            if let flag { return ResolvedValue(flag, from: .flag(flagName)) }
            guard let value = environment[variable], !value.isEmpty else { return nil }
            return ResolvedValue(value, from: .environment(variable))
        }

        let names = flags.names
        self.layout = layout
        let releaseType =
            flags.releaseType.map { ResolvedValue($0, from: .flag(names.releaseType)) }
            ?? environment["RELEASE_TYPE"].map { ResolvedValue($0, from: .environment("RELEASE_TYPE")) }
            ?? ResolvedValue(Self.ordinaryReleaseType, from: .default)
        self.releaseType = releaseType
        let needed = layout.neededRunArguments(for: releaseType.value)
        let variable = layout.runArgument(named: Layout.runID)?.variable ?? "GITHUB_RUN_ID"
        let named = readsBack ? resolve(flags.runID, names.runID, "THEROCK_RUN_ID") : nil
        let runID = named ?? resolve(flags.runID, names.runID, variable)
        if let runID {
            self.runID = try Self.checked(runID: runID)
        } else if needed.contains(Layout.runID) {
            throw .missingRunID(flag: names.runID)
        } else {
            self.runID = ResolvedValue("local", from: .default)
        }
        let platformName = readsBack ? resolve(nil, names.platform, "THEROCK_PLATFORM") : nil
        platform = try Self.checked(
            platform: flags.platform.map { .init($0.rawValue, from: .flag(names.platform)) } ?? platformName
                ?? .init(machine.rawValue, from: .machine), in: layout)
        values = try Self.values(flags, environment, needed, layout)
        repository = try Self.checked(
            repository: resolve(flags.repository, names.repository, "GITHUB_REPOSITORY"))
        fork = Self.fork(event: event, variable: environment["IS_PR_FROM_FORK"])
        date = nil
    }

    private static func checked(runID: ResolvedValue<String>) throws(RunContextError) -> ResolvedValue<String> {
        do {
            try InvalidPathValue.check(segment: runID.value)
        } catch {
            throw .invalidRunID(runID, error)
        }
        return runID
    }

    /// The platform of a machine counts only where the layout knows it, or asks for none.
    private static func checked(
        platform: ResolvedValue<String>, in layout: Layout
    ) throws(RunContextError) -> ResolvedValue<Platform> {
        guard let known = Platform(rawValue: platform.value),
            layout.platforms?.contains(platform.value) != false
        else { throw .unknownPlatform(platform, legal: layout.platforms ?? []) }
        return ResolvedValue(known, from: platform.origin)
    }

    /// What the layout describes a run by besides its id and its platform.
    private static func values(
        _ flags: Flags, _ environment: [String: String], _ needed: [String], _ layout: Layout
    ) throws(RunContextError) -> [String: ResolvedValue<String>] {
        let known = layout.runArguments.map(\.argument.name).filter { $0 != Layout.runID && $0 != Layout.platform }
        if let unknown = flags.values.keys.sorted().first(where: { !known.contains($0) }) {
            throw .unknownRunValue(unknown, known: known)
        }
        var values: [String: ResolvedValue<String>] = [:]
        for argument in layout.runArguments where known.contains(argument.argument.name) {
            let name = argument.argument.name
            let variable = argument.variable.flatMap { variable in
                environment[variable].flatMap { $0.isEmpty ? nil : ResolvedValue($0, from: .environment(variable)) }
            }
            let value =
                flags.values[name].map { ResolvedValue($0, from: .flag("--run-value \(name)=…")) } ?? variable
                ?? argument.defaultValue.map { ResolvedValue($0, from: .default) }
            guard let value else {
                if needed.contains(name) { throw .missingRunValue(name, variable: argument.variable) }
                continue
            }
            do {
                try argument.argument.check(value.value)
            } catch {
                throw .invalidRunValue(name, value, error)
            }
            values[name] = value
        }
        return values
    }

    private static func checked(
        repository: ResolvedValue<String>?
    ) throws(RunContextError) -> ResolvedValue<RepositoryName> {
        guard let repository else { return ResolvedValue(.theRock, from: .default) }
        do {
            return ResolvedValue(try RepositoryName(repository.value), from: repository.origin)
        } catch {
            throw .invalidRepository(error, from: repository.origin)
        }
    }

    private static func fork(event: ForkEvidence?, variable: String?) -> ForkEvidence {
        let said = variable.flatMap { $0.isEmpty ? nil : ForkEvidence.environment(value: $0) }
        if let said, said.isFork, event?.isFork != true { return said }
        return event ?? said ?? .absent
    }
}

/// Why it is not known which run outputs belong to.
public enum RunContextError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Neither the flag, which is called so, nor the environment gives a run id.
    case missingRunID(flag: String)
    /// The run id cannot be part of a key.
    case invalidRunID(ResolvedValue<String>, InvalidPathValue)
    /// There is no such platform; which ones there are.
    case unknownPlatform(ResolvedValue<String>, legal: [String])
    /// The layout describes a run by other values.
    case unknownRunValue(String, known: [String])
    /// Neither a flag nor the environment gives a value that the run's prefix needs.
    case missingRunValue(String, variable: String?)
    /// A value cannot be part of a key.
    case invalidRunValue(String, ResolvedValue<String>, InvalidPathValue)
    /// The repository is not `owner/name`.
    case invalidRepository(InvalidRepositoryName, from: ValueOrigin)

    public var description: String {
        switch self {
        case .missingRunID(let flag):
            "which workflow run is this? Pass \(flag), or set GITHUB_RUN_ID (GitHub Actions sets it)"
        case .invalidRunID(let runID, .empty): "the run id from \(runID.origin) is empty"
        case .invalidRunID(let runID, let rule):
            "the run id '\(runID.value.escapingControlCharacters)' from \(runID.origin) \(rule)"
        case .unknownPlatform(let platform, let legal):
            "'\(platform.value.escapingControlCharacters)' from \(platform.origin) is not a platform of the layout"
                + (legal.isEmpty ? "" : "; expected \(legal.joined(separator: " or "))")
        case .unknownRunValue(let name, let known):
            "--run-value \(name.escapingControlCharacters)=…: the layout does not describe runs by that"
                + (known.isEmpty ? "" : "; it describes them by \(known.joined(separator: ", "))")
        case .missingRunValue(let name, let variable):
            "what is the run's \(name)? Pass --run-value \(name)=VALUE" + (variable.map { ", or set \($0)" } ?? "")
        case .invalidRunValue(let name, let value, .empty): "the run's \(name) from \(value.origin) is empty"
        case .invalidRunValue(let name, let value, let rule):
            "the run's \(name) '\(value.value.escapingControlCharacters)' from \(value.origin) \(rule)"
        case .invalidRepository(let error, let origin): "\(origin): \(error)"
        }
    }
}

/// What is known of a workflow run that was looked up.
public struct WorkflowRun: Hashable, Sendable {
    /// The full name of the repository whose code the run builds; nil if that was deleted.
    public let headRepository: String?
    /// When the run last changed, if that is known.
    public let updatedAt: UTCTimestamp?

    /// Describes a run.
    ///
    /// - Parameters:
    ///   - headRepository: `head_repository.full_name`, nil if `head_repository` is null.
    ///   - updatedAt: `updated_at`, nil if it is not known.
    public init(headRepository: String?, updatedAt: UTCTimestamp?) {
        self.headRepository = headRepository
        self.updatedAt = updatedAt
    }
}
