import MarkedYAML
import RunOutputs

extension UploadPlan {
    /// A rule that uploads what an earlier one uploads, to the same place, adds nothing but collisions: with every tree if
    /// both are always carried out, else with some values of the parameters.
    @Sendable static func checkRepeatedRules(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        var seen: [RuleEffect: [UploadRule]] = [:]
        for rule in plan.rules {
            let effect = RuleEffect(rule)
            let rivals = seen[effect, default: []].lazy.filter { !rule.excludes($0) && !rule.standsIn(for: $0) }
            if let earlier = rivals.first(where: \.isUnconditional) ?? rivals.first {
                log.add(
                    rule.isUnconditional && earlier.isUnconditional ? .error : .warning, .shadowedRule,
                    "rule '\(rule.name.value)' uploads what '\(earlier.name.value)' uploads, to the same place",
                    at: rule.name.range
                ) {
                    $0.note("the other rule is here", at: earlier.name.range)
                    $0.help.append("remove one of them, or give them conditions that never hold together")
                }
            }
            seen[effect, default: []].append(rule)
        }
    }
}

/// What a rule reads and where it writes, without the places in the text.
private struct RuleEffect: Hashable {
    var source: [[Template.Piece]]
    var destination: [[Template.Piece]]
    var flags: [Bool]

    init(_ rule: UploadRule) {
        flags = [rule.flatten]
        switch rule.source {
        case .directory(let selection):
            source = Self.pieces(of: selection)
            flags.append(selection.followsSymlinks)
        case .file(let path): source = [[.text("file")], path.pieces]
        case .archive(let archive):
            source = [[.text(archive.format.value.rawValue)]] + Self.pieces(of: archive.members)
        case .index(let index):
            source =
                [[.text("index")]] + index.rules.map { [.text($0.value)] } + Self.pieces(index.include, index.exclude)
        }
        let arguments = rule.destination.arguments.sorted { $0.argument.value.name < $1.argument.value.name }
        destination =
            [[.text(rule.destination.term.value.name)]]
            + arguments.flatMap { [[.text($0.argument.value.name)], $0.value.pieces] }
    }

    private static func pieces(of selection: FileSelection) -> [[Template.Piece]] {
        [selection.directory.pieces] + pieces(selection.include, selection.exclude)
    }

    private static func pieces(_ include: [Template], _ exclude: [Template]) -> [[Template.Piece]] {
        include.map(\.pieces) + [[.text("exclude")]] + exclude.map(\.pieces)
    }
}

extension Template {
    /// A part without its place in the text.
    fileprivate enum Piece: Hashable {
        case text(String)
        case reference(String)
    }

    fileprivate var pieces: [Piece] {
        parts.map { part in
            switch part {
            case .text(let text): .text(text)
            case .reference(let name): .reference(name.value)
            }
        }
    }
}

extension UploadRule {
    fileprivate var isUnconditional: Bool { conditions.isEmpty && ifNothingFrom.isEmpty }

    /// Whether one of both is applied only if the other selects nothing.
    fileprivate func standsIn(for other: UploadRule) -> Bool {
        ifNothingFrom.contains { $0.value == other.name.value }
            || other.ifNothingFrom.contains { $0.value == name.value }
    }

    /// Whether conditions of both never hold together.
    fileprivate func excludes(_ other: UploadRule) -> Bool {
        conditions.contains { condition in
            other.conditions.contains { otherCondition in
                condition.excludes(otherCondition)
            }
        }
    }
}

extension PlanCondition {
    /// Whether no value of the parameter meets both.
    fileprivate func excludes(_ other: Self) -> Bool {
        let mine = Set(values.map(\.value))
        let others = Set(other.values.map(\.value))
        guard name.value == other.name.value else { return false }
        return switch (isNegated, other.isNegated) {
        case (false, false): mine.isDisjoint(with: others)
        case (false, true): mine.isSubset(of: others)
        case (true, false): others.isSubset(of: mine)
        case (true, true): false
        }
    }
}
