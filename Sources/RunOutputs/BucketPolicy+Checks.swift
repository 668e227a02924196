public import MarkedYAML

extension BucketPolicy {
    /// The release types in rules that `release_types` does not list: rules for runs that are always refused.
    public var unlistedReleaseTypes: [Marked<String>] {
        let legal = Set(releaseTypes.map(\.value)).union([RunContext.ordinaryReleaseType])
        return rules.flatMap { $0.condition.releaseTypes ?? [] }.filter { !legal.contains($0.value) }
    }

    /// The rules that never match, because an earlier one matches whenever they would.
    ///
    /// - Returns: Pairs of such a rule and the first one that stands in its way.
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
