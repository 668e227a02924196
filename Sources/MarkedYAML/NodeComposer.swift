/// Builds the tree of one document from events.
struct NodeComposer {
    init(text: SourceText, limits: YAMLLimits) {}

    mutating func document() throws(YAMLSyntaxError) -> Node? { nil }
}
