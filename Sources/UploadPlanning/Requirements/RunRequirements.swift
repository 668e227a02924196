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

    /// One requirement.
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
    /// What the requirements are called.
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
