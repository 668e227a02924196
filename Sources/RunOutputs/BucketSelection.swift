public import MarkedYAML

/// The bucket that was chosen for a run, and why.
public struct BucketSelection: Hashable, Sendable {
    /// The rule of a policy that chose.
    public struct Rule: Hashable, Sendable {
        /// Its place in the table, from 1.
        public let number: Int
        public let name: String
        /// Where it is in the file.
        public let range: SourceRange
    }

    public let bucket: BucketName
    /// What keys start with: empty, or `{owner}-{name}/`.
    public let externalPrefix: String
    /// The region of the bucket; nil if nobody said.
    public let region: String?
    /// The ARN of the IAM role that may write there, if there is one to assume.
    public let role: String?
    /// How the bucket is reached, and how its objects are named to readers.
    public let store: BucketPolicy.Store
    /// The rule that chose; nil if the bucket was named by hand.
    public let rule: Rule?
    /// Why this bucket, in one sentence.
    public let explanation: String

    /// Chooses a bucket by its name: no policy, no external prefix.
    ///
    /// - Parameters:
    ///   - bucket: The bucket's name.
    ///   - origin: Who named it.
    /// - Returns: A selection without region and role, which the caller's settings decide.
    /// - Throws: ``InvalidBucketName`` if S3 allows no such name.
    public static func named(
        _ bucket: String, by origin: ValueOrigin = .flag("--bucket")
    ) throws(InvalidBucketName) -> BucketSelection {
        BucketSelection(
            bucket: try BucketName(bucket), externalPrefix: "", region: nil, role: nil, store: .init(), rule: nil,
            explanation: "\(origin), without bucket policy and external prefix")
    }
}

extension BucketPolicy {
    /// Chooses the bucket for a run.
    ///
    /// - Parameter context: The run.
    /// - Returns: What the first rule that matches says.
    /// - Throws: ``BucketSelectionError`` if the release type is not legal or no rule matches.
    public func select(for context: RunContext) throws(BucketSelectionError) -> BucketSelection {
        let releaseType = context.releaseType.value
        guard releaseType == RunContext.ordinaryReleaseType || releaseTypes.contains(where: { $0.value == releaseType })
        else {
            let legal = [RunContext.ordinaryReleaseType] + releaseTypes.map(\.value)
            throw .unknownReleaseType(context.releaseType, legal: legal)
        }

        guard let index = rules.firstIndex(where: { $0.condition.matches(context) }) else { throw .noRule(context) }
        let rule = rules[index]
        return BucketSelection(
            bucket: rule.bucket.value,
            externalPrefix: rule.hasExternalPrefix ? context.repository.value.externalPrefix : "",
            region: rule.region.value, role: rule.role?.value, store: rule.store,
            rule: .init(number: index + 1, name: rule.name.value, range: rule.range),
            explanation: "rule \(index + 1), '\(rule.name.value)': \(rule.condition.reason(for: context))")
    }
}

extension BucketPolicy.Condition {
    func matches(_ context: RunContext) -> Bool {
        if let repository, repository.value != context.repository.value { return false }
        if let fork, fork.value != context.fork.isFork { return false }
        if let releaseTypes, !releaseTypes.contains(where: { $0.value == context.releaseType.value }) { return false }
        if let runBefore {
            guard let date = context.date, date < runBefore.value else { return false }
        }
        return true
    }

    fileprivate func reason(for context: RunContext) -> String {
        var facts: [String] = []
        if repository != nil { facts.append(context.repositoryFact) }
        if fork != nil { facts.append(context.forkFact) }
        if releaseTypes != nil { facts.append(context.releaseTypeFact) }
        if let runBefore, let date = context.date { facts.append("run of \(date), before \(runBefore.value)") }
        return facts.isEmpty ? "matches every run" : facts.joined(separator: "; ")
    }
}

extension RunContext {
    fileprivate var repositoryFact: String { "repository \(repository.value) (\(repository.origin))" }
    fileprivate var forkFact: String { "\(fork.isFork ? "a fork" : "not a fork") (\(fork))" }
    fileprivate var releaseTypeFact: String { "release type \(releaseType.value) (\(releaseType.origin))" }
    fileprivate var dateFact: String { date.map { "run of \($0)" } ?? "date of the run not known" }

    fileprivate var facts: String {
        [repositoryFact, forkFact, releaseTypeFact, dateFact].joined(separator: "; ")
    }
}

/// Why a policy chose no bucket.
public enum BucketSelectionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The policy knows no such release type; which ones it knows, the ordinary one first.
    case unknownReleaseType(ResolvedValue<String>, legal: [String])
    /// No rule matches the run.
    case noRule(RunContext)

    public var description: String {
        switch self {
        case .unknownReleaseType(let type, let legal):
            (type.value.isEmpty
                ? "the release type from \(type.origin) is empty"
                : "'\(type.value.escapingControlCharacters)' from \(type.origin) is not a release type of the bucket policy")
                + "; expected \(legal.joined(separator: ", ")); leave it out or say 'ci' for an ordinary CI run"
        case .noRule(let context):
            "no rule of the bucket policy matches this run: \(context.facts); "
                + "add a rule to the policy, or name a bucket with --bucket"
        }
    }
}
