import MarkedYAML
import RunOutputs

extension UploadPlan {
    /// Every destination that the plan names.
    var allDestinations: [Destination] {
        rules.map(\.destination) + rules.compactMap(\.indexParent) + rules.compactMap(\.indexedDirectory)
            + summary.compactMap { if case .link(let link) = $0 { link.destination } else { nil } }
            + outputs.flatMap(\.values).compactMap { if case .location(let place) = $0 { place } else { nil } }
    }

    /// Every destination has its arguments, and fits what the rule makes.
    @Sendable static func checkDestinations(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        let parameters = Set(plan.parameters.map(\.name.value))
        for rule in plan.rules {
            checkKind(rule, plan.layout, &log)
            checkArguments(rule.destination, parameters, hasFileName: rule.sourceFileName != nil, &log)
        }
        for destination in plan.allDestinations.dropFirst(plan.rules.count) {
            checkArguments(destination, parameters, hasFileName: false, &log)
        }
    }

    private static func checkKind(_ rule: UploadRule, _ layout: Layout, _ log: inout DiagnosticLog) {
        if let under = rule.indexedDirectory, under.term.value.kind == .file {
            log.error(
                .wrongTermKind, "`under` needs a directory, and `\(under.term.value.name)` is one object",
                at: under.term.range)
        }
        let term = rule.destination.term
        let made = rule.source.made
        guard term.value.kind != made.kind else { return }
        if case .archive(let archive) = rule.source, archive.name != nil { return }
        let message =
            made.kind == .directory
            ? "\(made.noun) need a directory, and `\(term.value.name)` is one object"
            : "\(made.noun) is one object, and `\(term.value.name)` is a directory"
        log.error(.wrongTermKind, message, at: term.range) { diagnostic in
            let others = layout.terms.filter { $0.kind == made.kind }
            if let sibling = layout.sibling(of: term.value) {
                diagnostic.help.append("did you mean `\(sibling.name)`?")
                diagnostic.fixIts.append(.init(range: term.range, replacement: sibling.name, isCertain: false))
            } else if others.isEmpty {
                let key = made.kind == .directory ? "directory" : "file"
                diagnostic.help.append("the layout '\(layout.name)' has no such term; add one with `\(key):`")
            } else {
                let noun = made.kind == .directory ? "directories" : "single objects"
                diagnostic.help.append("\(noun) are \(others.map(\.name).joined(separator: ", "))")
            }
        }
    }

    static func checkArguments(
        _ destination: Destination, _ parameters: Set<String>, hasFileName: Bool, _ log: inout DiagnosticLog
    ) {
        let term = destination.term.value
        for argument in term.parameters where !argument.mayBeEmpty {
            if destination.arguments.contains(where: { $0.argument.value == argument }) { continue }
            if parameters.contains(argument.name) || (argument.kind == .filename && hasFileName) { continue }
            log.error(
                .missingArgument, "`\(term.name)` needs `\(argument.name)`: \(argument.summary)",
                at: destination.term.range
            ) {
                $0.help.append(
                    "write `{\(term.name): {\(argument.name): …}}`, or declare a parameter `\(argument.name)`")
            }
        }
        for argument in destination.arguments {
            checkRepository(argument, &log)
            guard let value = argument.value.literal else { continue }
            if value.isEmpty, argument.argument.value.mayBeEmpty { continue }
            do {
                try argument.argument.value.check(value)
            } catch {
                let name = argument.argument.value.name
                let message = value.isEmpty ? "`\(name)` must not be empty" : "`\(name)`: '\(value)' \(error)"
                log.error(.illegalArgument, message, at: argument.value.range) { diagnostic in
                    if argument.argument.value.legalValues == nil, !value.isEmpty {
                        diagnostic.help.append(Destination.rulesOfKeys)
                    }
                }
            }
        }
    }
}

extension Destination {
    /// What a value must not hold that becomes part of a key.
    static let rulesOfKeys =
        "values that become part of a key hold neither '/', '..', '\\', control characters nor outer blanks"
}

extension UploadPlan {
    /// A repository's name has a slash, and only a path may have one.
    private static func checkRepository(_ argument: Destination.Argument, _ log: inout DiagnosticLog) {
        guard argument.argument.value.kind != .path else { return }
        for name in argument.value.references where name.value == RunValue.repository.name {
            log.error(
                .illegalArgument,
                "`\(argument.argument.value.name)` cannot hold '\(name.value)', which is `owner/name`", at: name.range
            ) { $0.help.append(Destination.rulesOfKeys) }
        }
    }
}

extension UploadRule {
    /// The file name that the source itself has, where that is known from the plan.
    var sourceFileName: Template? {
        switch source {
        case .file(let path): path
        case .archive(let archive): archive.name
        case .directory, .index: nil
        }
    }

    fileprivate var indexParent: Destination? {
        if case .index(let index) = source { index.parent } else { nil }
    }

    fileprivate var indexedDirectory: Destination? {
        if case .index(let index) = source { index.under } else { nil }
    }
}

extension UploadRule.Source {
    /// What the source makes, for messages, and whether that is one object.
    fileprivate var made: (noun: String, kind: OutputTerm.Kind) {
        switch self {
        case .directory: ("the files of a directory", .directory)
        case .file: ("a file", .file)
        case .archive: ("an archive", .file)
        case .index(let index) where index.eachDirectory: ("pages of each directory", .directory)
        case .index: ("an index page", .file)
        }
    }
}

extension Layout {
    /// The term of the other kind that is nearest in meaning: the one whose path has most in common.
    fileprivate func sibling(of term: OutputTerm) -> OutputTerm? {
        let directory = term.template.segments
        let candidates = terms.filter { other in
            guard other.kind != term.kind else { return false }
            let (shorter, longer) = term.kind == .directory ? (term, other) : (other, term)
            return longer.template.segments.dropLast() == shorter.template.segments[...]
        }
        // A file that is named in the plan is likelier meant than a page with a name of its own.
        return candidates.first { other in
            (other.kind == .file ? other : term).parameters.contains { $0.kind == .filename }
        } ?? candidates.first { $0.template.segments.count >= directory.count } ?? candidates.first
    }
}
