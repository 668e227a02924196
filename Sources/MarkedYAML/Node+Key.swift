extension Node {
    /// Makes a node of a mapping's key, so that keys can be read as values are.
    public init(key: Marked<Scalar>) {
        self.init(content: .scalar(key.value), range: key.range, anchorRange: nil, tag: nil)
    }
}
