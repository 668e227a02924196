/// Builds the tree of one document from events.
///
/// It keeps a stack of its own instead of recursing, so that no input can exhaust the real one, and it counts what
/// aliases repeat without repeating it: a tree shares the storage of an anchored node with all its aliases.
struct NodeComposer: ~Copyable {
    private let source: SourceText
    private let limits: YAMLLimits
    private let marks: MarkCorrector
    private var reader: EventReader

    private var documentStart: EventReader.Marks?
    private var root: ComposedNode?
    private var open: [OpenCollection] = []
    private var anchors = AnchorTable()
    private var nodeCount = 0

    init(text: SourceText, limits: YAMLLimits) throws(YAMLSyntaxError) {
        self.source = text
        self.limits = limits
        self.marks = MarkCorrector(text.text)
        self.reader = try EventReader(text.text)
    }

    /// Reads to the end of the text.
    ///
    /// - Returns: The root of the only document, or `nil` if there is none.
    /// - Throws: ``YAMLSyntaxError`` for the first problem.
    mutating func document() throws(YAMLSyntaxError) -> Node? {
        while true {
            let (event, place) = try nextEvent()
            switch event {
            case .streamStart, .documentEnd: break
            case .streamEnd: return root?.node
            case .documentStart: try startDocument(at: place)
            case .scalar(let text, let style, let anchor, let tag):
                let properties = NodeProperties(anchor: anchor, tag: tag)
                try addScalar(text, style: style, properties: properties, at: place)
            case .sequenceStart(let anchor, let tag):
                try startCollection(.sequence([]), properties: NodeProperties(anchor: anchor, tag: tag), at: place)
            case .mappingStart(let anchor, let tag):
                let mapping = OpenCollection.Kind.mapping(OpenMapping())
                try startCollection(mapping, properties: NodeProperties(anchor: anchor, tag: tag), at: place)
            case .sequenceEnd, .mappingEnd: try endCollection(at: place)
            case .alias(let name): try addAlias(to: name, at: place)
            }
        }
    }

    private mutating func nextEvent() throws(YAMLSyntaxError) -> (event: EventReader.Event, marks: EventReader.Marks) {
        do { return try reader.next() } catch { throw error.inOurWords(for: source) }
    }

    private mutating func startDocument(at place: EventReader.Marks) throws(YAMLSyntaxError) {
        if let first = root {
            let start = source.character(at: first.node.range.lowerBound)
            throw YAMLSyntaxError(
                "a second document starts here, and a file holds one; move it to a file of its own",
                at: place.range.isEmpty ? source.character(at: place.range.lowerBound) : place.range,
                context: .init(message: "the first document starts here", range: start))
        }
        documentStart = place
    }
}

// MARK: - Nodes

extension NodeComposer {
    private mutating func addScalar(
        _ text: String, style: Scalar.Style, properties: NodeProperties, at place: EventReader.Marks
    ) throws(YAMLSyntaxError) {
        var place = marks.withoutProperties(place, properties)
        if place.offsets.isEmpty && properties.isEmpty {
            if open.isEmpty { place = marks.ofMissingRoot(place, documentStart: documentStart) }
            if let key = open.last?.pendingKey { place = marks.ofMissingValue(place, key: key.place) }
        }
        let scalar = Scalar(text: text, style: style, raw: marks.codePoints[place.offsets])
        let node = Node(content: .scalar(scalar), range: place.range, tag: properties.tag)
        let composed = ComposedNode(node: node, place: place, nodeCount: 1, height: 0)
        if let anchor = properties.anchor { anchors.define(anchor, as: composed) }
        try attach(composed, adding: 1)
    }

    private mutating func startCollection(
        _ kind: OpenCollection.Kind, properties: NodeProperties, at place: EventReader.Marks
    ) throws(YAMLSyntaxError) {
        let place = marks.withoutProperties(place, properties)
        let start = source.character(at: place.range.lowerBound)
        if open.last?.expectsKey == true { throw .notAScalarKey(at: start) }
        guard open.count < limits.depth else { throw .tooDeep(limits, at: start) }
        try count(1, at: start)
        let definition = properties.anchor.map { anchors.open($0, at: start) }
        open.append(OpenCollection(kind: kind, start: place, anchor: definition, tag: properties.tag))
    }

    private mutating func endCollection(at place: EventReader.Marks) throws(YAMLSyntaxError) {
        guard let collection = open.popLast() else { return }
        let isFlow = marks.isFlowStart(collection.start)
        let composed = collection.closed(endsAt: isFlow ? place : nil)
        if let anchor = collection.anchor { anchors.close(anchor, as: composed) }
        try attach(composed, adding: 0)
    }

    private mutating func addAlias(to name: String, at place: EventReader.Marks) throws(YAMLSyntaxError) {
        let target = try anchors.target(of: name, at: place.range)
        guard open.count + target.height <= limits.depth else {
            throw .tooDeep(limits, at: place.range, anchoredAt: target.node.range)
        }
        var node = target.node
        node.anchorRange = target.node.range
        node.range = place.range
        if case .scalar(var scalar) = node.content {
            scalar.raw = marks.codePoints[place.offsets]
            node.content = .scalar(scalar)
        }
        let composed = ComposedNode(node: node, place: place, nodeCount: target.nodeCount, height: target.height)
        try attach(composed, adding: target.nodeCount)
    }

    /// Puts a finished node where it belongs: into the innermost open collection, or at the root.
    private mutating func attach(_ composed: ComposedNode, adding newNodes: Int) throws(YAMLSyntaxError) {
        try count(newNodes, at: composed.node.range)
        guard !open.isEmpty else {
            root = composed
            return
        }
        try open[open.count - 1].append(composed)
    }

    private mutating func count(_ newNodes: Int, at range: SourceRange) throws(YAMLSyntaxError) {
        nodeCount += newNodes
        guard nodeCount <= limits.nodeCount else { throw .tooManyNodes(limits, at: range) }
    }
}

/// The anchors of a document: a name may be defined again, and an alias means the last definition before it.
struct AnchorTable {
    struct Definition {
        fileprivate var name: String
        fileprivate var number: Int
    }

    private enum State {
        case open(SourceRange)
        case closed(ComposedNode)
    }

    private var last: [String: (number: Int, state: State)] = [:]
    private var count = 0

    /// Defines the anchor of a scalar.
    mutating func define(_ name: String, as node: ComposedNode) {
        count += 1
        last[name] = (count, .closed(node))
    }

    /// Starts the definition of a collection's anchor.
    mutating func open(_ name: String, at start: SourceRange) -> Definition {
        count += 1
        last[name] = (count, .open(start))
        return Definition(name: name, number: count)
    }

    /// Ends the definition of a collection's anchor, which does nothing if the name was defined again in between.
    mutating func close(_ definition: Definition, as node: ComposedNode) {
        guard last[definition.name]?.number == definition.number else { return }
        last[definition.name] = (definition.number, .closed(node))
    }

    /// Returns what an alias stands for.
    func target(of name: String, at range: SourceRange) throws(YAMLSyntaxError) -> ComposedNode {
        switch last[name]?.state {
        case .closed(let node): return node
        case .open(let start):
            throw YAMLSyntaxError(
                "alias '*\(name)' is inside the node that it repeats", at: range,
                context: .init(message: "'&\(name)' is on this node", range: start))
        case nil:
            throw YAMLSyntaxError(
                "alias '*\(name)' has no anchor; write '&\(name)' before the node to repeat, which must come first",
                at: range)
        }
    }
}

/// A finished node with what its parents need to know about it.
struct ComposedNode {
    var node: Node
    var place: EventReader.Marks
    /// The nodes in it, itself included, and those that aliases repeat.
    var nodeCount: Int
    /// How many collections are nested in it, itself included: 0 for a scalar.
    var height: Int
}

/// What can be written before a node.
struct NodeProperties {
    var anchor: String?
    var tag: String?

    var isEmpty: Bool { anchor == nil && tag == nil }
}

/// A mapping of which some entries are read.
struct OpenMapping {
    var pairs: [Node.Pair] = []
    var pendingKey: ComposedNode?
    var seen: [KeyBytes: SourceRange] = [:]
}

/// A sequence or a mapping whose end is not read yet.
struct OpenCollection {
    enum Kind {
        case sequence([Node])
        case mapping(OpenMapping)
    }

    private var kind: Kind
    let start: EventReader.Marks
    let anchor: AnchorTable.Definition?
    private let tag: String?
    private var end: EventReader.Marks
    private var nodeCount = 1
    private var childHeight = 0

    init(kind: Kind, start: EventReader.Marks, anchor: AnchorTable.Definition?, tag: String?) {
        self.kind = kind
        self.start = start
        self.anchor = anchor
        self.tag = tag
        self.end = start
    }

    /// The key whose value comes next.
    var pendingKey: ComposedNode? {
        guard case .mapping(let mapping) = kind else { return nil }
        return mapping.pendingKey
    }

    /// Whether the next node is a key.
    var expectsKey: Bool {
        guard case .mapping(let mapping) = kind else { return false }
        return mapping.pendingKey == nil
    }

    mutating func append(_ child: ComposedNode) throws(YAMLSyntaxError) {
        // Takes the content out while it changes: a copy of the array for each child would cost quadratic time.
        var kind = Kind.sequence([])
        swap(&kind, &self.kind)
        switch kind {
        case .sequence(var nodes):
            kind = .sequence([])
            nodes.append(child.node)
            self.kind = .sequence(nodes)
        case .mapping(var mapping):
            kind = .sequence([])
            try mapping.append(child)
            self.kind = .mapping(mapping)
        }
        end = child.place
        nodeCount += child.nodeCount
        childHeight = max(childHeight, child.height)
    }

    /// Makes the node.
    ///
    /// - Parameter endsAt: The closing bracket. Without one the node ends with its last child: libyaml's own mark is
    ///   where the next thing starts, lines later.
    /// - Returns: The node, with what its parent needs to know.
    consuming func closed(endsAt: EventReader.Marks?) -> ComposedNode {
        let last = endsAt ?? end
        let place = EventReader.Marks(
            range: start.range.lowerBound..<max(start.range.lowerBound, last.range.upperBound),
            offsets: start.offsets.lowerBound..<max(start.offsets.lowerBound, last.offsets.upperBound))
        let content: Node.Content =
            switch kind {
            case .sequence(let nodes): .sequence(nodes)
            case .mapping(let mapping): .mapping(mapping.pairs)
            }
        let node = Node(content: content, range: place.range, tag: tag)
        return ComposedNode(node: node, place: place, nodeCount: nodeCount, height: childHeight + 1)
    }
}

extension OpenMapping {
    fileprivate mutating func append(_ child: ComposedNode) throws(YAMLSyntaxError) {
        if let key = pendingKey, case .scalar(let scalar) = key.node.content {
            pairs.append(Node.Pair(key: Marked(scalar, at: key.node.range), value: child.node))
            pendingKey = nil
            return
        }
        let range = child.node.range
        guard case .scalar(let scalar) = child.node.content else { throw .notAScalarKey(at: range) }
        if child.isMergeKey(scalar) { throw .mergeKey(at: range) }
        if let first = seen.updateValue(range, forKey: KeyBytes(text: scalar.text)) {
            throw .repeatedKey(scalar.text, at: range, first: first)
        }
        pendingKey = child
    }
}

extension ComposedNode {
    fileprivate func isMergeKey(_ scalar: Scalar) -> Bool {
        node.tag == "tag:yaml.org,2002:merge" || (scalar.text == "<<" && scalar.style == .plain && node.tag == nil)
    }
}

/// A key as its bytes: Swift's strings are equal when they look alike, but two keys are one only when all bytes agree.
struct KeyBytes: Hashable {
    let text: String

    static func == (lhs: Self, rhs: Self) -> Bool { lhs.text.utf8.elementsEqual(rhs.text.utf8) }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { bytes in unsafe hasher.combine(bytes: UnsafeRawBufferPointer(bytes)) }
    }
}
