import MarkedYAML
import RunOutputs

extension UploadPlan {
    /// A template, and whether it may also refer to what rules uploaded.
    private struct Use {
        var template: Template
        var mayReferToRules = false
        var mayReferToPages = false
    }

    /// The properties of an uploaded object that summaries and outputs may use.
    static let objectProperties = ["url", "s3_uri", "key"]

    private var uses: [Use] {
        parameters.flatMap(\.defaults).flatMap(\.templates).map { Use(template: $0) }
            + rules.flatMap { $0.templates.map { Use(template: $0) } } + summaryUses
    }

    /// Every template of the summary and the outputs.
    var summaryTemplates: [Template] { summaryUses.map(\.template) }

    private var summaryUses: [Use] {
        let inSummary = summary.flatMap { entry -> [Use] in
            switch entry {
            case .link(let link):
                [Use(template: link.title, mayReferToRules: true)]
                    + link.destination.arguments.map { Use(template: $0.value) }
            case .markdown(let text): [Use(template: text, mayReferToRules: true)]
            case .pages(let pages):
                [pages.heading].compactMap(\.self).map { Use(template: $0, mayReferToRules: true) }
                    + [Use(template: pages.markdown, mayReferToRules: true, mayReferToPages: true)]
            }
        }
        let inOutputs = outputs.flatMap(\.values).flatMap { value -> [Use] in
            switch value {
            case .location(let destination): destination.arguments.map { Use(template: $0.value) }
            case .text(let text, _): [Use(template: text, mayReferToRules: true)]
            }
        }
        return inSummary + inOutputs
    }

    /// Every `${name}` names a parameter, or in summaries a rule's property.
    @Sendable static func checkReferences(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        let names = plan.parameters.map(\.name.value)
        let known = Set(names + plan.layout.runValueNames)
        let rules = plan.rules.map(\.name.value)
        let knownRules = Set(rules)
        for use in plan.uses {
            for name in use.template.references where !known.contains(name.value) {
                let pieces = name.value.split(separator: ".").map(String.init)
                if use.mayReferToPages, pieces.first == PageProperty.prefix, !knownRules.contains(pieces[0]) {
                    checkPageReference(name, &log)
                } else if isMeantForRun(name.value, knownRules, plan.layout) {
                    log.error(.unknownReference, "the run has no value '\(name.value)'", at: name.range) {
                        suggest(name, in: plan.layout.runValueNames, "the run's values are", &$0)
                    }
                } else if pieces.count == 2 {
                    checkRuleReference(
                        rules, knownRules, name, pieces, isAllowed: use.mayReferToRules, log: &log)
                } else if pieces.count == 1, name.value.isPlanName {
                    let isSearched = log.mayStillSuggest
                    log.error(.unknownParameter, "unknown parameter '\(name.value)'", at: name.range) {
                        suggest(name, in: names, "the plan's parameters are", isSearched: isSearched, &$0)
                    }
                }
            }
        }
    }

    /// Whether a name that is unknown is a misspelled one of the run, such as `run.plattform`.
    private static func isMeantForRun(_ name: String, _ rules: Set<String>, _ layout: Layout) -> Bool {
        let first = name.prefix { $0 != "." }
        guard first.count < name.count, !rules.contains(String(first)) else { return false }
        return first == RunValue.prefix || name.nearest(in: layout.runValueNames) != nil
    }

    private static func checkPageReference(_ name: Marked<String>, _ log: inout DiagnosticLog) {
        guard PageProperty(reference: name.value) == nil else { return }
        log.error(.unknownReference, "a page has no value '\(name.value)'", at: name.range) {
            let known = PageProperty.allCases.map { "\(PageProperty.prefix).\($0.rawValue)" }
            suggest(name, in: known, "a page's values are", &$0)
        }
    }

    private static func checkRuleReference(
        _ rules: [String], _ known: Set<String>, _ name: Marked<String>, _ pieces: [String], isAllowed: Bool,
        log: inout DiagnosticLog
    ) {
        guard isAllowed else {
            return log.error(.unknownReference, "'\(name.value)' is known only after the transfers", at: name.range) {
                $0.help.append("use it in `summary` and `outputs`")
            }
        }
        if !known.contains(pieces[0]) {
            let candidates = log.mayStillSuggest ? rules : []
            log.error(.unknownRule, "unknown rule '\(pieces[0])'", at: name.range) { diagnostic in
                guard let nearest = pieces[0].nearestName(in: candidates) else {
                    diagnostic.help.append("the plan's rules are \(DiagnosticLog.list(rules))")
                    return
                }
                let replacement = "${\(nearest.name).\(pieces[1])}"
                diagnostic.help.append("did you mean `\(replacement)`?")
                diagnostic.fixIts.append(
                    .init(range: name.range, replacement: replacement, isCertain: nearest.isCertain))
            }
        } else if !objectProperties.contains(pieces[1]) {
            log.error(.unknownReference, "an uploaded object has no property '\(pieces[1])'", at: name.range) {
                $0.help.append("its properties are \(objectProperties.joined(separator: ", "))")
            }
        }
    }

    private static func suggest(
        _ name: Marked<String>, in names: [String], _ listing: String, isSearched: Bool = true,
        _ diagnostic: inout Diagnostic
    ) {
        if isSearched, let nearest = name.value.nearestName(in: names) {
            diagnostic.help.append("did you mean `${\(nearest.name)}`?")
            diagnostic.fixIts.append(
                .init(range: name.range, replacement: "${\(nearest.name)}", isCertain: nearest.isCertain))
        } else {
            diagnostic.help.append(
                names.isEmpty ? "the plan has no parameters" : "\(listing) \(DiagnosticLog.list(names))")
        }
    }

    /// A parameter that nothing uses is probably a leftover or a misspelling.
    @Sendable static func checkUnusedParameters(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        var used = Set(plan.uses.flatMap { $0.template.references.map(\.value) })
        used.formUnion(plan.allConditions.map(\.name.value))
        for destination in plan.allDestinations {
            let given = Set(destination.arguments.map(\.argument.value))
            let taken = destination.term.value.parameters.filter { !given.contains($0) }
            used.formUnion(taken.map(\.name))
        }
        // What is misspelled where it is used is one mistake, not two.
        let names = plan.parameters.map(\.name.value)
        used.formUnion(used.subtracting(names).compactMap { $0.nearest(in: names) })
        for parameter in plan.parameters where !used.contains(parameter.name.value) {
            log.warning(.unusedParameter, "parameter '\(parameter.name.value)' is never used", at: parameter.name.range)
        }
    }
}

extension UploadRule {
    /// Every template of the rule.
    var templates: [Template] {
        var templates = destination.arguments.map(\.value)
        switch source {
        case .directory(let selection): templates += selection.templates
        case .file(let path): templates.append(path)
        case .archive(let archive): templates += archive.members.templates + [archive.name].compactMap(\.self)
        case .index(let index):
            templates += index.include + index.exclude + [index.title].compactMap(\.self)
            templates += [index.parent, index.under].compactMap(\.self).flatMap { $0.arguments.map(\.value) }
        }
        return templates + properties.templates + allowedSecrets + [expectation.newerThan].compactMap(\.self)
    }
}

extension PropertyTemplates {
    /// Every template of the properties.
    var templates: [Template] {
        fields.sorted { $0.key.rawValue < $1.key.rawValue }.map(\.value) + (metadata + tags).map(\.value)
    }
}

extension FileSelection {
    fileprivate var templates: [Template] { [directory] + include + exclude }
}
