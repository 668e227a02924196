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
