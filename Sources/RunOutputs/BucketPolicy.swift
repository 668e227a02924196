public import MarkedYAML

/// Which bucket a run's outputs belong to: a table, read from `manifests/buckets.yaml`.
///
/// Rules are tried in order and the first match wins. Every value knows where it stands in the file.
public struct BucketPolicy: Hashable, Sendable {
    /// The release types that are legal besides ``RunContext/ordinaryReleaseType``.
    public var releaseTypes: [Marked<String>]
    /// The rules, in the order in which they are tried.
    public var rules: [Rule]

    /// Makes a policy from its parts.
    public init(releaseTypes: [Marked<String>], rules: [Rule]) {
        self.releaseTypes = releaseTypes
        self.rules = rules
    }
}

extension BucketPolicy {
    /// One row of the table: which runs, and where their outputs go.
    public struct Rule: Hashable, Sendable {
        /// What the rule is for, as `plan --explain` shows it.
        public var name: Marked<String>
        /// Which runs it is for.
        public var condition: Condition
        /// The bucket.
        public var bucket: Marked<BucketName>
        /// Whether keys start with `{owner}-{name}/` of the run's repository.
        public var hasExternalPrefix: Bool
        /// The region of the bucket.
        public var region: Marked<String>
        /// The ARN of the IAM role that may write there; nil if there is none to assume.
        public var role: Marked<String>?
        /// Where the whole rule stands.
        public var range: SourceRange

        /// Makes a rule from its parts.
        public init(
            name: Marked<String>, condition: Condition, bucket: Marked<BucketName>, hasExternalPrefix: Bool,
            region: Marked<String>, role: Marked<String>? = nil, range: SourceRange
        ) {
            self.name = name
            self.condition = condition
            self.bucket = bucket
            self.hasExternalPrefix = hasExternalPrefix
            self.region = region
            self.role = role
            self.range = range
        }
    }

    /// What must hold for a rule to match, `when` in the file.
    ///
    /// What is nil does not matter, so a condition without anything matches every run.
    public struct Condition: Hashable, Sendable {
        /// The run's repository, spelled exactly so.
        public var repository: Marked<RepositoryName>?
        /// Whether the run builds a fork's code.
        public var fork: Marked<Bool>?
        /// The release types; ``RunContext/ordinaryReleaseType`` for ordinary runs.
        public var releaseTypes: [Marked<String>]?
        /// The run last changed before this moment.
        ///
        /// That never holds for a run whose date is not known: only runs that were looked up have one.
        public var runBefore: Marked<UTCTimestamp>?

        /// Makes a condition from its parts.
        public init(
            repository: Marked<RepositoryName>? = nil, fork: Marked<Bool>? = nil,
            releaseTypes: [Marked<String>]? = nil, runBefore: Marked<UTCTimestamp>? = nil
        ) {
            self.repository = repository
            self.fork = fork
            self.releaseTypes = releaseTypes
            self.runBefore = runBefore
        }
    }
}
