/// Puts a difference of two files into the words of who reviews it.
///
/// What no one has written words for is told by its keys and values, so nothing goes unsaid.
struct BehaviourWords {
    var path: [String]
    var old: [String]?
    var new: [String]?
    var plan: String

    /// The change in words: one entry, or one for each value that comes or goes.
    var changes: [BehaviourChange] {
        let phrases: [Phrase]
        switch (path.first, path.count) {
        case ("uploads", 3...): phrases = rulePhrases(path[1], Array(path.dropFirst(2)))
        case ("parameters", 3...): phrases = parameterPhrases(path[1], Array(path.dropFirst(2)))
        case ("tests", 2...): phrases = [.init(.text, "the test '\(path[1])' \(valueText(of: path.dropFirst(2)))")]
        case ("outputs", 2):
            phrases = [.init(.behaviour, "output '\(path[1])' is now \(list(new)) (it was \(list(old)))")]
        case ("summary", _): phrases = summaryPhrases
        case ("name", 1): phrases = [.init(.text, "the plan is now called \(list(new)) (it was \(list(old)))")]
        case ("rules", 3...): phrases = policyPhrases(path[1], path.dropFirst(2))
        default: phrases = [.init(.behaviour, valueText(of: path[...]))]
        }
        return phrases.map { phrase in
            BehaviourChange(plan: plan, path: path, old: old, new: new, gravity: phrase.gravity, words: phrase.words)
        }
    }

    /// A part of the change.
    struct Phrase {
        var gravity: ChangeGravity
        var words: String

        init(_ gravity: ChangeGravity, _ words: String) {
            self.gravity = gravity
            self.words = words
        }
    }

    /// Values that only one of both has.
    var added: [String] { (new ?? []).filter { !(old ?? []).contains($0) } }
    var removed: [String] { (old ?? []).filter { !(new ?? []).contains($0) } }

    /// Values in quotes: `'a', 'b'`.
    func list(_ values: [String]?) -> String {
        guard let values, !values.isEmpty else { return "nothing" }
        return values.map { "'\($0)'" }.joined(separator: ", ")
    }

    /// The old and the new value of a key: `level: '3' → '9'`.
    func valueText(of keys: ArraySlice<String>) -> String {
        let key = keys.joined(separator: ".")
        switch (old, new) {
        case (nil, _): return "now has `\(key)`: \(list(new))"
        case (_, nil): return "no longer has `\(key)` (it was \(list(old)))"
        default:
            guard (old ?? []).count + (new ?? []).count > 2 else { return "`\(key)`: \(list(old)) → \(list(new))" }
            let parts = [
                removed.isEmpty ? nil : "without \(list(removed))", added.isEmpty ? nil : "with \(list(added))",
            ].compactMap(\.self)
            return "`\(key)`: now \(parts.isEmpty ? "in another order: \(list(new))" : parts.joined(separator: ", "))"
        }
    }

    private var summaryPhrases: [Phrase] {
        let phrases =
            removed.map { Phrase(.behaviour, "the summary no longer shows \(list([$0]))") }
            + added.map { Phrase(.behaviour, "the summary now shows \(list([$0]))") }
        return phrases.isEmpty ? [.init(.text, "the summary has another order")] : phrases
    }

    private func policyPhrases(_ name: String, _ keys: ArraySlice<String>) -> [Phrase] {
        let moves = keys.first == "bucket" || keys.first == "external_prefix" || keys.first == "when"
        return [.init(moves ? .destination : .behaviour, "bucket rule '\(name)': \(valueText(of: keys))")]
    }
}

extension BehaviourWords {
    /// An entry of a mapping that is new or gone.
    static func entry(
        _ group: String, _ name: String, _ facts: [Behaviour.Fact], isNew: Bool, plan: String
    ) -> BehaviourChange {
        let verb = isNew ? "is new" : "is gone"
        let (gravity, words): (ChangeGravity, String) =
            switch group {
            case "uploads": (isNew ? .addition : .loss, "rule '\(name)' \(verb): \(ruleText(facts, isNew: isNew))")
            case "parameters": (.behaviour, "parameter '\(name)' \(verb)")
            case "outputs": (isNew ? .addition : .behaviour, "output '\(name)' \(verb)")
            case "tests": (.text, "the test '\(name)' \(verb)")
            default: (.destination, "bucket rule '\(name)' \(verb): \(bucketText(facts))")
            }
        let values = facts.flatMap(\.values)
        return BehaviourChange(
            plan: plan, path: [group, name], old: isNew ? nil : values, new: isNew ? values : nil, gravity: gravity,
            words: words)
    }

    private static func ruleText(_ facts: [Behaviour.Fact], isNew: Bool) -> String {
        func value(_ path: [String]) -> String? { facts.first { $0.path == path }?.values.joined(separator: ", ") }
        let source =
            value(["from"]).map { "files of '\($0)'" } ?? value(["file"]).map { "'\($0)'" }
            ?? value(["archive", "from"]).map { "an archive of '\($0)'" } ?? "a page"
        return "it \(isNew ? "uploads" : "uploaded") \(source) to \(value(["to"]) ?? "")"
            + (value(["allow_secrets"]).map { ", secrets too: '\($0)'" } ?? "")
    }

    private static func bucketText(_ facts: [Behaviour.Fact]) -> String {
        "bucket '\(facts.first { $0.path == ["bucket"] }?.values.first ?? "")'"
    }
}
