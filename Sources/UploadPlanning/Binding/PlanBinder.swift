import MarkedYAML
public import RunOutputs

extension ValidatedPlan {
    /// Gives the plan the values of one run.
    ///
    /// - Parameters:
    ///   - root: Where the run's outputs live.
    ///   - inputs: Where the values of parameters come from.
    ///   - tree: What the disk holds where defaults look, as ``treeRequest(root:inputs:)`` asks for it.
    /// - Returns: The plan with all paths and destinations.
    /// - Throws: ``PlanRejected`` with every value that is missing, empty or illegal.
    public func bound(
        to root: RunOutputRoot, inputs: ParameterInputs, tree: Inventory = Inventory()
    ) throws(PlanRejected) -> BoundPlan {
        var resolver = ParameterResolver(plan, root, inputs, tree: tree)
        resolver.resolve()
        guard !resolver.log.hasErrors else { throw PlanRejected(resolver.log.inOrder) }
        let values = resolver.values
        var binder = PlanBinder(plan: plan, root: root, values: values, log: resolver.log)
        let rules = plan.rules.compactMap { binder.rule($0) }
        let summary = binder.summary()
        guard !binder.log.hasErrors else { throw PlanRejected(binder.log.inOrder) }
        return BoundPlan(
            plan: self, root: root, values: values, defaultReasons: resolver.reasons, rules: rules, summary: summary)
    }

    /// What must be known of the disk before the plan can be bound: the directories that defaults look into.
    ///
    /// - Parameters:
    ///   - root: Where the run's outputs live.
    ///   - inputs: Where the values of parameters come from.
    /// - Returns: Nothing to look at, unless the value of a parameter depends on it.
    public func treeRequest(root: RunOutputRoot, inputs: ParameterInputs) -> InventoryRequest {
        ParameterResolver(plan, root, inputs).treeRequest()
    }
}

/// Computes paths and destinations from values.
struct PlanBinder {
    let plan: UploadPlan
    let root: RunOutputRoot
    let values: [String: String]
    var log: DiagnosticLog

    mutating func rule(_ rule: UploadRule) -> BoundRule? {
        let fileName = rule.sourceFileName.map { text($0).lastPathComponent }
        guard var destination = location(rule.destination, fileName: fileName), let source = source(rule) else {
            return nil
        }
        if case .archive(let archive) = rule.source, rule.destination.term.value.kind == .directory {
            guard let name = archive.name, let place = place(of: name, in: destination) else { return nil }
            destination = place
        }
        return BoundRule(
            rule: rule, conditionNotMet: rule.conditions.unmet(by: values), source: source, destination: destination,
            properties: properties(of: rule), newerThan: rule.expectation.newerThan.map { path($0) },
            allowedSecrets: patterns(rule.allowedSecrets),
            ifNothingFrom: rule.ifNothingFrom.compactMap { plan.ruleIndices[$0.value] })
    }

    /// The place of a named archive in a directory.
    private mutating func place(of template: Template, in directory: OutputLocation) -> OutputLocation? {
        let name = text(template)
        do throws(InvalidPathValue) {
            try InvalidPathValue.check(segment: name)
            return directory.appending(name)
        } catch {
            log.error(.illegalPathValue, "the archive's `name` is '\(name)', which \(error)", at: template.range)
            return nil
        }
    }

    /// The text of a template: all of its names are known by now.
    func text(_ template: Template) -> String { template.resolved { values[$0] } ?? "" }

    func path(_ template: Template) -> ExactString { ExactString(text(template).normalizedPath) }

    private mutating func source(_ rule: UploadRule) -> BoundRule.Source? {
        switch rule.source {
        case .directory(let selection): return self.selection(selection).map { .directory($0) }
        case .file(let path): return .file(self.path(path))
        case .archive(let archive):
            return selection(archive.members).map {
                .archive(format: archive.format.value, level: archive.level?.value, members: $0)
            }
        case .index(let index):
            var parent: OutputLocation?
            if let destination = index.parent {
                guard let location = location(destination, fileName: nil) else { return nil }
                parent = location
            }
            var under: OutputLocation?
            if let destination = index.under {
                guard let location = location(destination, fileName: nil) else { return nil }
                under = location
            }
            return .index(
                BoundIndex(
                    rules: index.rules.compactMap { name in plan.rules.firstIndex { $0.name.value == name.value } },
                    under: under,
                    include: patterns(index.include), exclude: patterns(index.exclude), parent: parent,
                    title: index.title.map(text), eachDirectory: index.eachDirectory))
        }
    }

    private mutating func selection(_ selection: FileSelection) -> BoundSelection? {
        let directory = text(selection.directory)
        guard !directory.isEmpty else {
            log.error(
                .emptyValue, "the directory '\(selection.directory.source.value.text)' is empty",
                at: selection.directory.range)
            return nil
        }
        return BoundSelection(
            directory: .init(path: ExactString(directory.normalizedPath), followsSymlinks: selection.followsSymlinks),
            include: patterns(selection.include), exclude: patterns(selection.exclude))
    }

    /// The patterns with values put in; that they can be read was checked before.
    private func patterns(_ templates: [Template]) -> [BoundSelection.Pattern] {
        templates.compactMap { template in
            (try? template.glob { values[$0] }).map {
                BoundSelection.Pattern(glob: $0, source: Marked(text(template), at: template.range))
            }
        }
    }

    /// The rule's properties, and those of its place where it has none of its own.
    private mutating func properties(of rule: UploadRule) -> ObjectProperties {
        var properties = properties(rule.properties)
        var place = root.properties(of: rule.destination.term.value)
        place.retention = rule.retention ?? place.retention
        properties.fillIn(place)
        if properties.tags.count > PropertyLimits.tagCount, let last = rule.properties.tags.last {
            log.error(
                .refusedProperty,
                "\(properties.tags.count) tags with that of `retain`, and S3 takes at most \(PropertyLimits.tagCount) of an object",
                at: last.name.range
            ) { $0.help.append("leave one out, or make it `metadata`") }
        }
        return properties
    }

    private mutating func properties(_ templates: PropertyTemplates) -> ObjectProperties {
        checkLimits(templates)
        var properties = ObjectProperties()
        properties.contentType = templates.fields[.contentType].map(text)
        properties.contentEncoding = templates.fields[.contentEncoding].map(text)
        properties.contentDisposition = templates.fields[.contentDisposition].map(text)
        properties.cacheControl = templates.fields[.cacheControl].map(text)
        properties.storageClass = templates.fields[.storageClass].map(text)
        for entry in templates.metadata { properties.metadata[entry.name.value.lowercased()] = text(entry.value) }
        for entry in templates.tags { properties.tags[entry.name.value] = text(entry.value) }
        return properties
    }

    /// What a value of a parameter makes of a property, S3 has to take; what the plan spells out was checked before.
    private mutating func checkLimits(_ templates: PropertyTemplates) {
        for field in PropertyField.allCases {
            guard let template = templates.fields[field] else { continue }
            checkLimits(template, "`\(field.rawValue)`", PropertyLimits.headerProblem)
        }
        for entry in templates.metadata {
            checkLimits(entry.value, "the metadata '\(entry.name.value)'", PropertyLimits.headerProblem)
        }
        for entry in templates.tags {
            checkLimits(entry.value, "the value of the tag '\(entry.name.value)'", PropertyLimits.tagValueProblem)
        }
        let bytes = templates.metadata.reduce(0) { $0 + $1.name.value.utf8.count + text($1.value).utf8.count }
        guard bytes > PropertyLimits.metadataBytes, let last = templates.metadata.last else { return }
        let problem = "the metadata is \(bytes) bytes long, and S3 takes at most \(PropertyLimits.metadataBytes)"
        log.error(.refusedProperty, problem, at: last.name.range)
    }

    private mutating func checkLimits(_ template: Template, _ what: String, _ problem: (String) -> String?) {
        guard template.literal == nil, let problem = problem(text(template)) else { return }
        log.error(.refusedProperty, "\(what) \(problem)", at: template.range) {
            $0.help.append("pass other values with `--set`")
        }
    }
}

extension PlanBinder {
    /// Computes where a destination lives.
    ///
    /// - Parameters:
    ///   - destination: The term and what the plan gives to it.
    ///   - fileName: The name that the source itself has, for terms whose `filename` is not given.
    /// - Returns: The location, or `nil` after a value was reported.
    mutating func location(_ destination: Destination, fileName: String?) -> OutputLocation? {
        var arguments: [String: String] = [:]
        for argument in destination.term.value.parameters {
            if let given = destination.arguments.first(where: { $0.argument.value == argument }) {
                arguments[argument.name] = text(given.value)
            } else if argument.kind == .filename, let fileName {
                arguments[argument.name] = fileName
            } else {
                arguments[argument.name] = values[argument.name]
            }
        }
        do {
            return try root.location(of: destination.term.value, arguments)
        } catch {
            report(error, destination)
            return nil
        }
    }

    private mutating func report(_ error: OutputTerm.InvalidArgument, _ destination: Destination) {
        let name = error.argument.name
        let given = destination.arguments.first { $0.argument.value == error.argument }
        let range = given?.value.range ?? destination.term.range
        let parameter = plan.parameters.first { parameter in
            given.map { $0.value.references.contains { $0.value == parameter.name.value } }
                ?? (parameter.name.value == name)
        }
        switch error.reason {
        case .missing:
            log.error(.missingArgument, "`\(destination.term.value.name)` needs `\(name)`", at: range)
        case .illegal(_, .empty):
            log.error(.emptyValue, "`\(name)` is empty, and `\(destination.term.value.name)` needs it", at: range) {
                $0.tell(whereFrom: parameter)
            }
        case .illegal(let value, let rule):
            log.error(.illegalPathValue, "`\(name)` is '\(value)', which \(rule)", at: range) {
                $0.tell(whereFrom: parameter)
                $0.help.append(Destination.rulesOfKeys)
            }
        }
    }
}

extension Diagnostic {
    /// Points at the parameter that a value came from, and says how to give another.
    fileprivate mutating func tell(whereFrom parameter: PlanParameter?) {
        guard let parameter else { return }
        note("the value comes from this parameter", at: parameter.name.range)
        let setting = "pass another `--set \(parameter.name.value)=…`"
        help.append(parameter.environmentVariable.map { "\(setting), or correct \($0.value)" } ?? setting)
    }
}

extension [PlanCondition] {
    /// Compares conditions with values.
    ///
    /// - Parameter values: The values of parameters, and what is known of the run, by name.
    /// - Returns: The first condition that is not met, in words; `nil` if all hold.
    func unmet(by values: [String: String]) -> String? {
        for condition in self {
            let value = values[condition.name.value] ?? ""
            if condition.values.contains(where: { $0.value == value }) != condition.isNegated { continue }
            let wanted = condition.values.map { "'\($0.value)'" }.joined(separator: " or ")
            return "\(condition.name.value) is '\(value)'"
                + (condition.isNegated ? ", and the rule is for anything else" : ", not \(wanted)")
        }
        return nil
    }
}

extension RunOutputRoot {
    /// Finds a location by the names that people type.
    ///
    /// - Parameters:
    ///   - name: The term.
    ///   - arguments: Values by the name of the argument.
    /// - Returns: The location, and what lives there.
    /// - Throws: ``Diagnostic`` if a name is unknown or a value is missing or illegal, with the nearest name.
    public func location(
        named name: String, _ arguments: [String: String]
    ) throws(Diagnostic) -> (location: OutputLocation, term: OutputTerm) {
        guard let term = layout.term(named: name) else {
            let known = layout.terms.map(\.name)
            var unknown = Diagnostic(severity: .error, code: .unknownTerm, message: "unknown term '\(name)'", file: "")
            unknown.help = [
                name.nearest(in: known).map { "did you mean `\($0)`?" } ?? "terms are \(known.joined(separator: ", "))"
            ]
            throw unknown
        }
        let known = term.parameters.map(\.name)
        for argument in arguments.keys.sorted() where !known.contains(argument) {
            var superfluous = Diagnostic(
                severity: .error, code: .superfluousArgument, message: "`\(name)` takes no argument '\(argument)'",
                file: "")
            superfluous.help = [known.isEmpty ? "it takes none" : "it takes \(known.joined(separator: ", "))"]
            throw superfluous
        }
        do {
            return (try location(of: term, arguments), term)
        } catch {
            let code: DiagnosticCode = error.reason == .missing ? .missingArgument : .illegalArgument
            throw Diagnostic(severity: .error, code: code, message: "`\(name)`: \(error)", file: "")
        }
    }
}
