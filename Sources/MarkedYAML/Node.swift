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
