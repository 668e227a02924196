import MarkedYAML
import Testing

extension Node {
    /// Returns a node below this one: at each step an index counts the items, or the values of a mapping.
    func descendant(at path: [Int]) throws -> Node {
        var node = self
        for index in path {
            switch node.content {
            case .scalar: throw NoSuchNode()
            case .sequence(let items):
                try #require(items.indices.contains(index))
                node = items[index]
            case .mapping(let pairs):
                try #require(pairs.indices.contains(index))
                node = pairs[index].value
            }
        }
        return node
    }

    /// The scalar that this node is, if it is one.
    var scalar: Scalar? {
        guard case .scalar(let scalar) = content else { return nil }
        return scalar
    }
}

struct NoSuchNode: Error {}

extension SourceRange {
    /// `line:column-line:column`, which reads well in a table of cases.
    var short: String { "\(lowerBound.line):\(lowerBound.column)-\(upperBound.line):\(upperBound.column)" }
}

extension String {
    /// Reads the text as a document.
    func parsedAsYAML(limits: YAMLLimits = .standard) throws(YAMLSyntaxError) -> Node? {
        try Node.parse(Array(utf8), limits: limits)
    }
}
