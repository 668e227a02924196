public import RunOutputs

/// The lifecycle rules that a layout needs, beside those that a bucket has.
public struct LifecycleComparison: Hashable, Sendable {
    /// What a rule of ours is in the bucket.
    public enum State: String, Hashable, Sendable {
        /// It is not there.
        case missing
        /// It is there.
        case same
        /// One of its name is there, and does something else.
        case different
        /// It is there, and neither the layout nor a plan asks for it.
        case unused
    }

    /// One rule of ours.
    public struct Entry: Hashable, Sendable {
        /// Its identifier.
        public var id: String
        /// What it is in the bucket.
        public var state: State
        /// Why it is not the same, in a few words.
        public var detail: String?
        /// After how many days it removes objects; `nil` where the bucket's rule does not.
        public var days: Int?
    }

    /// Our rules, those that are asked for first.
    public let entries: [Entry]
    /// The bucket's own rules, in their order.
    public let others: [BucketRule]
    private let found: [BucketRule]
    let wantedRules: [RetentionRule]

    /// What is asked for.
    public var retentions: [Retention] { wantedRules.map { .days($0.days) } }

    /// Compares.
    ///
    /// - Parameters:
    ///   - retentions: What a layout and plans ask for; what nothing ends needs no rule.
    ///   - found: The bucket's rules in their order.
    public init(_ retentions: [Retention], with found: [BucketRule]) {
        let wanted = Set(retentions.compactMap { RetentionRule($0) }).sorted { $0.days < $1.days }
        let ids = Set(wanted.map(\.id))
        wantedRules = wanted
        self.found = found
        entries =
            wanted.map { rule in
                guard let there = found.first(where: { $0.id == rule.id }) else {
                    return Entry(id: rule.id, state: .missing, days: rule.days)
                }
                let difference = there.difference(from: rule)
                return Entry(
                    id: rule.id, state: difference == nil ? .same : .different, detail: difference, days: rule.days)
            }
            + found.filter { $0.isOurs && !ids.contains($0.id) }.map {
                Entry(id: $0.id, state: .unused, days: $0.days)
            }
        others = found.filter { !$0.isOurs }
    }

    /// Whether the bucket has to be changed.
    ///
    /// - Parameter prunes: Whether rules that nothing asks for go.
    /// - Returns: Whether it has to.
    public func isChange(pruning prunes: Bool) -> Bool {
        entries.contains { [.missing, .different].contains($0.state) || prunes && $0.state == .unused }
    }

    /// The rules that the bucket is to have, as XML: its own as they were and where they were.
    ///
    /// - Parameter prunes: Whether rules that nothing asks for go. Objects may still have their tags, and are then kept
    ///   for ever.
    /// - Returns: All rules, in the order in which they are put there.
    public func rules(pruning prunes: Bool) -> [String] {
        let ours = Dictionary(wantedRules.map { ($0.id, $0) }) { first, _ in first }
        var rules: [String] = []
        for rule in found {
            if let replacement = ours[rule.id] {
                rules.append(rule.difference(from: replacement) == nil ? rule.xml : replacement.xml)
            } else if !rule.isOurs || !prunes {
                rules.append(rule.xml)
            }
        }
        let there = Set(found.map(\.id))
        return rules + wantedRules.filter { !there.contains($0.id) }.map(\.xml)
    }

    /// The bucket's own rules that also find objects by our tags: then pinning does not hold.
    public var rivals: [BucketRule] {
        others.filter { rule in rule.tags.keys.contains { $0.hasPrefix(RetentionTag.prefix) } }
    }
}
