/// Two places of a layout that are one for some values, or one of which can lie below the other.
public struct PlaceConflict: Hashable, Sendable {
    /// How they relate.
    public enum Relation: Hashable, Sendable {
        /// Both are the same key.
        case same
        /// The second lies below the first.
        case secondBelowFirst
        /// The first lies below the second.
        case firstBelowSecond
    }

    /// The name of a term, or the text of a run's prefix.
    public let first: String
    /// The other.
    public let second: String
    /// How they relate.
    public let relation: Relation
    /// The values of the first that show it, in the order of its path.
    public let firstValues: [Value]
    /// The values of the second.
    public let secondValues: [Value]
    /// The key below the run's prefix that shows it, or the start of a key.
    public let path: String

    /// One argument's value.
    public struct Value: Hashable, Sendable, CustomStringConvertible {
        public let name: String
        public let value: String

        /// `name=value`.
        public var description: String { "\(name)=\(value)" }
    }
}

extension Layout {
    /// Finds terms that are not apart for all legal values, although neither is declared to lie inside the other.
    ///
    /// - Returns: One example for each such pair; none is the proof that there is none.
    public func placeConflicts() -> [PlaceConflict] {
        let closure = insideClosure
        var conflicts: [PlaceConflict] = []
        for (index, first) in terms.enumerated() {
            for second in terms[(index + 1)...] {
                if closure[first.name]?.contains(second.name) == true { continue }
                if closure[second.name]?.contains(first.name) == true { continue }
                if let conflict = Self.conflict(first, second) { conflicts.append(conflict) }
            }
        }
        return conflicts
    }

    /// The terms that each one is declared to lie inside, also by way of others.
    var insideClosure: [String: Set<String>] {
        let direct = Dictionary(terms.map { ($0.name, $0.inside) }) { first, _ in first }
        return direct.mapValues { start in
            var found: Set<String> = []
            var open = start
            while let name = open.popLast() {
                if found.insert(name).inserted { open += direct[name] ?? [] }
            }
            return found
        }
    }

    /// Compares two terms: the same key, or one below the other.
    static func conflict(_ first: OutputTerm, _ second: OutputTerm) -> PlaceConflict? {
        guard !areApartAtOnce(first, second) else { return nil }
        let alphabet = PathAutomaton.alphabet(of: [first.segments, second.segments])
        let names = (first.parameters.map(\.name), second.parameters.map(\.name))
        let left = PathAutomaton(first.segments, alphabet: alphabet)
        let right = PathAutomaton(second.segments, alphabet: alphabet)
        func conflict(_ relation: PlaceConflict.Relation, _ example: PathAutomaton.Example?) -> PlaceConflict? {
            example.map { PlaceConflict(first.name, second.name, relation, names, $0) }
        }
        return conflict(.same, left.meeting(right))
            ?? conflict(.secondBelowFirst, left.withPathsBelow.meeting(right))
            ?? conflict(.firstBelowSecond, left.meeting(right.withPathsBelow))
    }

    /// Whether a pair of segments at the same depth has no text in common: that tells most terms apart.
    private static func areApartAtOnce(_ first: OutputTerm, _ second: OutputTerm) -> Bool {
        for (left, right) in zip(first.segments, second.segments) {
            // Behind these, segments are no longer side by side.
            guard !left.hasVariableDepth, !right.hasVariableDepth else { return false }
            switch (left.only, right.only) {
            case (.text(let left)?, .text(let right)?): if left != right { return true }
            case (.text(let text)?, .parameter(let argument)?), (.parameter(let argument)?, .text(let text)?):
                if (try? argument.check(text)) == nil { return true }
            default: break
            }
        }
        return false
    }

    /// Finds runs that could share a key: prefixes from which a run's identifying values cannot be told.
    ///
    /// What a bucket policy puts before the prefix is the same for both runs here: the policy decides about it.
    ///
    /// - Returns: One example for each pair of prefixes, also of one with itself.
    public func runConflicts() -> [PlaceConflict] {
        let paths = prefixes.map { ($0.template.source, prefixSegments($0.template)) }
        var conflicts: [PlaceConflict] = []
        for (index, first) in paths.enumerated() {
            if let conflict = ambiguity(first) { conflicts.append(conflict) }
            for second in paths[(index + 1)...] {
                let names = (Self.arguments(first.1).map(\.name), Self.arguments(second.1).map(\.name))
                let alphabet = PathAutomaton.alphabet(of: [first.1, second.1])
                let upper = PathAutomaton(first.1, alphabet: alphabet)
                let lower = PathAutomaton(second.1, alphabet: alphabet)
                if let example = upper.withPathsBelow.meeting(lower) {
                    conflicts.append(PlaceConflict(first.0, second.0, .secondBelowFirst, names, example))
                } else if let example = upper.meeting(lower.withPathsBelow) {
                    conflicts.append(PlaceConflict(first.0, second.0, .firstBelowSecond, names, example))
                }
            }
        }
        return conflicts
    }

    /// Two values of what identifies a run that make one prefix, or of which one run's prefix lies below the other's.
    private func ambiguity(_ prefix: (source: String, segments: [[OutputTerm.Piece]])) -> PlaceConflict? {
        let arguments = Self.arguments(prefix.segments)
        let identifying = Set(
            arguments.indices.filter { runArgument(named: arguments[$0].name)?.identifiesRun == true })
        guard !identifying.isEmpty else { return nil }
        let alphabet = PathAutomaton.alphabet(of: [prefix.segments])
        let automaton = PathAutomaton(prefix.segments, alphabet: alphabet)
        let names = arguments.map(\.name)
        return automaton.withPathsBelow.meeting(automaton, differingIn: identifying).map {
            PlaceConflict(prefix.source, prefix.source, .secondBelowFirst, (names, names), $0)
        }
    }

    /// The pieces of a prefix, without what the bucket policy puts there.
    private func prefixSegments(_ template: LayoutTemplate) -> [[OutputTerm.Piece]] {
        template.segments.map { segment in
            segment.compactMap { piece in
                switch piece {
                case .text(let text): .text(text)
                case .argument(let name): runArgument(named: name).map { .parameter($0.argument) }
                }
            }
        }
    }

    private static func arguments(_ segments: [[OutputTerm.Piece]]) -> [OutputArgument] {
        segments.joined().compactMap { if case .parameter(let argument) = $0 { argument } else { nil } }
    }
}

extension PlaceConflict {
    fileprivate init(
        _ first: String, _ second: String, _ relation: Relation, _ names: ([String], [String]),
        _ example: PathAutomaton.Example
    ) {
        func values(_ names: [String], _ values: [String]) -> [Value] {
            names.enumerated().map { Value(name: $1, value: $0 < values.count ? values[$0] : "") }
        }
        self.first = first
        self.second = second
        self.relation = relation
        firstValues = values(names.0, example.first)
        secondValues = values(names.1, example.second)
        path = String(example.path.unicodeScalars.drop { $0 == "/" })
    }
}

extension [OutputTerm.Piece] {
    /// The piece, if there is but one.
    fileprivate var only: OutputTerm.Piece? { count == 1 ? self[0] : nil }

    /// Whether the segment may be none, or several.
    fileprivate var hasVariableDepth: Bool {
        contains {
            if case .parameter(let argument) = $0 { argument.mayBeEmpty || argument.kind == .path } else { false }
        }
    }
}
