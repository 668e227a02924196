public import MarkedYAML

extension Layout {
    /// The file of TheRock's layout, as diagnostics call it.
    public static let builtInFile = "manifests/layout.yaml"

    /// The text of `manifests/layout.yaml` when the tool was built.
    public static let builtInText: [UInt8] = PackageResources.layout_yaml

    /// The layout of `manifests/layout.yaml` when the tool was built.
    ///
    /// It is made from the tree of that file: to read YAML again at each start would take a millisecond.
    public static let builtIn: Layout = {
        guard let root = Node(treeLines: PackageResources.layout_tree) else {
            preconditionFailure("the built-in layout is not a tree")
        }
        return Layout(trusting: root)
    }()

    /// Reads a tree that was checked; what does not fit is left out.
    ///
    /// - Parameter root: The root of a layout file.
    public init(trusting root: Node) {
        let arguments = root.entries("arguments").map { OutputArgument($0.key.value.text, $0.value) }
        let byName = Dictionary(arguments.map { ($0.name, $0) }) { first, _ in first }
        name = root.member("name")?.textValue ?? ""
        description = root.member("description")?.textValue
        let run = root.member("run")
        prefixes = run?.member("prefix").map { PrefixChoice.read($0) } ?? []
        runArguments = (run?.entries("arguments") ?? []).map { RunArgument($0.key.value.text, $0.value) }
        self.arguments = arguments
        terms = root.entries("terms").compactMap { OutputTerm($0.key.value.text, $0.value, byName) }
        groups = root.entries("groups").map { pair in
            OutputGroup(
                name: pair.key.value.text, summary: pair.value.member("summary")?.textValue ?? "",
                terms: pair.value.member("terms")?.textValues ?? [], naming: pair.value.member("names")?.textValue)
        }
        namings = root.entries("names").compactMap { FileNaming($0.key.value.text, $0.value) }
        roles = Dictionary(
            root.entries("roles").compactMap { pair in pair.value.textValue.map { (pair.key.value.text, $0) } }
        ) { first, _ in first }
        families = TargetFamilies(
            targets: Dictionary(
                root.entries("families").map { ($0.key.value.text, $0.value.textValues) }
            ) { first, _ in first })
    }
}

extension Layout.PrefixChoice {
    fileprivate static func read(_ node: Node) -> [Self] {
        if let text = node.textValue { return [Self(releaseTypes: nil, template: LayoutTemplate(text))] }
        return node.elementNodes.compactMap { element in
            guard let path = element.member("path")?.textValue else { return nil }
            let types = element.member("when")?.member("release_type")?.textValues
            return Self(releaseTypes: types, template: LayoutTemplate(path))
        }
    }
}

extension Layout.RunArgument {
    fileprivate init(_ name: String, _ node: Node) {
        argument = OutputArgument(name, node)
        variable = node.member("env")?.textValue
        defaultValue = node.member("default")?.textValue
        identifiesRun = node.member("identifies_run")?.textValue == "true"
    }
}

extension OutputArgument {
    fileprivate init(_ name: String, _ node: Node) {
        let isPath = node.member("one_segment")?.textValue == "false"
        self.init(
            name: name, summary: node.member("description")?.textValue ?? "",
            kind: node.member("kind")?.textValue.flatMap { Kind(rawValue: $0) } ?? (isPath ? .path : .segment),
            legalValues: node.member("one_of")?.textValues, reserved: node.member("except")?.textValues ?? [],
            mayBeEmpty: node.member("may_be_empty")?.textValue == "true")
    }

    /// The argument with what one term alone says about it.
    fileprivate func of(_ term: Node) -> OutputArgument {
        let isOptional = term.member("may_be_empty")?.textValues.contains(name) == true
        let excluded = term.member("except")?.member(name)?.textValues ?? []
        guard isOptional || !excluded.isEmpty else { return self }
        return OutputArgument(
            name: name, summary: summary, kind: kind, legalValues: legalValues, reserved: reserved + excluded,
            mayBeEmpty: mayBeEmpty || isOptional)
    }
}

extension OutputTerm {
    fileprivate init?(_ name: String, _ node: Node, _ arguments: [String: OutputArgument]) {
        let directory = node.member("directory")?.textValue
        guard let path = directory ?? node.member("file")?.textValue else { return nil }
        self.init(
            name: name, kind: directory == nil ? .file : .directory, template: LayoutTemplate(path),
            summary: node.member("summary")?.textValue ?? "", inside: node.member("inside")?.textValues ?? [],
            arguments: arguments.mapValues { $0.of(node) })
        properties.retention = node.member("retain").map { RetentionChoice.read($0) } ?? []
        properties.storageClass = node.member("storage_class")?.textValue
        properties.cacheControl = node.member("cache_control")?.textValue
    }
}

extension OutputTerm.RetentionChoice {
    fileprivate static func read(_ node: Node) -> [Self] {
        if let retention = node.textValue.flatMap({ Retention($0) }) { return [Self(retention: retention)] }
        return node.elementNodes.compactMap { element in
            guard let retention = element.member("for")?.textValue.flatMap({ Retention($0) }) else { return nil }
            return Self(
                releaseTypes: element.member("when")?.member("release_type")?.textValues, retention: retention)
        }
    }
}

extension FileNaming {
    fileprivate init?(_ name: String, _ node: Node) {
        guard let pattern = node.member("pattern")?.textValue else { return nil }
        self.init(
            name: name, pattern: pattern, checksum: node.member("checksum")?.textValue,
            separatorsIn: node.member("separators_in")?.textValue, component: node.member("component")?.textValue,
            family: node.member("family")?.textValue,
            forAllFamilies: node.member("for_all_families")?.textValue)
    }
}

extension Node {
    fileprivate func member(_ key: String) -> Node? {
        guard case .mapping(let pairs) = content else { return nil }
        return pairs.first { $0.key.value.text == key }?.value
    }

    fileprivate func entries(_ key: String) -> [Pair] {
        if case .mapping(let pairs)? = member(key)?.content { pairs } else { [] }
    }

    fileprivate var elementNodes: [Node] {
        if case .sequence(let nodes) = content { nodes } else { [] }
    }

    fileprivate var textValue: String? {
        if case .scalar(let scalar) = content { scalar.text } else { nil }
    }

    /// The texts of a list, or of a scalar as a list of one.
    fileprivate var textValues: [String] {
        textValue.map { [$0] } ?? elementNodes.compactMap(\.textValue)
    }
}
