/// Why a text is not a YAML document that this project accepts.
public struct YAMLSyntaxError: Error, Hashable, Sendable {
    /// What is wrong, in one line of lower case without a full stop.
    public var problem: String
    /// Where it is wrong.
    public var range: SourceRange
    /// A second place that explains the first, such as the start of the construct or the first of two equal keys.
    public var context: Context?

    /// A second place and what is there.
    public struct Context: Hashable, Sendable {
        /// What is there, in one line of lower case without a full stop.
        public var message: String
        /// Where it is.
        public var range: SourceRange
    }

    init(_ problem: String, at range: SourceRange, context: Context? = nil) {
        self.problem = problem
        self.range = range
        self.context = context
    }
}
