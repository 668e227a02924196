/// A node of a YAML document, with the place it was read from.
///
/// Scalars stay text: what `no`, `1.10` or `0755` mean is decided by the field that reads them.
public struct Node: Hashable, Sendable {
    /// What a node holds.
    public enum Content: Hashable, Sendable {
        /// A text.
        case scalar(Scalar)
        /// Nodes in order.
        case sequence([Node])
        /// Pairs in the order of the text. Keys are scalars and differ from each other.
        case mapping([Pair])
    }

    /// One entry of a mapping.
    public struct Pair: Hashable, Sendable {
        /// The key.
        public var key: Marked<Scalar>
        /// The value.
        public var value: Node
    }

    /// What the node holds.
    public var content: Content
    /// Where the node stands: for an alias, the place of the alias.
    public var range: SourceRange
    /// For an alias, where the anchored node stands; otherwise `nil`.
    public var anchorRange: SourceRange?
    /// The explicit tag, resolved (`tag:yaml.org,2002:int`), if one was written.
    public var tag: String?
}

/// A text in a YAML document, with the style it was written in.
public struct Scalar: Hashable, Sendable {
    /// How a scalar was written.
    public enum Style: Hashable, Sendable {
        /// Without quotes.
        case plain
        /// `'…'`
        case singleQuoted
        /// `"…"`
        case doubleQuoted
        /// A block that keeps line breaks: `|`.
        case literal
        /// A block that folds line breaks: `>`.
        case folded
    }

    /// The text after unescaping and folding.
    public var text: String
    /// How it was written.
    public var style: Style
    /// The characters in the file from the start to the end mark, quotes included.
    public var raw: Substring
}

extension Node {
    /// Makes a node of a mapping's key, so that keys can be read as values are.
    public init(key: Marked<Scalar>) {
        self.init(content: .scalar(key.value), range: key.range, anchorRange: nil, tag: nil)
    }
}

/// What a document may cost at most.
public struct YAMLLimits: Hashable, Sendable {
    /// The largest input, in bytes.
    public var byteCount: Int
    /// The deepest nesting of sequences and mappings, those that aliases repeat included.
    public var depth: Int
    /// The most nodes in a tree, counting those that aliases repeat.
    public var nodeCount: Int

    /// Makes limits, by default those of ``standard``.
    ///
    /// - Parameters:
    ///   - byteCount: The largest input, in bytes.
    ///   - depth: The deepest nesting of sequences and mappings.
    ///   - nodeCount: The most nodes in a tree.
    public init(byteCount: Int = 1 << 20, depth: Int = 64, nodeCount: Int = 100_000) {
        self.byteCount = byteCount
        self.depth = depth
        self.nodeCount = nodeCount
    }

    /// The limits for plans and policies.
    public static let standard = YAMLLimits()
}

extension Node {
    /// Reads the one document in a text.
    ///
    /// - Parameters:
    ///   - bytes: The file as it is on disk, in UTF-8.
    ///   - limits: What the document may cost at most.
    /// - Returns: The root, or `nil` if the text holds no document.
    /// - Throws: ``YAMLSyntaxError`` for the first problem: nothing after it can be trusted.
    public static func parse(
        _ bytes: some Collection<UInt8>, limits: YAMLLimits = .standard
    ) throws(YAMLSyntaxError) -> Node? {
        var composer = try NodeComposer(text: try SourceText.checked(bytes, limits: limits), limits: limits)
        return try composer.document()
    }
}
