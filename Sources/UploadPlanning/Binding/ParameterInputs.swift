import MarkedYAML

/// Where the values of parameters come from.
public struct ParameterInputs: Hashable, Sendable {
    /// The values of `--set`, by parameter.
    public var settings: [String: String]
    /// The environment.
    public var environment: [String: String]

    /// Joins settings and an environment.
    public init(settings: [String: String] = [:], environment: [String: String] = [:]) {
        self.settings = settings
        self.environment = environment
    }
}

extension UploadPlan {
    /// Finds the value of every parameter: `--set` beats the environment, and that beats the default.
    ///
    /// A variable that is set and empty gives the empty value: an expression of a workflow that came out empty is a
    /// mistake to show, not to paper over with the default.
    func values(from inputs: ParameterInputs, log: inout DiagnosticLog) -> [String: String] {
        var values: [String: String] = [:]
        for parameter in parameters {
            let name = parameter.name.value
            let given =
                inputs.settings[name] ?? parameter.environmentVariable.flatMap { inputs.environment[$0.value] }
                ?? parameter.defaultValue?.value
            guard let given else {
                log.noValue(for: parameter)
                continue
            }
            let value = parameter.normalized(given)
            values[name] = value
            if !parameter.accepts(value) {
                log.unknownWord(
                    .valueNotListed, "parameter '\(name)' is '\(value)', which is not one of its legal values",
                    word: value,
                    at: parameter.name.range, known: parameter.legalValues.map(\.value),
                    isReplaceable: false)
            } else if value.isEmpty, parameter.kind != .string {
                log.error(.emptyValue, "parameter '\(name)' is empty; it must be a path", at: parameter.name.range)
            }
        }
        return values
    }
}

extension DiagnosticLog {
    fileprivate mutating func noValue(for parameter: PlanParameter) {
        let name = parameter.name.value
        error(.noValue, "parameter '\(name)' has no value", at: parameter.name.range) { diagnostic in
            if let description = parameter.description { diagnostic.label = description }
            let variable = parameter.environmentVariable?.value
            diagnostic.help.append("pass `--set \(name)=…`")
            diagnostic.help.append(
                variable.map { "or set the environment variable \($0)" }
                    ?? "or give the parameter an environment variable: `env: \(name.uppercased())`")
            diagnostic.help.append("or give it a `default`")
        }
    }
}

extension [ValidatedPlan] {
    /// Reports every `--set` whose name no plan declares.
    public func unknownSettings(_ settings: [String: String]) -> [Diagnostic] {
        let known = Set(flatMap { $0.parameters.map(\.name.value) }).sorted()
        var log = DiagnosticLog(file: "")
        for name in settings.keys.sorted() where !known.contains(name) {
            log.error(.unknownSetting, "no plan has a parameter '\(name)' to --set", at: nil) {
                if let nearest = name.nearest(in: known) {
                    $0.help.append("did you mean `--set \(nearest)=…`?")
                } else {
                    $0.help.append(
                        known.isEmpty ? "there are no parameters" : "parameters are \(known.joined(separator: ", "))")
                }
            }
        }
        return log.diagnostics
    }
}
