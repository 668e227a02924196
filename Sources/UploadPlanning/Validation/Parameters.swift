import MarkedYAML

extension UploadPlan {
    /// The default of a parameter is one of its legal values.
    @Sendable static func checkParameterDefaults(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        for parameter in plan.parameters {
            if let value = parameter.defaultValue, !parameter.accepts(parameter.normalized(value.value)) {
                log.unknownWord(
                    .illegalValue, "the default '\(value.value)' is not one of the legal values", word: value.value,
                    at: value.range, known: parameter.legalValues.map(\.value))
            }
            for (index, value) in parameter.legalValues.enumerated() {
                guard let earlier = parameter.legalValues[..<index].first(where: { $0.value == value.value }) else {
                    continue
                }
                log.warning(.repeatedEntry, "the value '\(value.value)' is repeated", at: value.range) {
                    $0.note("it stands here already", at: earlier.range)
                }
            }
        }
    }

    /// Values of parameters are taken as they are: nothing is replaced in them.
    @Sendable static func checkLiteralValues(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        let defaults = plan.parameters.compactMap(\.defaultValue) + plan.parameters.flatMap(\.legalValues)
        for value in defaults + plan.rules.flatMap(\.conditions).flatMap(\.values) where value.value.contains("${") {
            log.warning(.interpolation, "'\(value.value)' is taken as it is: nothing is replaced here", at: value.range)
            {
                $0.help.append(
                    "`${name}` is replaced in paths, patterns, destinations, properties, summary and outputs")
            }
        }
    }

    /// A condition names a parameter, and a value that it can have.
    @Sendable static func checkConditions(_ plan: UploadPlan, _ log: inout DiagnosticLog) {
        let parameters = Dictionary(plan.parameters.map { ($0.name.value, $0) }) { first, _ in first }
        for condition in plan.rules.flatMap(\.conditions) {
            let name = condition.parameter
            guard let parameter = parameters[name.value] else {
                log.unknownWord(
                    .unknownParameter, "unknown parameter '\(name.value)' in `when`", word: name.value, at: name.range,
                    known: plan.parameters.map(\.name.value), none: "the plan has no parameters",
                    listing: "the plan's parameters are")
                continue
            }
            for value in condition.values where !parameter.accepts(value.value) {
                log.unknownWord(
                    .impossibleCondition, "'\(name.value)' is never '\(value.value)'", word: value.value,
                    at: value.range,
                    known: parameter.legalValues.map(\.value), listing: "its legal values are")
            }
        }
    }
}

extension PlanParameter {
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
