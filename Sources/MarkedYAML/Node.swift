/// A node of a YAML document, with the place it was read from.
///
/// Scalars stay text: what `no`, `1.10` or `0755` mean is decided by the field that reads them.
public struct Node: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        case scalar(Scalar)
        /// Nodes in order.
        case sequence([Node])
        /// Pairs in the order of the text. Keys are scalars and differ from each other.
        case mapping([Pair])
    }

    public struct Pair: Hashable, Sendable {
        public var key: Marked<Scalar>
        public var value: Node
    }

    public var content: Content
    /// Where the node is: for an alias, the place of the alias.
    public var range: SourceRange
    /// For an alias, where the anchored node is; otherwise `nil`.
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

extension Node {
    /// The tree as lines, which are read many times as fast as YAML.
    ///
    /// `{` and `}` are around keys and values, `[` and `]` around a list, and `=` is before a text. Places and styles are
    /// not in them; `nil` if a text has a line break.
    public var treeLines: String? {
        switch content {
        case .scalar(let scalar): return scalar.text.utf8.contains(UInt8(ascii: "\n")) ? nil : "=\(scalar.text)\n"
        case .sequence(let nodes):
            let lines = nodes.map(\.treeLines)
            return lines.contains(nil) ? nil : "[\n" + lines.compactMap(\.self).joined() + "]\n"
        case .mapping(let pairs):
            let lines = pairs.flatMap { [Node(key: $0.key).treeLines, $0.value.treeLines] }
            return lines.contains(nil) ? nil : "{\n" + lines.compactMap(\.self).joined() + "}\n"
        }
    }

    /// Reads what ``treeLines`` gave.
    ///
    /// The depth is not limited: the lines are those of files that are built in.
    ///
    /// - Parameter bytes: The lines.
    public init?(treeLines bytes: [UInt8]) {
        var lines = bytes[...]
        guard let node = Self(nextOf: &lines), lines.isEmpty else { return nil }
        self = node
    }

    private init?(nextOf lines: inout ArraySlice<UInt8>) {
        let start = SourcePosition(line: 1, column: 1)
        func node(_ content: Content) -> Node { Node(content: content, range: start..<start) }
        guard let end = lines.firstIndex(of: UInt8(ascii: "\n")), let first = lines.first else { return nil }
        let text = lines[..<end].dropFirst()
        lines = lines[(end + 1)...]
        switch first {
        case UInt8(ascii: "="):
            self = node(.scalar(Scalar(text: String(decoding: text, as: UTF8.self), style: .plain, raw: "")))
        case UInt8(ascii: "["):
            var nodes: [Node] = []
            while lines.first != UInt8(ascii: "]") {
                guard let next = Self(nextOf: &lines) else { return nil }
                nodes.append(next)
            }
            lines = lines.dropFirst(2)
            self = node(.sequence(nodes))
        case UInt8(ascii: "{"):
            var pairs: [Pair] = []
            while lines.first != UInt8(ascii: "}") {
                guard case .scalar(let key)? = Self(nextOf: &lines)?.content, let value = Self(nextOf: &lines) else {
                    return nil
                }
                pairs.append(Pair(key: Marked(key, at: start..<start), value: value))
            }
            lines = lines.dropFirst(2)
            self = node(.mapping(pairs))
        default: return nil
        }
    }
}

/// A value together with the place in the text that it was read from.
public struct Marked<Value> {
    /// What was read.
    public var value: Value
    public var range: SourceRange

    /// Joins a value with its place.
    public init(_ value: Value, at range: SourceRange) {
        self.value = value
        self.range = range
    }

    /// Returns another value at the same place.
    public func map<Other>(_ transform: (Value) -> Other) -> Marked<Other> {
        Marked<Other>(transform(value), at: range)
    }
}

extension Marked: Sendable where Value: Sendable {}
extension Marked: Equatable where Value: Equatable {}
extension Marked: Hashable where Value: Hashable {}

/// A place in a text: line and column, both counted from 1.
///
/// Columns count Unicode code points (as libyaml does), not bytes and not grapheme clusters.
public struct SourcePosition: Hashable, Comparable, Sendable {
    /// The line, from 1.
    public var line: Int
    /// The column in code points, from 1.
    public var column: Int

    /// Makes a position from a line and a column, both from 1.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Orders positions as they come in the text.
    public static func < (lhs: Self, rhs: Self) -> Bool { (lhs.line, lhs.column) < (rhs.line, rhs.column) }
}

/// The part of a text from one position up to, but not including, another.
public typealias SourceRange = Range<SourcePosition>
