import MarkedYAML
public import RunOutputs

/// Where the values of parameters come from, and what is known of the run besides its root.
public struct ParameterInputs: Hashable, Sendable {
    /// The values of `--set`, by parameter.
    public var settings: [String: String]
    /// The environment.
    public var environment: [String: String]

    /// The repository that the run belongs to: `owner/name`.
    public var repository: String
    /// The run's release type.
    public var releaseType: String

    /// Joins settings, an environment and what is known of the run.
    public init(
        settings: [String: String] = [:], environment: [String: String] = [:],
        repository: String = RepositoryName.theRock.description, releaseType: String = RunContext.ordinaryReleaseType
    ) {
        self.settings = settings
        self.environment = environment
        self.repository = repository
        self.releaseType = releaseType
    }
}

extension ParameterInputs {
    /// What is known of the run, by the names that plans use.
    func runValues(of root: RunOutputRoot) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: root.layout.runValues.map { value in
                switch value {
                case .platform: (value.name, root.platform.rawValue)
                case .runID: (value.name, root.runID)
                case .repository: (value.name, repository)
                case .releaseType: (value.name, releaseType)
                default: (value.name, root.values[value.rawValue] ?? "")
                }
            })
    }
}

extension [ValidatedPlan] {
    /// Reports every `--set` whose name no plan declares.
    public func unknownSettings(_ settings: [String: String]) -> [Diagnostic] {
        Diagnostic.unknownSettings(settings, known: Set(flatMap { $0.parameters.map(\.name.value) }), "plan")
    }
}

extension Diagnostic {
    static func unknownSettings(
        _ settings: [String: String], known: Set<String>, _ noun: String
    ) -> [Diagnostic] {
        let known = known.sorted()
        var log = DiagnosticLog(file: "")
        for name in settings.keys.sorted() where !known.contains(name) {
            log.error(.unknownSetting, "no \(noun) has a parameter '\(name)' to --set", at: nil) {
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

extension ValidatedPlan {
    /// The values of the secret parameters, as they are given and as they are used.
    public func secrets(in inputs: ParameterInputs) -> [String] {
        plan.parameters.filter(\.isSecret).flatMap { parameter in
            let given = [
                inputs.settings[parameter.name.value],
                parameter.environmentVariable.flatMap { inputs.environment[$0.value] },
            ].compactMap(\.self)
            return given + given.map(parameter.normalized)
        }
    }
}
