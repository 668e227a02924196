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
