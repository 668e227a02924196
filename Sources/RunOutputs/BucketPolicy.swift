public import MarkedYAML

/// Which bucket a run's outputs belong to: a table, read from `manifests/buckets.yaml`.
///
/// Rules are tried in order and the first match wins. Every value knows its place in the file.
public struct BucketPolicy: Hashable, Sendable {
    /// The repositories that the policy serves where nobody asks for it: `owner/name`, or `owner/*`; empty for all.
    public var served: [Marked<String>]
    /// The release types that are legal besides ``RunContext/ordinaryReleaseType``.
    public var releaseTypes: [Marked<String>]
    /// The rules, in the order in which they are tried.
    public var rules: [Rule]

    /// Makes a policy from its parts.
    public init(releaseTypes: [Marked<String>], rules: [Rule], served: [Marked<String>] = []) {
        self.served = served
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
        public var bucket: Marked<BucketName>
        /// Whether keys start with `{owner}-{name}/` of the run's repository.
        public var hasExternalPrefix: Bool
        /// The region of the bucket.
        public var region: Marked<String>
        /// The ARN of the IAM role that may write there; nil if there is none to assume.
        public var role: Marked<String>?
        /// How the bucket is reached, where it is not AWS's.
        public var store = Store()
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

    /// How a bucket is reached, and how its objects are named to readers.
    public struct Store: Hashable, Sendable {
        /// The store's URL; nil for AWS.
        public var endpointURL: Marked<String>?
        /// Whether the bucket's name is in the path of URLs; nil for whatever the endpoint wants.
        public var pathStyle: Marked<Bool>?
        /// The URL at which readers find an object, in which `${bucket}` and `${key}` are replaced.
        public var publicURL: Marked<String>?

        /// Makes a description from its parts.
        public init(
            endpointURL: Marked<String>? = nil, pathStyle: Marked<Bool>? = nil, publicURL: Marked<String>? = nil
        ) {
            self.endpointURL = endpointURL
            self.pathStyle = pathStyle
            self.publicURL = publicURL
        }
    }

    /// Whether the policy is meant for a repository.
    ///
    /// - Parameter repository: The repository of a run.
    /// - Returns: `true` if the policy names it, or its owner with `/*`, or names none.
    public func serves(_ repository: RepositoryName) -> Bool {
        served.isEmpty || served.contains { [repository.description, "\(repository.owner)/*"].contains($0.value) }
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

extension BucketPolicy {
    /// The release types in rules that `release_types` does not list: rules for runs that are always refused.
    public var unlistedReleaseTypes: [Marked<String>] {
        let legal = Set(releaseTypes.map(\.value)).union([RunContext.ordinaryReleaseType])
        return rules.flatMap { $0.condition.releaseTypes ?? [] }.filter { !legal.contains($0.value) }
    }

    /// The rules that never match, because an earlier one matches whenever they would.
    ///
    /// - Returns: Pairs of such a rule and the first one that gets in its way.
    public var shadowedRules: [(rule: Rule, by: Rule)] {
        rules.enumerated().compactMap { index, rule in
            rules[..<index].first { $0.condition.covers(rule.condition) }.map { (rule, $0) }
        }
    }
}

extension BucketPolicy.Condition {
    /// Whether this holds for every run for which the other does.
    fileprivate func covers(_ other: Self) -> Bool {
        if let repository, repository.value != other.repository?.value { return false }
        if let fork, fork.value != other.fork?.value { return false }
        if let releaseTypes {
            guard let others = other.releaseTypes else { return false }
            guard Set(others.map(\.value)).isSubset(of: releaseTypes.map(\.value)) else { return false }
        }
        if let runBefore {
            guard let otherDate = other.runBefore, otherDate.value <= runBefore.value else { return false }
        }
        return true
    }
}

/// The name of a bucket as S3 allows it.
///
/// [Bucket naming rules](https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html): 3 to 63 lower
/// case letters, digits, `-` and `.`, a letter or digit at both ends, no two dots in a row.
public struct BucketName: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// Checks and wraps a name.
    ///
    /// - Parameter text: The name alone, neither `s3://` before it nor a key behind it.
    /// - Throws: ``InvalidBucketName`` if S3 would not take it.
    public init(_ text: String) throws(InvalidBucketName) {
        guard Self.isLegal(text.utf8) else { throw InvalidBucketName(text: text) }
        self.text = text
    }

    public var description: String { text }

    private static func isLegal(_ bytes: String.UTF8View) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        let dot = UInt8(ascii: ".")
        guard (3...63).contains(bytes.count), let first = bytes.first, let last = bytes.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy { isAlphanumeric($0) || $0 == dot || $0 == UInt8(ascii: "-") }
            && !zip(bytes, bytes.dropFirst()).contains { $0 == dot && $1 == dot }
    }
}

/// A text that cannot be the name of a bucket.
public struct InvalidBucketName: Error, Equatable, Sendable, CustomStringConvertible {
    public let text: String

    public init(text: String) { self.text = text }

    public var description: String {
        "'\(text.escapingControlCharacters)' is not a bucket's name; expected 3 to 63 lower case letters, digits, '-' and '.', without 's3://'"
    }
}
