import MarkedYAML
public import RunOutputs

/// What a plan or a bucket policy says, without what changes nothing: comments, descriptions, the order of patterns,
/// and keys that spell out what holds anyway.
///
/// It is read from the file's tree with the table of the language's shapes, so that a key which the language gains
/// cannot be forgotten here.
public struct Behaviour: Hashable, Sendable {
    /// What is at one place of the file.
    public struct Fact: Hashable, Sendable {
        /// The keys that lead there: `uploads`, `logs`, `include`.
        public var path: [String]
        /// The values; those of a list whose order means nothing are sorted.
        public var values: [String]

        /// Joins a place and its values.
        public init(path: [String], values: [String]) {
            self.path = path
            self.values = values
        }
    }

    /// The name of the plan, or of the policy's file.
    public var name: String
    /// The facts, sorted by their paths.
    public var facts: [Fact]

    public init(name: String, facts: [Fact]) {
        self.name = name
        self.facts = facts.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }

    /// The same number for the same behaviour, to tell one version of a file from another.
    public var version: String {
        var text = ""
        for fact in facts { text += "\(fact.path)\(fact.values)" }
        return text.stableHash
    }

    /// The version of a bucket policy: who uses it by default has no say in where a run's outputs go.
    public var policyVersion: String {
        Behaviour(name: name, facts: facts.filter { $0.path.first != "serves" }).version
    }

    /// The facts below a path, with the rest of their paths.
    func facts(below path: [String]) -> [Fact] {
        facts.filter { $0.path.starts(with: path) }.map {
            Fact(path: Array($0.path.dropFirst(path.count)), values: $0.values)
        }
    }

    /// The names of what is below a key: of the rules below `uploads`.
    func names(below key: String) -> [String] {
        var names: [String] = []
        for fact in facts where fact.path.count > 1 && fact.path[0] == key && names.last != fact.path[1] {
            names.append(fact.path[1])
        }
        return names
    }
}

extension String {
    /// A number that is the same in every process, in hexadecimal digits: it names a version and proves nothing.
    var stableHash: String {
        // FNV-1a; its constants: http://www.isthe.com/chongo/tech/comp/fnv/
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension Behaviour {
    /// Reads what a plan says.
    ///
    /// - Parameters:
    ///   - bytes: The file's content; it was checked before.
    ///   - layout: Where the plan may put outputs.
    /// - Returns: Its behaviour, or `nil` if the text is not YAML.
    public static func ofPlan(_ bytes: some Collection<UInt8>, layout: Layout = .builtIn) -> Behaviour? {
        guard let root = try? Node.parse(bytes) else { return nil }
        var reader = BehaviourReader(layout: layout)
        reader.read(root, .mapping(PlanShape(layout).plan), at: [])
        reader.dropUsualMissing()
        return Behaviour(name: root["name"]?.text?.value ?? "", facts: reader.facts)
    }

    /// Reads what a bucket policy says.
    ///
    /// - Parameters:
    ///   - bytes: The file's content; it was checked before.
    ///   - name: What the policy is called: its file's name.
    /// - Returns: Its behaviour, or `nil` if the text is not YAML.
    public static func ofPolicy(_ bytes: some Collection<UInt8>, name: String) -> Behaviour? {
        guard let root = try? Node.parse(bytes) else { return nil }
        var reader = BehaviourReader(layout: .builtIn)
        reader.read(root, .mapping(BucketPolicyShape.policy), at: [])
        // The first rule that matches wins.
        let order = (root["rules"]?.elements ?? []).compactMap { $0["name"]?.text?.value }
        reader.facts.append(Fact(path: ["order of rules"], values: order))
        return Behaviour(name: name, facts: reader.facts)
    }

    /// Reads what a layout says.
    ///
    /// - Parameters:
    ///   - bytes: The file's content; it was checked before.
    ///   - name: What the layout is called: its file's name.
    /// - Returns: Its behaviour, or `nil` if the text is not YAML.
    public static func ofLayout(_ bytes: some Collection<UInt8>, name: String) -> Behaviour? {
        guard let root = try? Node.parse(bytes) else { return nil }
        var reader = BehaviourReader(layout: .builtIn)
        reader.read(root, .mapping(LayoutShape.layout), at: [])
        return Behaviour(name: name, facts: reader.facts)
    }
}

/// Walks a tree beside the shape that it has.
private struct BehaviourReader {
    let layout: Layout
    var facts: [Behaviour.Fact] = []

    mutating func read(_ node: Node, _ shape: Shape, at path: [String]) {
        switch shape {
        case .shared(_, let shape): read(node, shape, at: path)
        case .text, .flag, .word: add(node.text.map { [$0.value] } ?? [], at: path)
        case .list(let element, _): readList(node.elements, element, at: path)
        case .mapping(let mapping): readFields(node, mapping.fields, at: path)
        case .dictionary(let dictionary): readEntries(node, dictionary, at: path)
        case .choice(let choice):
            if node.namesDestination(of: layout) {
                add([node.destinationText(in: layout)], at: path)
            } else {
                readFields(node, choice.options, at: path)
            }
        case .either(let scalar, let list, let mapping):
            let chosen: Shape? =
                switch node.content {
                case .scalar: scalar
                case .sequence: list
                case .mapping: mapping
                }
            if case .scalar = node.content, mapping?.isDestination == true, scalar?.isDestination == true {
                add([node.destinationText(in: layout)], at: path)
            } else if let chosen {
                read(node, chosen, at: path)
            }
        }
    }

    private mutating func add(_ values: [String], at path: [String]) {
        facts.append(.init(path: path, values: values))
    }

    private mutating func readFields(_ node: Node, _ fields: [MappingShape.Field], at path: [String]) {
        for pair in node.pairs {
            guard let field = fields.first(where: { $0.name == pair.key.value.text }), !field.isProse else { continue }
            if let usual = field.usual, pair.value.text?.value == usual { continue }
            read(pair.value, field.shape, at: path + [field.name])
        }
    }

    private mutating func readEntries(_ node: Node, _ shape: DictionaryShape, at path: [String]) {
        guard !shape.isOrdered else {
            return add(node.pairs.map { "\($0.key.value.text) → \($0.value.text?.value ?? "")" }, at: path)
        }
        for pair in node.pairs {
            let path = path + [pair.key.value.text]
            // An entry may say nothing but that it is there.
            if case .mapping = shape.value { add([], at: path) }
            read(pair.value, shape.value, at: path)
        }
    }

    /// A list of texts is a set.
    ///
    /// Elements with a name are under it, and others in their order, each as a text.
    private mutating func readList(_ elements: [Node], _ shape: Shape, at path: [String]) {
        if shape.isScalar {
            return add(Set(elements.compactMap { $0.text?.value }).sorted(), at: path)
        }
        var seen: [String: Int] = [:]
        var texts: [String] = []
        for element in elements {
            guard shape.isNamed, let name = element["name"]?.text?.value else {
                var reader = BehaviourReader(layout: layout)
                reader.read(element, shape, at: [])
                texts.append(reader.facts.map(\.text).joined(separator: "; "))
                continue
            }
            seen[name, default: 0] += 1
            let count = seen[name] ?? 1
            let path = path + [count == 1 ? name : "\(name) (\(count))"]
            add([], at: path)
            let start = facts.count
            read(element, shape, at: path)
            facts[start...].firstIndex { $0.path == path + ["name"] }.map { _ = facts.remove(at: $0) }
        }
        if !texts.isEmpty || !shape.isNamed { add(texts, at: path) }
    }

    /// `missing: error` is what holds anyway, but of a page, which is written also where there is nothing to list.
    mutating func dropUsualMissing() {
        let pages = Set(facts.filter { $0.path.count > 2 && $0.path[2] == "index" }.map { $0.path[1] })
        facts.removeAll { fact in
            fact.path.count == 3 && fact.path[2] == "missing" && fact.values == ["error"]
                && !pages.contains(fact.path[1])
        }
    }
}

extension Behaviour.Fact {
    /// The fact as a text: `link.title: Build Logs`.
    fileprivate var text: String {
        path.isEmpty
            ? values.joined(separator: ", ") : "\(path.joined(separator: ".")): \(values.joined(separator: ", "))"
    }
}

extension Shape {
    fileprivate var isScalar: Bool {
        switch self {
        case .text, .flag, .word: true
        default: false
        }
    }

    /// Whether elements of this shape have a name of their own.
    fileprivate var isNamed: Bool {
        if case .mapping(let mapping) = self {
            mapping.fields.contains { $0.name == "name" && $0.isRequired }
        } else {
            false
        }
    }

    /// Whether it is a term of the vocabulary, with or without arguments.
    fileprivate var isDestination: Bool {
        switch self {
        case .word(let list): list.code == .unknownTerm
        case .choice(let choice): choice.unknownKey == .unknownTerm
        default: false
        }
    }
}

extension Node {
    /// Whether it is a term of the vocabulary with arguments.
    fileprivate func namesDestination(of layout: Layout) -> Bool {
        pairs.first.map { layout.term(named: $0.key.value.text) != nil } ?? false
    }

    /// A destination with all of its arguments, also those that parameters of the same name give.
    fileprivate func destinationText(in layout: Layout) -> String {
        let name = text?.value ?? pairs.first?.key.value.text ?? ""
        let given = pairs.first?.value.pairs ?? []
        let arguments = (layout.term(named: name)?.parameters ?? []).compactMap { parameter -> String? in
            let argument = parameter.name
            if let value = given.first(where: { $0.key.value.text == argument })?.value.text {
                return "\(argument): \(value.value)"
            }
            // A file keeps its own name.
            return parameter.kind == .filename ? nil : "\(argument): ${\(argument)}"
        }
        return arguments.isEmpty ? name : "\(name)(\(arguments.joined(separator: ", ")))"
    }
}
