import MarkedYAML
import RunOutputs

extension RunRequirements {
    /// Runs every check that needs no run.
    func check(_ log: inout DiagnosticLog) {
        for parameter in parameters { check(parameter, &log) }
        for requirement in requirements {
            check(loops: requirement, &log)
            checkConditions(requirement, &log)
            checkContent(requirement, &log)
            checkReferences(requirement, &log)
        }
        checkUnused(&log)
    }

    private func check(_ parameter: Parameter, _ log: inout DiagnosticLog) {
        guard let defaults = parameter.defaults else { return }
        if !parameter.isList, defaults.count > 1 {
            log.error(
                .listExpected, "parameter '\(parameter.name.value)' is one text, and its default is a list",
                at: defaults[1].range
            ) { $0.help.append("write `type: list`, or one value") }
        }
        for value in defaults where !parameter.accepts(value.value) {
            log.unknownWord(
                .illegalValue, "the default '\(value.value)' is not one of the legal values", word: value.value,
                at: value.range, known: parameter.legalValues.map(\.value))
        }
    }

    private func check(loops requirement: Requirement, _ log: inout DiagnosticLog) {
        // Two lists would be multiplied: pairs that nobody builds would be missing for ever.
        if let second = requirement.loops.dropFirst().first {
            log.error(
                .listExpected, "`for_each` goes through one list, and '\(second.variable.value)' is a second one",
                at: second.variable.range
            ) {
                $0.help.append(
                    "not every pair is built: write one requirement for each value of the shorter list")
            }
        }
        for loop in requirement.loops {
            let lists = parameters.filter(\.isList).map(\.name.value)
            if let parameter = parameters.first(where: { $0.name.value == loop.list.value }) {
                guard !parameter.isList else { continue }
                log.error(.listExpected, "parameter '\(loop.list.value)' is not a list", at: loop.list.range) {
                    $0.note("it is declared here", at: parameter.name.range)
                    $0.help.append("write `type: list` there")
                }
            } else {
                log.unknownWord(
                    .unknownParameter, "unknown parameter '\(loop.list.value)' in `for_each`", word: loop.list.value,
                    at: loop.list.range, known: lists, none: "no parameter is a list", listing: "lists are")
            }
            if let twin = parameters.first(where: { $0.name.value == loop.variable.value }) {
                log.error(
                    .contradictoryField, "the variable '\(loop.variable.value)' is a parameter too",
                    at: loop.variable.range
                ) { $0.note("it is declared here", at: twin.name.range) }
            }
        }
    }

    private func checkConditions(_ requirement: Requirement, _ log: inout DiagnosticLog) {
        for condition in requirement.conditions {
            let name = condition.name.value
            guard !layout.runValueNames.contains(name) else { continue }
            guard let parameter = parameters.first(where: { $0.name.value == name }) else {
                log.unknownWord(
                    .unknownParameter, "unknown parameter '\(name)' in a condition", word: name,
                    at: condition.name.range, known: parameters.map(\.name.value) + layout.runValueNames)
                continue
            }
            if parameter.isList {
                log.error(
                    .listExpected, "parameter '\(name)' is a list, and a condition compares one value",
                    at: condition.name.range)
            }
            for value in condition.values where !parameter.accepts(value.value) {
                log.unknownWord(
                    .impossibleCondition, "'\(name)' is never '\(value.value)'", word: value.value, at: value.range,
                    known: parameter.legalValues.map(\.value), listing: "its legal values are")
            }
        }
    }

    /// A requirement asks for something, and only for what can be looked for.
    private func checkContent(_ requirement: Requirement, _ log: inout DiagnosticLog) {
        let range = requirement.name.range
        guard let destination = requirement.destination else {
            for field in requirement.fieldsOfPlaces {
                log.error(.contradictoryField, "`\(field.name)` has no meaning without `to`", at: field.range) {
                    $0.help.append("say where the files lie: `to: root`")
                }
            }
            guard requirement.receipt == nil, requirement.fieldsOfPlaces.isEmpty else { return }
            return log.error(.requiresNothing, "requirement '\(requirement.name.value)' asks for nothing", at: range) {
                $0.help.append("give `to` with `names` or `files`, or `receipt`")
            }
        }
        let term = destination.term.value
        var known = Set(parameters.filter { !$0.isList }.map(\.name.value))
        known.formUnion(requirement.loops.map(\.variable.value))
        UploadPlan.checkArguments(destination, known, hasFileName: false, &log)
        for pattern in requirement.names {
            do {
                _ = try pattern.globs { _ in "x" }
            } catch {
                log.error(.pattern, error.message, at: pattern.source.range(of: error.range))
            }
        }
        if term.kind == .file {
            for field in requirement.fieldsOfPlaces where field.name != "with_checksum" {
                log.error(
                    .wrongTermKind, "`\(term.name)` is one object, and `\(field.name)` is for directories",
                    at: field.range)
            }
        } else if requirement.names.isEmpty, requirement.files == nil {
            log.error(
                .requiresNothing, "requirement '\(requirement.name.value)' names a directory, and nothing in it",
                at: range
            ) { $0.help.append("give `names` or `files: 1..`") }
        }
        if let files = requirement.files, files.value.lowerBound == 0, files.value.upperBound == .max {
            log.error(.requiresNothing, "`files` accepts any number, including none", at: files.range) {
                $0.help.append("write `1..` for at least one")
            }
        }
    }

    private func checkReferences(_ requirement: Requirement, _ log: inout DiagnosticLog) {
        let variables = requirement.loops.map(\.variable.value)
        let known = parameters.map(\.name.value) + variables + layout.runValueNames
        for template in requirement.templates {
            for name in template.references {
                if let list = parameters.first(where: { $0.name.value == name.value && $0.isList }) {
                    log.error(
                        .listExpected, "'\(name.value)' is a list, and one value is needed", at: name.range
                    ) {
                        $0.note("it is declared here", at: list.name.range)
                        $0.help.append("write `for_each: {element: \(name.value)}`, and `${element}` here")
                    }
                } else if !known.contains(name.value) {
                    log.unknownWord(
                        .unknownParameter, "unknown parameter '\(name.value)'", word: name.value, at: name.range,
                        known: known, isReplaceable: false)
                }
            }
        }
        for loop in requirement.loops where !requirement.uses(loop.variable.value) {
            log.warning(
                .unusedParameter, "the variable '\(loop.variable.value)' is never used", at: loop.variable.range)
        }
    }

    private func checkUnused(_ log: inout DiagnosticLog) {
        for parameter in parameters {
            let name = parameter.name.value
            let isUsed = requirements.contains { requirement in
                requirement.uses(name) || requirement.loops.contains { $0.list.value == name }
                    || requirement.conditions.contains { $0.name.value == name }
            }
            if !isUsed { log.warning(.unusedParameter, "parameter '\(name)' is never used", at: parameter.name.range) }
        }
    }
}

extension RunRequirements.Parameter {
    /// Whether a value is legal.
    func accepts(_ value: String) -> Bool {
        legalValues.isEmpty || legalValues.contains { ExactString($0.value) == ExactString(value) }
    }
}

extension RunRequirements.Requirement {
    /// What is about the files in a place, with where it is.
    fileprivate var fieldsOfPlaces: [(name: String, range: SourceRange)] {
        var fields: [(name: String, range: SourceRange)] = []
        if let first = names.first { fields.append(("names", first.range)) }
        if let files { fields.append(("files", files.range)) }
        if let needsChecksum { fields.append(("with_checksum", needsChecksum.range)) }
        return fields
    }

    /// Every template.
    var templates: [Template] {
        names + [receipt, job].compactMap(\.self) + (destination?.arguments.map(\.value) ?? [])
    }

    /// Whether a value is used, in a template or as the argument of the same name.
    fileprivate func uses(_ name: String) -> Bool {
        if templates.contains(where: { $0.references.contains { $0.value == name } }) { return true }
        guard let destination else { return false }
        return destination.term.value.parameters.contains { argument in
            argument.name == name && !destination.arguments.contains { $0.argument.value == argument }
        }
    }
}

extension RunRequirements {
    /// Runs the file's own tests.
    ///
    /// - Returns: An error for each test that fails.
    public func testFailures() -> [Diagnostic] {
        var log = DiagnosticLog(file: file)
        for test in tests { run(test, &log) }
        return log.inOrder
    }

    private func run(_ test: Test, _ log: inout DiagnosticLog) {
        let names = parameterNames
        var inputs = ParameterInputs()
        for (parameter, values) in test.settings {
            guard names.contains(parameter.value) else {
                log.unknownWord(
                    .unknownParameter, "unknown parameter '\(parameter.value)' in `set`", word: parameter.value,
                    at: parameter.range, known: names, none: "there are no parameters", listing: "the parameters are")
                return
            }
            inputs.settings[parameter.value] = values.joined(separator: " ")
        }
        if let repository = test.run[.repository] { inputs.repository = repository.value }
        if let releaseType = test.run[.releaseType] { inputs.releaseType = releaseType.value }
        do {
            let values = Dictionary(test.run.map { ($0.key.rawValue, $0.value.value) }) { first, _ in first }
            let root = try RunOutputRoot.test(values, in: layout)
            var search = RequirementsSearch(try bound(to: root, inputs: inputs), in: root)
            for key in test.keys.map({ ExactString("\(root.prefix)/\($0.value)") }).sorted() { search.see(key) }
            let receipts = Set(test.receipts.map(\.value))
            compare(search.missing { receipts.contains($0) ? nil : "missing" }.map(\.name), test, &log)
        } catch {
            let problem = (error as? PlanRejected)?.diagnostics.first?.message ?? "\(error)"
            log.error(
                .requirementTest, "the test '\(test.name.value)' cannot be run: \(problem)", at: test.name.range)
        }
    }

    private func compare(_ found: [String], _ test: Test, _ log: inout DiagnosticLog) {
        let missing = Set(found.map { ExactString($0) })
        let expected = Set(test.missing.map { ExactString($0.value) })
        let extra = missing.subtracting(expected).sorted()
        let absent = test.missing.filter { !missing.contains(ExactString($0.value)) }
        guard !extra.isEmpty || !absent.isEmpty else { return }
        log.error(.requirementTest, "the test '\(test.name.value)' fails", at: test.name.range) { diagnostic in
            for name in absent { diagnostic.note("this is not missing", at: name.range) }
            for name in extra { diagnostic.help.append("'\(name)' is missing, and the test does not say so") }
        }
    }
}
