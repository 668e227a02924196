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
