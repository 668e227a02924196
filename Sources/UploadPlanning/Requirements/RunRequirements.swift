public import MarkedYAML
public import RunOutputs

/// What a run must hold to be complete, as it was written.
public struct RunRequirements: Hashable, Sendable {
    /// A value that a run gives.
    struct Parameter: Hashable, Sendable {
        var name: Marked<String>
        var description: String?
        var isList: Bool
        var environmentVariable: Marked<String>?
        /// The value where nothing else gives one: of a list its elements.
        var defaults: [Marked<String>]?
        /// The legal values; empty for any.
        var legalValues: [Marked<String>]
    }

    struct Requirement: Hashable, Sendable {
        /// A variable and the list parameter that it goes through.
        struct Loop: Hashable, Sendable {
            var variable: Marked<String>
            var list: Marked<String>
        }

        var name: Marked<String>
        var conditions: [PlanCondition]
        var loops: [Loop]
        var destination: Destination?
        var names: [Template]
        var files: Marked<PlausibleRange>?
        var needsChecksum: Marked<Bool>?
        var receipt: Template?
        var job: Template?
    }

    /// An example.
    struct Test: Hashable, Sendable {
        var name: Marked<String>
        var settings: [(parameter: Marked<String>, values: [String])]
        var run: [RunValue: Marked<String>]
        var keys: [Marked<String>]
        var receipts: [Marked<String>]
        var missing: [Marked<String>]

        static func == (lhs: Self, rhs: Self) -> Bool { lhs.name == rhs.name && lhs.keys == rhs.keys }
        func hash(into hasher: inout Hasher) { hasher.combine(name) }
    }

    /// The file, as it was named.
    public var file: String
    /// Where outputs may live.
    public var layout: Layout
    public var name: Marked<String>
    var parameters: [Parameter]
    var requirements: [Requirement]
    var tests: [Test]
}

extension RunRequirements {
    /// Reads and checks a file.
    ///
    /// - Parameters:
    ///   - bytes: The file's content.
    ///   - file: The file's name, for diagnostics.
    ///   - layout: Where outputs may live.
    /// - Returns: The requirements.
    /// - Throws: ``PlanRejected`` with all problems, sorted by place.
    public static func read(
        _ bytes: some Collection<UInt8>, file: String, layout: Layout = .builtIn
    ) throws(PlanRejected) -> RunRequirements {
        let (requirements, diagnostics) = checked(bytes, file: file, layout: layout)
        guard let requirements else { throw PlanRejected(diagnostics) }
        return requirements
    }

    /// Reads and checks a file, and tells the warnings too.
    ///
    /// - Parameters:
    ///   - bytes: The file's content.
    ///   - file: The file's name, for diagnostics.
    ///   - layout: Where outputs may live.
    /// - Returns: The requirements unless there are errors, and all problems, sorted by place.
    public static func checked(
        _ bytes: some Collection<UInt8>, file: String, layout: Layout = .builtIn
    ) -> (requirements: RunRequirements?, diagnostics: [Diagnostic]) {
        let (root, log) = readMapping(
            bytes, .mapping(RequirementsShape(layout).requirements), file: file, what: "the requirements of a run",
            runValueNames: layout.runValueNames)
        guard let root else { return (nil, log.diagnostics) }
        var decoder = RequirementsDecoder(decoder: PlanDecoder(layout: layout, log: log))
        let requirements = decoder.requirements(root, file: file)
        var checkedLog = decoder.decoder.log
        // A reference to what could not be read would be a second mistake.
        if !checkedLog.hasErrors { requirements?.check(&checkedLog) }
        return (checkedLog.hasErrors ? nil : requirements, checkedLog.inOrder)
    }
}

/// Turns a tree, whose shape was checked, into requirements.
private struct RequirementsDecoder {
    var decoder: PlanDecoder

    mutating func requirements(_ root: Node, file: String) -> RunRequirements? {
        guard let name = root["name"]?.text else { return nil }
        var requirements: [RunRequirements.Requirement] = []
        for pair in root["required"]?.pairs ?? [] { requirements.append(requirement(pair)) }
        return RunRequirements(
            file: file, layout: decoder.layout, name: name,
            parameters: (root["parameters"]?.pairs ?? []).map { parameter($0) },
            requirements: requirements, tests: (root["tests"]?.elements ?? []).compactMap { test($0) })
    }

    private func parameter(_ pair: Node.Pair) -> RunRequirements.Parameter {
        let node = pair.value
        return .init(
            name: pair.key.map(\.text), description: node["description"]?.text?.value,
            isList: node["type"]?.text?.value == "list", environmentVariable: node["env"]?.text,
            defaults: node["default"]?.texts, legalValues: node["one_of"]?.texts ?? [])
    }

    private mutating func requirement(_ pair: Node.Pair) -> RunRequirements.Requirement {
        let node = pair.value
        return .init(
            name: pair.key.map(\.text), conditions: decoder.conditions(node["when"]),
            loops: (node["for_each"]?.pairs ?? []).compactMap { pair in
                pair.value.text.map { .init(variable: pair.key.map(\.text), list: $0) }
            },
            destination: node["to"].flatMap { decoder.destination($0) }, names: decoder.templates(node["names"]),
            files: node["files"]?.text.flatMap { text in
                PlausibleRange(counts: text.value).map { Marked($0, at: text.range) }
            },
            needsChecksum: node["with_checksum"].map { Marked($0.isTrue, at: $0.range) },
            receipt: decoder.template(node["receipt"]), job: decoder.template(node["job"]))
    }

    private func test(_ node: Node) -> RunRequirements.Test? {
        guard let name = node["name"]?.text else { return nil }
        let run = (node["run"]?.pairs ?? []).compactMap { pair in
            pair.value.text.map { (RunValue(rawValue: pair.key.value.text), $0) }
        }
        return .init(
            name: name,
            settings: (node["set"]?.pairs ?? []).map { pair in
                (parameter: pair.key.map(\.text), values: pair.value.texts.map(\.value))
            }, run: Dictionary(run) { first, _ in first }, keys: node["given"]?.texts ?? [],
            receipts: node["receipts"]?.texts ?? [], missing: node["missing"]?.texts ?? [])
    }
}

/// One thing that a run must hold.
public struct RequiredOutput: Hashable, Sendable {
    /// What is looked for.
    enum Content: Hashable, Sendable {
        /// An object with this key.
        case key(ExactString)
        /// An object whose path below this key matches.
        case match(below: ExactString, Glob, text: String)
        /// So many objects below this key.
        case count(below: ExactString, PlausibleRange, text: String)
        /// The receipt of a job that succeeded.
        case receipt(String)
    }

    public var requirement: Marked<String>
    /// What is looked for.
    var content: Content
    /// The job that should have made it, where the file says so.
    public var job: String?
    /// Whether beside each object a checksum file must lie.
    var needsChecksum: Bool
}

extension RunRequirements {
    /// Gives the requirements the values of one run.
    ///
    /// - Parameters:
    ///   - root: Where the run's outputs live.
    ///   - inputs: Where the values of parameters come from; the elements of a list are separated by blanks, commas or
    ///     semicolons, or are a JSON array of texts.
    /// - Returns: What the run must hold, in the order of the file.
    /// - Throws: ``PlanRejected`` with every value that is missing, empty or illegal.
    public func bound(
        to root: RunOutputRoot, inputs: ParameterInputs
    ) throws(PlanRejected) -> [RequiredOutput] {
        var binder = RequirementsBinder(self, root, inputs)
        let outputs = binder.outputs()
        guard !binder.log.hasErrors else { throw PlanRejected(binder.log.inOrder) }
        return outputs
    }

    public var parameterNames: [String] { parameters.map(\.name.value) }
}

extension RunRequirements {
    /// Reports every `--set` whose name the file does not declare.
    public func unknownSettings(_ settings: [String: String]) -> [Diagnostic] {
        Diagnostic.unknownSettings(settings, known: Set(parameterNames), "file of requirements")
    }
}

private struct RequirementsBinder {
    let file: RunRequirements
    let root: RunOutputRoot
    let inputs: ParameterInputs
    var values: [String: String]
    var lists: [String: [String]] = [:]
    var log: DiagnosticLog

    init(_ file: RunRequirements, _ root: RunOutputRoot, _ inputs: ParameterInputs) {
        self.file = file
        self.root = root
        self.inputs = inputs
        values = inputs.runValues(of: root)
        log = DiagnosticLog(file: file.file)
    }

    mutating func outputs() -> [RequiredOutput] {
        for parameter in file.parameters { resolve(parameter) }
        guard !log.hasErrors else { return [] }
        var outputs: [RequiredOutput] = []
        for requirement in file.requirements where requirement.conditions.unmet(by: values) == nil {
            guard let loop = requirement.loops.first else {
                outputs += self.outputs(of: requirement, values)
                continue
            }
            for element in lists[loop.list.value] ?? [] {
                var values = values
                values[loop.variable.value] = element
                outputs += self.outputs(of: requirement, values)
            }
        }
        if outputs.isEmpty, !log.hasErrors {
            log.error(.requiresNothing, "nothing is required of this run", at: file.name.range) {
                $0.help.append("no condition holds: check the values of the parameters")
            }
        }
        return outputs
    }

    private mutating func resolve(_ parameter: RunRequirements.Parameter) {
        let name = parameter.name.value
        let given = inputs.settings[name] ?? parameter.environmentVariable.flatMap { inputs.environment[$0.value] }
        guard
            let elements = given.map({ parameter.isList ? $0.listElements : [$0] }) ?? parameter.defaults?.map(\.value)
        else {
            return log.error(.noValue, "parameter '\(name)' has no value", at: parameter.name.range) {
                if let description = parameter.description { $0.label = description }
                $0.help.append("pass `--set \(name)=…`")
                if let variable = parameter.environmentVariable {
                    $0.help.append("or set the environment variable \(variable.value)")
                }
            }
        }
        if elements.isEmpty || elements.contains("") {
            return log.error(.emptyValue, "parameter '\(name)' is empty", at: parameter.name.range) {
                $0.help.append("nothing would be required of the run: pass `--set \(name)=…`")
            }
        }
        for element in elements where !parameter.accepts(element) {
            log.unknownWord(
                .valueNotListed, "parameter '\(name)' holds '\(element)', which is not one of its legal values",
                word: element, at: parameter.name.range, known: parameter.legalValues.map(\.value),
                isReplaceable: false)
        }
        if parameter.isList {
            var seen: Set<ExactString> = []
            lists[name] = elements.filter { seen.insert(ExactString($0)).inserted }
        } else {
            values[name] = elements[0]
        }
    }

    private mutating func outputs(
        of requirement: RunRequirements.Requirement, _ values: [String: String]
    ) -> [RequiredOutput] {
        let receipt = requirement.receipt?.resolved { values[$0] }
        let job = requirement.job?.resolved { values[$0] } ?? receipt
        func output(_ content: RequiredOutput.Content) -> RequiredOutput {
            RequiredOutput(
                requirement: requirement.name, content: content, job: job,
                needsChecksum: requirement.needsChecksum?.value ?? false)
        }
        var outputs: [RequiredOutput] = []
        if let receipt, checkReceipt(receipt, requirement) { outputs.append(output(.receipt(receipt))) }
        guard let destination = requirement.destination, let place = place(destination, values) else { return outputs }
        guard destination.term.value.kind == .directory else { return outputs + [output(.key(place))] }
        for pattern in requirement.names {
            for (text, glob) in (try? pattern.globs { values[$0] }) ?? [] {
                outputs.append(
                    output(glob.isExact ? .key(place.appending(text)) : .match(below: place, glob, text: text)))
            }
        }
        if let files = requirement.files {
            outputs.append(output(.count(below: place, files.value, text: files.value.text)))
        }
        return outputs
    }

    private mutating func checkReceipt(_ name: String, _ requirement: RunRequirements.Requirement) -> Bool {
        do {
            _ = try ReceiptName(name, attempt: 1)
            return true
        } catch {
            log.error(.illegalPathValue, "\(error)", at: requirement.receipt?.range)
            return false
        }
    }

    private mutating func place(_ destination: Destination, _ values: [String: String]) -> ExactString? {
        var arguments: [String: String] = [:]
        for argument in destination.term.value.parameters {
            let given = destination.arguments.first { $0.argument.value == argument }
            arguments[argument.name] =
                given.map { $0.value.resolved { values[$0] } ?? "" } ?? values[argument.name]
        }
        do {
            return try root.location(of: destination.term.value, arguments).key
        } catch {
            log.error(
                .illegalPathValue, "`\(destination.term.value.name)`: \(error)", at: destination.term.range
            ) { $0.help.append(Destination.rulesOfKeys) }
            return nil
        }
    }
}

extension ExactString {
    fileprivate func appending(_ path: String) -> ExactString { ExactString("\(text)/\(path)") }
}

extension PlausibleRange {
    /// The range as people write it.
    var text: String {
        if lowerBound == upperBound { return "\(lowerBound)" }
        return upperBound == .max ? "at least \(lowerBound)" : "\(lowerBound) to \(upperBound)"
    }
}

extension String {
    /// The elements of a list: of a JSON array of texts, or separated by blanks, commas and semicolons.
    fileprivate var listElements: [String] {
        let separators: Set<Character> = [" ", ",", ";", "\n", "\r\n", "\t"]
        let words = split { separators.contains($0) || $0 == "[" || $0 == "]" }.map(String.init)
        guard drop(while: \.isWhitespace).hasPrefix("[") else { return words }
        return words.map {
            $0.hasPrefix("\"") && $0.hasSuffix("\"") && $0.count >= 2 ? String($0.dropFirst().dropLast()) : $0
        }
    }
}
