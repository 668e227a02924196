import MarkedYAML
public import RunOutputs

/// Which runs two bucket policies send elsewhere.
public enum PolicyComparison {
    /// One kind of run.
    private struct Kind: Hashable {
        var repository: String
        var isFork: Bool
        var releaseType: String
        /// The moment that the run last changed; `nil` for one that is going on.
        var date: UTCTimestamp?
    }

    /// Tells which runs get another bucket, prefix, region or role, for each kind of run that either policy tells from others.
    ///
    /// - Parameters:
    ///   - old: The policy as it was.
    ///   - new: The policy as it is.
    /// - Returns: The moves in words, each with the runs it is about.
    public static func moves(from old: BucketPolicy, to new: BucketPolicy) -> [String] {
        let kinds = kinds(of: [old, new])
        var groups: [(move: String, kinds: [Kind])] = []
        for kind in kinds {
            let (before, after) = (place(of: kind, in: old), place(of: kind, in: new))
            guard before != after else { continue }
            let move = "\(kind.repository)\u{0}\(before) → \(after)"
            if let index = groups.firstIndex(where: { $0.move == move }) {
                groups[index].kinds.append(kind)
            } else {
                groups.append((move, [kind]))
            }
        }
        return groups.map { group in
            let parts = group.move.split(separator: "\u{0}", maxSplits: 1)
            let all = kinds.filter { $0.repository == group.kinds[0].repository }
            return "runs of \(parts[0])\(qualifiers(group.kinds, of: all)): \(parts[1])"
        }
    }

    /// Every combination of what conditions look at.
    private static func kinds(of policies: [BucketPolicy]) -> [Kind] {
        let conditions = policies.flatMap(\.rules).map(\.condition)
        let repositories = Set(conditions.compactMap { $0.repository?.value.description }).sorted() + [otherRepository]
        let types = [RunContext.ordinaryReleaseType] + Set(policies.flatMap(\.releaseTypes).map(\.value)).sorted()
        let moments = Set(conditions.compactMap { $0.runBefore?.value }).sorted()
        let dates: [UTCTimestamp?] = [nil] + (moments.isEmpty ? [] : [longAgo]) + moments
        return repositories.flatMap { repository in
            types.flatMap { type in
                [false, true].flatMap { fork in
                    dates.map { Kind(repository: repository, isFork: fork, releaseType: type, date: $0) }
                }
            }
        }
    }

    private static let otherRepository = "any other repository"
    private static let longAgo = try? UTCTimestamp("2000-01-01T00:00:00Z")

    private static func place(of kind: Kind, in policy: BucketPolicy) -> String {
        let repository = kind.repository == otherRepository ? "other/repository" : kind.repository
        do {
            var context = try RunContext(
                flags: .init(runID: "1", platform: .linux, repository: repository, releaseType: kind.releaseType),
                environment: kind.isFork ? ["IS_PR_FROM_FORK": "true"] : [:], machine: .linux)
            if let date = kind.date {
                context = context.lookedUp(
                    WorkflowRun(headRepository: kind.isFork ? "somebody/fork" : repository, updatedAt: date))
            }
            let selection = try policy.select(for: context)
            let prefix = selection.externalPrefix.isEmpty ? "" : ", below \(selection.externalPrefix)"
            let role = selection.role.map { ", as \($0)" } ?? ""
            return "bucket \(selection.bucket.text) (\(selection.region ?? "any region")\(prefix)\(role))"
        } catch {
            return "no bucket"
        }
    }

    /// What tells these runs from others of their repository: `of release type nightly; of forks`.
    private static func qualifiers(_ kinds: [Kind], of all: [Kind]) -> String {
        guard kinds.count < all.count else { return "" }
        var parts: [String] = []
        let types = kinds.map(\.releaseType).unique
        if types.count < all.map(\.releaseType).unique.count {
            parts.append("of release type \(types.joined(separator: ", "))")
        }
        let forks = kinds.map(\.isFork).unique
        if forks.count == 1 { parts.append(forks[0] ? "of forks" : "not of forks") }
        let dates = kinds.map { $0.date?.text ?? "now" }.unique
        if dates.count < all.map({ $0.date?.text ?? "now" }).unique.count {
            parts.append(dates == ["now"] ? "from now on" : "that changed last at \(dates.joined(separator: ", "))")
        }
        return parts.isEmpty ? "" : " (\(parts.joined(separator: "; ")))"
    }
}

extension Array where Element: Hashable {
    /// The elements, each once, in their order.
    fileprivate var unique: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
