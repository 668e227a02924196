import MarkedYAML
import RunOutputs

extension UploadPlan {
    /// The default of a parameter is one of its legal values.
    @Sendable static func checkParameterDefaults(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        for parameter in plan.parameters {
            for value in parameter.defaults.map(\.value) where !parameter.accepts(parameter.normalized(value.value)) {
                log.unknownWord(
                    .illegalValue, "the default '\(value.value)' is not one of the legal values", word: value.value,
                    at: value.range, known: parameter.legalValues.map(\.value))
            }
            for (index, value) in parameter.legalValues.enumerated() {
                guard let earlier = parameter.legalValues[..<index].first(where: { $0.value == value.value }) else {
                    continue
                }
                log.warning(.repeatedEntry, "the value '\(value.value)' is repeated", at: value.range) {
                    $0.note("it is already listed here", at: earlier.range)
                }
            }
        }
    }

    /// Values of parameters are taken as they are: nothing is replaced in them.
    @Sendable static func checkLiteralValues(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        let defaults = plan.parameters.flatMap(\.defaults).map(\.value) + plan.parameters.flatMap(\.legalValues)
        for value in defaults + plan.allConditions.flatMap(\.values) where value.value.contains("${") {
            log.warning(.interpolation, "'\(value.value)' is used literally: nothing is replaced here", at: value.range)
            {
                $0.help.append(
                    "`${name}` is replaced in paths, patterns, destinations, properties, summary and outputs")
            }
        }
    }

    /// Every condition that the plan names.
    var allConditions: [PlanCondition] {
        var conditions = rules.flatMap(\.conditions)
        for parameter in parameters { conditions += parameter.neededWhen + parameter.defaults.flatMap(\.conditions) }
        for case .link(let link) in summary { conditions += link.conditions }
        return conditions
    }

    /// A condition names a parameter or something of the run, and a value that it can have.
    @Sendable static func checkConditions(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        let parameters = Dictionary(plan.parameters.map { ($0.name.value, $0) }) { first, _ in first }
        for condition in plan.allConditions {
            let name = condition.name
            if let runValue = plan.layout.runValues.first(where: { $0.name == name.value }) {
                for value in condition.values where !plan.layout.accepts(value.value, for: runValue) {
                    log.unknownWord(
                        .impossibleCondition, "'\(name.value)' is never '\(value.value)'", word: value.value,
                        at: value.range,
                        known: plan.layout.runArgument(named: runValue.rawValue)?.argument.legalValues ?? [],
                        none: "it is \(plan.layout.summary(of: runValue))", listing: "its legal values are")
                }
                continue
            }
            guard let parameter = parameters[name.value] else {
                let isOfRun = name.value.contains(".")
                log.unknownWord(
                    .unknownParameter,
                    isOfRun
                        ? "the run has no value '\(name.value)'"
                        : "unknown parameter '\(name.value)' in a condition", word: name.value, at: name.range,
                    known: isOfRun ? plan.layout.runValueNames : plan.parameters.map(\.name.value),
                    none: "the plan has no parameters",
                    listing: isOfRun ? "the run's values are" : "the plan's parameters are")
                continue
            }
            for value in condition.values where !parameter.accepts(value.value) {
                log.unknownWord(
                    .impossibleCondition, "'\(name.value)' is never '\(value.value)'", word: value.value,
                    at: value.range,
                    known: parameter.legalValues.map(\.value), listing: "its legal values are")
            }
            checkReachability(condition, parameter, &log)
        }
    }
}

extension UploadPlan {
    /// A condition holds for some value that the parameter can have.
    private static func checkReachability(
        _ condition: PlanCondition, _ parameter: PlanParameter, _ log: inout DiagnosticLog
    ) {
        let name = condition.name
        let excluded = Set(condition.values.map(\.value))
        let legal = parameter.legalValues.map(\.value)
        if condition.isNegated, !legal.isEmpty, excluded.isSuperset(of: legal) {
            log.error(
                .impossibleCondition, "the condition never holds: '\(name.value)' has no other value", at: name.range
            ) {
                $0.help.append("its legal values are \(legal.joined(separator: ", "))")
            }
        }
        for value in condition.values where parameter.accepts(value.value) {
            let normalized = parameter.normalized(value.value)
            if normalized != value.value {
                log.error(
                    .impossibleCondition, "'\(name.value)' is never '\(value.value)': its values are normalised first",
                    at: value.range
                ) { $0.help.append("write `\(normalized)`") }
            } else if value.value.isEmpty, parameter.kind != .string, parameter.neededWhen.isEmpty,
                !condition.isNegated
            {
                log.error(
                    .impossibleCondition,
                    "'\(name.value)' is never empty: it is the path of a \(parameter.kind.rawValue)",
                    at: value.range
                ) { $0.help.append("say `must_exist: false`, and `missing: skip` where it may be absent") }
            }
        }
    }

    /// Values that depend on other parameters do not depend on each other, and of several defaults each can count.
    @Sendable static func checkDependentParameters(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        let dependent = plan.parameters.filter(\.dependsOnOthers)
        let names = Dictionary(dependent.map { ($0.name.value, $0.name) }) { first, _ in first }
        for parameter in dependent {
            let conditions = parameter.neededWhen + parameter.defaults.flatMap(\.conditions)
            let named = conditions.map(\.name) + parameter.defaults.flatMap(\.templates).flatMap(\.references)
            for name in named {
                guard let declared = names[name.value] else { continue }
                log.error(
                    .contradictoryField,
                    "the value of '\(parameter.name.value)' depends on '\(name.value)', which depends on others itself",
                    at: name.range
                ) {
                    $0.note("this parameter has a `needed_when`, or a default with conditions", at: declared.range)
                    $0.help.append("name a parameter whose value depends on no other")
                }
            }
            guard let end = parameter.defaults.firstIndex(where: { $0.conditions.isEmpty && $0.found == nil }) else {
                continue
            }
            for value in parameter.defaults[(end + 1)...].map(\.value) {
                log.error(.contradictoryField, "this default never counts", at: value.range) {
                    $0.note("this one has no conditions, so it always counts", at: parameter.defaults[end].value.range)
                    $0.help.append(
                        "the first default counts whose conditions hold: put the one without conditions last")
                }
            }
        }
    }
}

extension ParameterDefault {
    /// The texts in which parameters are replaced.
    var templates: [Template] { found.map { [$0.directory] + $0.include + $0.exclude } ?? [] }
}

extension PlanParameter {
    /// Whether the value depends on other parameters, on the run or on the tree.
    var dependsOnOthers: Bool {
        !neededWhen.isEmpty || defaults.contains { !$0.conditions.isEmpty || $0.found != nil }
    }

    /// Whether a normalised value is legal.
    func accepts(_ value: String) -> Bool {
        legalValues.isEmpty || legalValues.contains { $0.value == value }
    }

    /// Applies `strip_prefix`, then `replace` in order.
    func normalized(_ value: String) -> String {
        var value = value
        if let strippedPrefix, value.hasPrefix(strippedPrefix) { value.removeFirst(strippedPrefix.count) }
        for step in replacements { value = value.replacing(step.text, with: step.replacement) }
        return value
    }
}

extension UploadPlan {
    /// A secret neither comes from the plan nor goes where everybody reads it.
    @Sendable static func checkSecretParameters(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        let secrets = plan.parameters.filter(\.isSecret)
        for parameter in secrets {
            for value in parameter.defaults.map(\.value) where !value.value.isEmpty {
                log.error(
                    .publishedSecret, "the default of the secret '\(parameter.name.value)' is written in the plan",
                    at: value.range
                ) { $0.help.append("remove it, and give the value with `env`") }
            }
        }
        let names = Set(secrets.map(\.name.value))
        for (template, place) in plan.publishedTemplates {
            for reference in template.references where names.contains(reference.value) {
                log.warning(
                    .publishedSecret, "\(place) would publish the secret '\(reference.value)'", at: reference.range
                ) { $0.help.append("secrets may be used in `from`, `file`, patterns and conditions") }
            }
        }
    }

    /// What everybody can read who reads the run's outputs.
    private var publishedTemplates: [(template: Template, place: String)] {
        let destinations = rules.flatMap(\.destination.arguments).map { ($0.value, "a key") }
        let properties = rules.flatMap(\.properties.templates).map { ($0, "a property of an object") }
        return destinations + properties + summaryTemplates.map { ($0, "the summary or an output") }
    }
}
