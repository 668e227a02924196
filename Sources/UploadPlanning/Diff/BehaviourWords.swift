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

extension BehaviourWords {
    /// What differs in a rule.
    func rulePhrases(_ rule: String, _ keys: [String]) -> [Phrase] {
        let rule = "rule '\(rule)'"
        switch keys[0] {
        case "after":
            return removed.map { .init(.loss, "\(rule) no longer waits for '\($0)'") }
                + added.map { .init(.behaviour, "\(rule) now waits for '\($0)'") }
        case "allow_secrets":
            return added.map { .init(.loss, "\(rule) may now publish files that look like secrets: '\($0)'") }
                + removed.map {
                    .init(.behaviour, "\(rule) no longer may publish files that look like secrets: '\($0)'")
                }
        case "existing": return existingPhrases(rule)
        case "missing": return missingPhrases(rule)
        case "best_effort":
            return new == ["true"]
                ? [.init(.loss, "a failure of \(rule) no longer fails the run")]
                : [.init(.behaviour, "a failure of \(rule) now fails the run")]
        case "expect": return expectationPhrases(rule, keys.dropFirst())
        case "when": return conditionPhrases(rule, keys.dropFirst())
        case "symlinks":
            return new == ["follow"]
                ? [.init(.loss, "\(rule) now follows symlinks")]
                : [.init(.loss, "\(rule) no longer follows symlinks: files behind them are not uploaded")]
        case "flatten":
            return [
                .init(
                    .destination,
                    "keys of \(rule) \(new == ["true"] ? "now keep only" : "no longer keep only") base names")
            ]
        case "from", "file":
            guard let old, let new else { return [.init(.behaviour, "\(rule) \(valueText(of: keys[...]))")] }
            return [.init(.behaviour, "\(rule) takes \(list(new)) instead of \(list(old))")]
        case "to":
            return [.init(.destination, "\(rule) uploads to \(list(new)) instead of \(list(old))")]
        case "include", "exclude": return patternPhrases(rule, keys[0])
        default: return detailPhrases(rule, keys)
        }
    }

    private func detailPhrases(_ rule: String, _ keys: [String]) -> [Phrase] {
        switch (keys[0], keys.dropFirst().first) {
        case ("archive", "include"), ("archive", "exclude"): return patternPhrases("the archive of \(rule)", keys[1])
        case ("index", "include"), ("index", "exclude"): return patternPhrases("the page of \(rule)", keys[1])
        case ("index", "of"):
            return removed.map { .init(.loss, "the page of \(rule) no longer lists objects of '\($0)'") }
                + added.map { .init(.behaviour, "the page of \(rule) now lists objects of '\($0)'") }
        case ("object", _): return [.init(.behaviour, "objects of \(rule): \(valueText(of: keys.dropFirst()))")]
        case ("archive", _): return [.init(.behaviour, "the archive of \(rule): \(valueText(of: keys.dropFirst()))")]
        case ("index", _): return [.init(.behaviour, "the page of \(rule): \(valueText(of: keys.dropFirst()))")]
        default: return [.init(.behaviour, "\(rule): \(valueText(of: keys[...]))")]
        }
    }

    private func existingPhrases(_ rule: String) -> [Phrase] {
        let (before, after) = (old?.first ?? "replace", new?.first ?? "replace")
        return after == "replace"
            ? [.init(.loss, "\(rule) now overwrites objects that exist (`existing`: '\(before)' → 'replace')")]
            : [
                .init(
                    .behaviour, "\(rule) treats objects that exist differently (`existing`: '\(before)' → '\(after)')")
            ]
    }

    private func missingPhrases(_ rule: String) -> [Phrase] {
        let (before, after) = (old?.first ?? "error", new?.first ?? "error")
        switch after {
        case "error": return [.init(.behaviour, "\(rule) now fails if it finds no file (it was: \(before))")]
        case "warn": return [.init(.loss, "\(rule) now only warns if it finds no file (it was: \(before))")]
        default:
            return [.init(.loss, "\(rule) is now skipped silently if it finds no file (it was: \(before))")]
        }
    }

    private func expectationPhrases(_ rule: String, _ keys: ArraySlice<String>) -> [Phrase] {
        let what =
            switch keys.first {
            case "files": "the number of its files"
            case "bytes": "the size of its files"
            case "newer_than": "that its files are new"
            default: "what is plausible (\(keys.joined(separator: ".")))"
            }
        guard let new else { return [.init(.loss, "\(rule) no longer checks \(what) (it was \(list(old)))")] }
        guard let old else { return [.init(.addition, "\(rule) now checks \(what): \(list(new))")] }
        return [.init(.loss, "\(rule) checks \(what) differently: \(list(old)) → \(list(new))")]
    }

    private func conditionPhrases(_ rule: String, _ keys: ArraySlice<String>) -> [Phrase] {
        let isNegated = keys.dropFirst().first == "not"
        let parameter = keys.first ?? ""
        let text = { (values: [String]?) in "\(isNegated ? "not " : "")\(self.list(values))" }
        guard let new else {
            return [.init(.behaviour, "\(rule) no longer asks whether \(parameter) is \(text(old))")]
        }
        guard let old else {
            return [.init(.loss, "\(rule) is now applied only if \(parameter) is \(text(new))")]
        }
        return [.init(.loss, "\(rule) is applied if \(parameter) is \(text(new)) (it was \(text(old)))")]
    }

    private func patternPhrases(_ subject: String, _ key: String) -> [Phrase] {
        switch (key, old, new) {
        case ("include", nil, let new):
            return [.init(.loss, "\(subject) now takes only \(list(new)) (it took all files)")]
        case ("include", let old, nil):
            return [.init(.behaviour, "\(subject) now takes all files (it took \(list(old)))")]
        case ("include", _, _) where !removed.isEmpty && !added.isEmpty:
            return [.init(.loss, "\(subject) now takes \(list(added)) instead of \(list(removed))")]
        case ("include", _, _):
            return removed.map { .init(.loss, "\(subject) no longer takes '\($0)'") }
                + added.map { .init(.behaviour, "\(subject) now takes '\($0)'") }
        default:
            return added.map { .init(.loss, "\(subject) now leaves out '\($0)'") }
                + removed.map { .init(.behaviour, "\(subject) no longer leaves out '\($0)'") }
        }
    }

    /// What differs in a parameter.
    func parameterPhrases(_ name: String, _ keys: [String]) -> [Phrase] {
        let name = "parameter '\(name)'"
        switch (keys[0], old, new) {
        case ("default", nil, let new):
            return [.init(.behaviour, "\(name) now has the default \(list(new))")]
        case ("default", let old, nil):
            return [.init(.behaviour, "\(name) must now be given (its default was \(list(old)))")]
        case ("default", _, _):
            return [.init(.behaviour, "the default of \(name) is now \(list(new)) (it was \(list(old)))")]
        case ("one_of", nil, let new): return [.init(.behaviour, "\(name) may now only be \(list(new))")]
        case ("one_of", _, nil): return [.init(.behaviour, "\(name) may now have any value")]
        case ("one_of", _, _):
            return removed.map { .init(.behaviour, "\(name) may no longer be '\($0)'") }
                + added.map { .init(.behaviour, "\(name) may now be '\($0)'") }
        case ("env", let old?, let new?):
            return [.init(.behaviour, "\(name) is read from the variable \(list(new)) instead of \(list(old))")]
        case ("must_exist", _, _):
            return [
                .init(.behaviour, "the path of \(name) \(new == ["false"] ? "need no longer exist" : "must now exist")")
            ]
        default: return [.init(.behaviour, "\(name) \(valueText(of: keys[...]))")]
        }
    }
}
