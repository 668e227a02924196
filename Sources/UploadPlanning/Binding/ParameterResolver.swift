import MarkedYAML
public import RunOutputs

/// Finds the values of a plan's parameters: `--set` beats the environment, and that beats the default.
///
/// A variable that is set and empty gives the empty value: an expression of a workflow that came out empty is a mistake
/// to show, not to paper over with the default.
struct ParameterResolver {
    private let plan: UploadPlan
    private let inputs: ParameterInputs
    /// What the disk holds where defaults look.
    private let tree: Inventory
    /// The values so far, by name; the run's values are among them.
    private(set) var values: [String: String]
    /// Why parameters have a default that depends on others or on the tree, in the order of the plan.
    private(set) var reasons: [String] = []
    var log: DiagnosticLog

    init(_ plan: UploadPlan, _ root: RunOutputRoot, _ inputs: ParameterInputs, tree: Inventory = Inventory()) {
        self.plan = plan
        self.inputs = inputs
        self.tree = tree
        values = inputs.runValues(of: root)
        log = DiagnosticLog(file: plan.file)
    }

    /// Finds all values; what has none, or an illegal one, is reported.
    mutating func resolve() {
        for parameter in plan.parameters where !parameter.dependsOnOthers { resolve(parameter) }
        for parameter in plan.parameters where parameter.dependsOnOthers { resolve(parameter) }
    }

    /// The directories that defaults look into, of parameters that nothing else gives a value.
    func treeRequest() -> InventoryRequest {
        var simple = self
        for parameter in plan.parameters where !parameter.dependsOnOthers { simple.resolve(parameter) }
        var request = InventoryRequest()
        for parameter in plan.parameters where inputs.value(of: parameter) == nil {
            guard parameter.neededWhen.unmet(by: simple.values) == nil else { continue }
            for found in parameter.defaults.compactMap(\.found) {
                if let directory = simple.directory(found) { request.directories.insert(directory) }
            }
        }
        return request
    }

    private mutating func resolve(_ parameter: PlanParameter) {
        let name = parameter.name.value
        guard parameter.neededWhen.unmet(by: values) == nil else {
            values[name] = ""
            return
        }
        guard let given = inputs.value(of: parameter) ?? defaultValue(of: parameter) else {
            if !log.hasErrors { log.noValue(for: parameter) }
            return
        }
        let value = parameter.normalized(given)
        values[name] = value
        if !parameter.accepts(value) {
            log.unknownWord(
                .valueNotListed, "parameter '\(name)' is '\(value)', which is not one of its legal values",
                word: value, at: parameter.name.range, known: parameter.legalValues.map(\.value), isReplaceable: false)
        } else if value.isEmpty, parameter.kind != .string {
            log.error(.emptyValue, "parameter '\(name)' is empty; it must be a path", at: parameter.name.range)
        } else if value.isEmpty, !parameter.neededWhen.isEmpty {
            log.emptyValue(of: parameter)
        }
    }

    private mutating func defaultValue(of parameter: PlanParameter) -> String? {
        for choice in parameter.defaults where choice.conditions.unmet(by: values) == nil {
            guard let found = choice.found else {
                if parameter.defaults.contains(where: { $0.found != nil }), choice.conditions.isEmpty {
                    reasons.append("\(parameter.name.value) is '\(choice.value.value)': nothing else is found")
                }
                return choice.value.value
            }
            guard let reason = find(found, parameter) else { continue }
            reasons.append("\(parameter.name.value) is '\(choice.value.value)': \(reason)")
            return choice.value.value
        }
        return nil
    }

    /// The file that is there, in words; `nil` if there is none.
    private mutating func find(_ found: FileSelection, _ parameter: PlanParameter) -> String? {
        guard let directory = directory(found),
            case .listed(let entries, let unreadable) = tree.directories[directory] ?? .absent
        else { return nil }
        let include = found.include.compactMap { try? $0.glob { values[$0] } }
        let exclude = found.exclude.compactMap { try? $0.glob { values[$0] } }
        let first = entries.first { entry in
            entry.kind == .file && include.contains { $0.matches(entry.path) }
                && !exclude.contains { $0.matches(entry.path) }
        }
        if let first { return "'\(directory.path.text.joined(with: first.path.text))' is there" }
        guard let problem = unreadable.first else { return nil }
        let path = problem.path.text.isEmpty ? directory.path.text : directory.path.text.joined(with: problem.path.text)
        log.error(
            .missingPath,
            "the default of parameter '\(parameter.name.value)' cannot be determined: "
                + "'\(path)' cannot be read: \(problem.reason)", at: parameter.name.range
        ) { $0.help.append("pass `--set \(parameter.name.value)=…`") }
        return nil
    }

    private func directory(_ found: FileSelection) -> InventoryRequest.Directory? {
        guard let path = found.directory.resolved({ values[$0] }), !path.isEmpty else { return nil }
        return .init(path: ExactString(path.normalizedPath))
    }
}

extension ParameterInputs {
    /// What `--set` or the environment gives.
    fileprivate func value(of parameter: PlanParameter) -> String? {
        settings[parameter.name.value] ?? parameter.environmentVariable.flatMap { environment[$0.value] }
    }
}

extension DiagnosticLog {
    fileprivate mutating func noValue(for parameter: PlanParameter) {
        let name = parameter.name.value
        error(.noValue, "parameter '\(name)' has no value", at: parameter.name.range) { diagnostic in
            diagnostic.tell(howToSet: parameter)
            diagnostic.help.append("or give it a `default`")
        }
    }

    fileprivate mutating func emptyValue(of parameter: PlanParameter) {
        error(
            .emptyValue, "parameter '\(parameter.name.value)' is empty, and a value is needed",
            at: parameter.name.range
        ) { $0.tell(howToSet: parameter) }
    }
}

extension Diagnostic {
    fileprivate mutating func tell(howToSet parameter: PlanParameter) {
        let name = parameter.name.value
        if let description = parameter.description { label = description }
        help.append("pass `--set \(name)=…`")
        help.append(
            parameter.environmentVariable.map { "or set the environment variable \($0.value)" }
                ?? "or give the parameter an environment variable: `env: \(name.uppercased())`")
        for condition in parameter.neededWhen {
            note("a value is needed because of this condition", at: condition.name.range)
        }
    }
}

/// Where the values of parameters come from, and what is known of the run besides its root.
public struct ParameterInputs: Hashable, Sendable {
    /// The values of `--set`, by parameter.
    public var settings: [String: String]
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
