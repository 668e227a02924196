import MarkedYAML
import RunOutputs

extension UploadPlan {
    /// Reads a plan file.
    ///
    /// - Parameters:
    ///   - bytes: The file's content.
    ///   - file: The file's name, for diagnostics.
    ///   - layout: Where the plan may put outputs.
    ///   - shape: What the checker takes for a plan; what the language says, unless given.
    /// - Returns: The plan with the diagnostics so far; no plan if the file has an error.
    static func decode(
        _ bytes: some Collection<UInt8>, file: String, layout: Layout, shape: MappingShape? = nil
    ) -> (plan: UploadPlan?, log: DiagnosticLog) {
        let (root, log) = readMapping(
            bytes, .mapping(shape ?? PlanShape(layout).plan), file: file, what: "a plan",
            runValueNames: layout.runValueNames)
        guard let root else { return (nil, log) }
        var decoder = PlanDecoder(layout: layout, log: log)
        let plan = decoder.plan(root, file: file)
        return (decoder.log.hasErrors ? nil : plan, decoder.log)
    }
}

/// Turns a tree into a plan.
///
/// Everything that is structurally wrong has been reported by the shape checker; here only what is readable is read.
struct PlanDecoder {
    let layout: Layout
    var log: DiagnosticLog

    mutating func plan(_ node: Node, file: String) -> UploadPlan? {
        guard let name = node["name"]?.text else { return nil }
        return UploadPlan(
            file: file, layout: layout, name: name, description: node["description"]?.text?.value,
            parameters: (node["parameters"]?.pairs ?? []).map { parameter($0) },
            leftovers: word(node["leftovers"]),
            rules: (node["uploads"]?.pairs ?? []).compactMap { rule($0) },
            summary: (node["summary"]?.elements ?? []).compactMap { summaryEntry($0) },
            outputs: (node["outputs"]?.pairs ?? []).compactMap { output($0) },
            tests: (node["tests"]?.elements ?? []).compactMap { test($0) })
    }

    private mutating func parameter(_ pair: Node.Pair) -> PlanParameter {
        let node = pair.value
        return PlanParameter(
            name: pair.key.map(\.text), description: node["description"]?.text?.value,
            kind: word(node["type"]) ?? .string, environmentVariable: node["env"]?.text,
            defaults: node["default"].map { defaults($0) } ?? [], neededWhen: conditions(node["needed_when"]),
            legalValues: node["one_of"]?.texts ?? [],
            strippedPrefix: node["strip_prefix"]?.text?.value,
            replacements: (node["replace"]?.pairs ?? []).compactMap { pair in
                pair.value.text.map { .init(text: pair.key.value.text, replacement: $0.value) }
            },
            mustExist: node["must_exist"].map(\.isTrue) ?? true,
            isSecret: node["secret"].map(\.isTrue) ?? false)
    }

    /// One value, or a list of values with conditions.
    private mutating func defaults(_ node: Node) -> [ParameterDefault] {
        if let text = node.text { return [ParameterDefault(value: text, conditions: [])] }
        return node.elements.compactMap { element in
            guard let value = element["value"]?.text else { return nil }
            var found: FileSelection?
            if let files = element["if_found"] {
                guard let directory = template(files["in"]) else { return nil }
                found = FileSelection(
                    directory: directory, include: templates(files["include"]), exclude: templates(files["exclude"]),
                    followsSymlinks: false)
            }
            return ParameterDefault(value: value, conditions: conditions(element["when"]), found: found)
        }
    }

    private mutating func rule(_ pair: Node.Pair) -> UploadRule? {
        let node = pair.value
        let name = pair.key.map(\.text)
        // Both are read before either may end the function, so that the problems of both are reported.
        let source = source(node, rule: name)
        let destination = node["to"].flatMap { self.destination($0) }
        let properties = node["object"].map { self.properties($0) } ?? PropertyTemplates()
        let expectation = node["expect"].map { self.expectation($0) } ?? Expectation()
        let allowedSecrets = templates(node["allow_secrets"])
        guard let source, let destination else { return nil }
        return UploadRule(
            name: name, description: node["description"]?.text?.value,
            conditions: conditions(node["when"]), ifNothingFrom: node["if_nothing_from"]?.texts ?? [],
            source: source, destination: destination, flatten: node["flatten"]?.isTrue ?? false,
            missing: word(node["missing"]), caseCollisions: word(node["case_collisions"]) ?? .warn,
            bestEffort: node["best_effort"]?.isTrue ?? false,
            after: node["after"]?.texts ?? [], existing: word(node["existing"]) ?? .replace,
            properties: properties, retention: node["retain"]?.text.flatMap { Retention($0.value) },
            expectation: expectation,
            allowedSecrets: allowedSecrets)
    }

    func conditions(_ node: Node?) -> [PlanCondition] {
        (node?.pairs ?? []).map { pair in
            let values = pair.value["not"] ?? pair.value
            return PlanCondition(name: pair.key.map(\.text), values: values.texts, isNegated: values != pair.value)
        }
    }

    /// The word that a scalar is.
    ///
    /// What the shape refuses was reported already. A word that it takes and the enumeration does not know is reported
    /// here: nothing else may stand in for it.
    mutating func word<Word: LanguageWord>(_ node: Node?) -> Word? {
        guard let text = node?.text else { return nil }
        if let word = Word(rawValue: text.value) { return word }
        if !log.hasErrors(in: text.range) {
            log.error(.illegalValue, "'\(text.value)' means nothing here", at: text.range) {
                $0.help.append("the words are \(Word.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "))")
            }
        }
        return nil
    }

    mutating func template(_ node: Node?) -> Template? {
        node?.scalar.map { Template($0, log: &log) }
    }

    mutating func templates(_ node: Node?) -> [Template] {
        (node?.elements ?? []).compactMap { template($0) }
    }

    mutating func destination(_ node: Node) -> Destination? {
        if let text = node.text {
            return layout.term(named: text.value).map { Destination(term: Marked($0, at: text.range), arguments: []) }
        }
        guard let pair = node.pairs.first, let term = layout.term(named: pair.key.value.text) else { return nil }
        var arguments: [Destination.Argument] = []
        for entry in pair.value.pairs {
            guard let argument = term.parameters.first(where: { $0.name == entry.key.value.text }),
                let value = template(entry.value)
            else {
                continue
            }
            arguments.append(.init(argument: Marked(argument, at: entry.key.range), value: value))
        }
        return Destination(term: Marked(term, at: pair.key.range), arguments: arguments)
    }

    private mutating func properties(_ node: Node) -> PropertyTemplates {
        var properties = PropertyTemplates()
        for field in PropertyField.allCases { properties.fields[field] = template(node[field.rawValue]) }
        properties.metadata = named(node["metadata"])
        properties.tags = named(node["tags"])
        return properties
    }

    private mutating func named(_ node: Node?) -> [NamedTemplate] {
        var result: [NamedTemplate] = []
        for pair in node?.pairs ?? [] {
            guard let value = template(pair.value) else { continue }
            result.append(NamedTemplate(name: pair.key.map(\.text), value: value))
        }
        return result
    }

    private mutating func expectation(_ node: Node) -> Expectation {
        Expectation(
            files: node["files"]?.text.flatMap { text in
                PlausibleRange(counts: text.value).map { Marked($0, at: text.range) }
            },
            bytes: node["bytes"]?.text.flatMap { text in
                PlausibleRange(bytes: text.value).map { Marked($0, at: text.range) }
            },
            newerThan: template(node["newer_than"]))
    }

    private mutating func summaryEntry(_ node: Node) -> SummaryEntry? {
        if let markdown = template(node["markdown"]) { return .markdown(markdown) }
        if let pages = node["for_each_page"] {
            guard let rule = pages["of"]?.text, let markdown = template(pages["markdown"]) else { return nil }
            return .pages(SummaryPages(rule: rule, heading: template(pages["heading"]), markdown: markdown))
        }
        guard let link = node["link"], let title = template(link["title"]),
            let destination = link["to"].flatMap({ self.destination($0) })
        else { return nil }
        return .link(
            SummaryLink(
                title: title, destination: destination, isServerPage: link["server_page"]?.isTrue ?? false,
                conditions: conditions(link["when"])))
    }

    private mutating func output(_ pair: Node.Pair) -> PlanOutput? {
        let alternatives = pair.value.elements.isEmpty ? [pair.value] : pair.value.elements
        let values = alternatives.compactMap { outputValue($0) }
        return values.isEmpty ? nil : PlanOutput(name: pair.key.map(\.text), values: values)
    }

    private mutating func outputValue(_ node: Node) -> PlanOutput.Value? {
        if let text = template(node) { return .text(text, ifStored: []) }
        if let text = node["text"] {
            return template(text["value"]).map { .text($0, ifStored: text["if_stored"]?.texts ?? []) }
        }
        return destination(node).map { .location($0) }
    }

    private mutating func test(_ node: Node) -> PlanTest? {
        guard let name = node["name"]?.text else { return nil }
        let settings = (node["set"]?.pairs ?? []).compactMap { pair in
            pair.value.text.map { PlanTest.Setting(parameter: pair.key.map(\.text), value: $0.value) }
        }
        let run = (node["run"]?.pairs ?? []).compactMap { pair in
            pair.value.text.map { (RunValue(rawValue: pair.key.value.text), $0) }
        }
        return PlanTest(
            name: name, settings: settings, run: Dictionary(run) { first, _ in first },
            files: node["given"]?.texts ?? [], keys: node["expect"]?.texts ?? [])
    }
}

extension PlanDecoder {
    /// Reads the one source of a rule; none or several are reported.
    mutating func source(_ node: Node, rule: Marked<String>) -> UploadRule.Source? {
        let given = node.pairs.filter { PlanShape.sources.contains($0.key.value.text) }
        guard let first = given.first else {
            // What is not a mapping, or has a misspelled source, was reported already.
            let known = PlanShape(layout).rule.fields.map(\.name)
            let misspelled = node.pairs.contains { pair in
                pair.key.value.text.nearest(in: known).map(PlanShape.sources.contains) ?? false
            }
            guard case .mapping = node.content, !misspelled else { return nil }
            log.error(.oneSourceOnly, "rule '\(rule.value)' has no source", at: rule.range) {
                $0.help.append("give one of `from` (a directory), `file`, `archive` or `index`")
            }
            return nil
        }
        for other in given.dropFirst() {
            log.error(
                .oneSourceOnly,
                "rule '\(rule.value)' has two sources: `\(first.key.value.text)` and `\(other.key.value.text)`",
                at: other.key.range
            ) {
                $0.note("the first source is here", at: first.key.range)
                $0.help.append("split it into two rules")
            }
        }
        refuseFieldsOfDirectories(node, source: first.key.value.text)
        switch first.key.value.text {
        case "from": return selection(node).map { .directory($0) }
        case "file": return template(first.value).map { .file($0) }
        case "archive": return archive(first.value)
        default: return index(first.value).map { .index($0) }
        }
    }

    /// `include` beside a file would be ignored in silence.
    private mutating func refuseFieldsOfDirectories(_ node: Node, source: String) {
        guard source != "from" else { return }
        for pair in node.pairs where ["include", "exclude", "symlinks", "flatten"].contains(pair.key.value.text) {
            let field = pair.key.value.text
            log.error(.contradictoryField, "`\(field)` has no effect beside `\(source)`", at: pair.key.range) {
                let inside = source == "archive" || source == "index"
                $0.help.append(
                    inside && (field == "include" || field == "exclude")
                        ? "move it into `\(source)`" : "it belongs to rules with `from`")
            }
        }
    }

    private mutating func selection(_ node: Node) -> FileSelection? {
        guard let directory = template(node["from"]) else { return nil }
        return FileSelection(
            directory: directory, include: templates(node["include"]), exclude: templates(node["exclude"]),
            followsSymlinks: word(node["symlinks"]) == SymlinkPolicy.follow)
    }

    private mutating func archive(_ node: Node) -> UploadRule.Source? {
        guard let members = selection(node), let format: ArchiveFormat = word(node["format"]),
            let range = node["format"]?.range
        else { return nil }
        let level = node["level"]?.text.flatMap { text in Int(text.value).map { Marked($0, at: text.range) } }
        return .archive(
            ArchiveSource(
                format: Marked(format, at: range), name: template(node["name"]), members: members, level: level))
    }

    /// Reads an index page, which lists either rules or what lies under a directory.
    private mutating func index(_ node: Node) -> IndexSource? {
        let given = node.pairs.filter { PlanShape.listings.contains($0.key.value.text) }
        if given.count > 1 {
            log.error(.contradictoryField, "`of` and `under` exclude each other", at: given[1].key.range) {
                $0.note("the other one is here", at: given[0].key.range)
                $0.help.append("make two rules of it")
            }
        }
        guard !given.isEmpty else {
            let known = PlanShape(layout).index.fields.map(\.name)
            let misspelled = node.pairs.contains { pair in
                pair.key.value.text.nearest(in: known).map(PlanShape.listings.contains) ?? false
            }
            guard case .mapping = node.content, !misspelled else { return nil }
            log.error(.missingKey, "missing key 'of' in an index page", at: node.headRange) {
                $0.help.append("`of`: The rules whose objects are listed.")
                $0.help.append("or `under`: a directory of the whole run, whose page `finish` writes")
            }
            return nil
        }
        return IndexSource(
            rules: node["of"]?.texts ?? [], under: node["under"].flatMap { destination($0) },
            include: templates(node["include"]), exclude: templates(node["exclude"]),
            parent: node["parent"].flatMap { destination($0) }, title: template(node["title"]),
            eachDirectory: node["each_directory"]?.isTrue ?? false)
    }
}
