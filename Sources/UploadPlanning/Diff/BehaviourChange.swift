/// One difference of what two plans or policies say.
public struct BehaviourChange: Hashable, Sendable {
    /// The plan, or the policy's file.
    public var plan: String
    /// The keys that lead to what differs.
    public var path: [String]
    /// The old values; `nil` for none.
    public var old: [String]?
    /// The new values; `nil` for none.
    public var new: [String]?
    /// How much it matters.
    public var gravity: ChangeGravity
    /// The change in words.
    public var words: String
}

/// How much a change matters to who decides about it, worst first.
public enum ChangeGravity: Int, Comparable, Hashable, Sendable {
    /// It can lose or overwrite data, publish what should stay private, or hide a failure.
    case loss
    /// Objects go elsewhere.
    case destination
    /// Something else is done differently.
    case behaviour
    /// More is uploaded or checked than before.
    case addition
    /// Tests, names and texts.
    case text

    /// Orders from what matters most.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }

    /// The name that JSON has for it.
    public var word: String {
        switch self {
        case .loss: "loss"
        case .destination: "destination"
        case .behaviour: "behaviour"
        case .addition: "addition"
        case .text: "text"
        }
    }
}

extension Behaviour {
    /// Tells what differs in another version of the file, what matters most first.
    ///
    /// - Parameter new: The other version.
    /// - Returns: The changes; none if both say the same.
    public func changes(to new: Behaviour) -> [BehaviourChange] {
        let renamed = renamedRules(in: new)
        var changes = renamed.sorted { $0.key < $1.key }.map { old, name in
            BehaviourChange(
                plan: new.name, path: ["uploads", name], old: [old], new: [name], gravity: .text,
                words: "rule '\(old)' is now called '\(name)'")
        }
        let old = renaming(renamed)
        changes += old.changesOfGroups(to: new)
        return changes.enumerated().sorted { ($0.element.gravity, $0.offset) < ($1.element.gravity, $1.offset) }
            .map(\.element)
    }

    /// Rules that have another name and say the same otherwise, by their old names; rules may have swapped names.
    private func renamedRules(in new: Behaviour) -> [String: String] {
        let (before, after) = (definitions, new.definitions)
        var free = after.filter { before[$0.key] != $0.value }
        var renamed: [String: String] = [:]
        for (name, definition) in before.sorted(by: { $0.key < $1.key }) where after[name] != definition {
            guard let match = free.filter({ $0.value == definition }).keys.min() else { continue }
            renamed[name] = match
            free[match] = nil
        }
        // A name that its old rule keeps is not free for another one.
        while let taken = renamed.first(where: { before[$0.value] != nil && renamed[$0.value] == nil }) {
            renamed[taken.key] = nil
        }
        return renamed
    }

    /// What each rule says, by the rules' names, without the names of other rules: those may be other ones too.
    private var definitions: [String: [Fact]] {
        let rules = names(below: "uploads").map { name in
            (name, facts(below: ["uploads", name]).filter { !$0.namesRules })
        }
        return Dictionary(uniqueKeysWithValues: rules)
    }

    /// The same with other names of rules, also where rules are named.
    private func renaming(_ names: [String: String]) -> Behaviour {
        guard !names.isEmpty else { return self }
        let facts = facts.map { fact in
            var fact = fact
            if fact.path.first == "uploads", fact.path.count > 1 {
                fact.path[1] = names[fact.path[1]] ?? fact.path[1]
            }
            if fact.namesRules {
                fact.values = fact.values.map { names[$0] ?? $0 }.sorted()
            } else if fact.path.first == "summary" || fact.path.first == "outputs" {
                fact.values = fact.values.map { $0.renamingRules(names) }
            }
            return fact
        }
        return Behaviour(name: name, facts: facts)
    }

    /// The mappings whose entries are told as a whole where they come or go.
    private static let groups = ["uploads", "parameters", "outputs", "tests", "rules"]

    private func changesOfGroups(to new: Behaviour) -> [BehaviourChange] {
        var changes: [BehaviourChange] = []
        var told: Set<[String]> = []
        for group in Self.groups {
            let (before, after) = (Set(names(below: group)), Set(new.names(below: group)))
            for name in before.symmetricDifference(after).sorted() {
                told.insert([group, name])
                let isNew = after.contains(name)
                let facts = (isNew ? new : self).facts(below: [group, name])
                changes.append(BehaviourWords.entry(group, name, facts, isNew: isNew, plan: new.name))
            }
        }
        var values: [[String]: (old: [String]?, new: [String]?)] = [:]
        for fact in facts { values[fact.path] = (fact.values, nil) }
        for fact in new.facts { values[fact.path] = (values[fact.path]?.old, fact.values) }
        for path in values.keys.sorted(by: { $0.lexicographicallyPrecedes($1) })
        where !told.contains(Array(path.prefix(2))) {
            guard let (old, new) = values[path], old != new else { continue }
            changes += BehaviourWords(path: path, old: old, new: new, plan: self.name).changes
        }
        return changes.map { change in
            var change = change
            change.plan = new.name
            return change
        }
    }
}

extension Behaviour.Fact {
    /// Whether the values are names of rules.
    fileprivate var namesRules: Bool {
        ["after", "if_nothing_from", "if_stored"].contains(path.last) || path.suffix(2) == ["index", "of"]
    }
}

extension String {
    /// An element of the summary or of an output with other names of rules, which may be each other's: in `${logs.url}`,
    /// `for_each_page.of: logs` and `text.if_stored: logs, more`.
    fileprivate func renamingRules(_ names: [String: String]) -> String {
        var text = self
        // A mark keeps what was renamed from being renamed again.
        for (old, new) in names { text = text.replacing("${\(old).", with: "${\u{0}\(new).") }
        let parts = text.replacing("\u{0}", with: "").split(separator: "; ", omittingEmptySubsequences: false)
        return parts.map { part in
            guard let key = ["for_each_page.of: ", "text.if_stored: "].first(where: part.hasPrefix) else {
                return String(part)
            }
            let rules = String(part.dropFirst(key.count)).split(separator: ", ").map(String.init)
            return key + rules.map { names[$0] ?? $0 }.sorted().joined(separator: ", ")
        }.joined(separator: "; ")
    }
}
