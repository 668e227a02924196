/// The anchors of a document: a name may be defined again, and an alias means the last definition before it.
struct AnchorTable {
    /// One definition of a name.
    struct Definition {
        fileprivate var name: String
        fileprivate var number: Int
    }

    private enum State {
        case open(SourceRange)
        case closed(ComposedNode)
    }

    private var last: [String: (number: Int, state: State)] = [:]
    private var count = 0

    /// Defines the anchor of a scalar.
    mutating func define(_ name: String, as node: ComposedNode) {
        count += 1
        last[name] = (count, .closed(node))
    }

    /// Starts the definition of a collection's anchor.
    mutating func open(_ name: String, at start: SourceRange) -> Definition {
        count += 1
        last[name] = (count, .open(start))
        return Definition(name: name, number: count)
    }

    /// Ends the definition of a collection's anchor, which does nothing if the name was defined again in between.
    mutating func close(_ definition: Definition, as node: ComposedNode) {
        guard last[definition.name]?.number == definition.number else { return }
        last[definition.name] = (definition.number, .closed(node))
    }

    /// Returns what an alias stands for.
    func target(of name: String, at range: SourceRange) throws(YAMLSyntaxError) -> ComposedNode {
        switch last[name]?.state {
        case .closed(let node): return node
        case .open(let start):
            throw YAMLSyntaxError(
                "alias '*\(name)' is inside the node that it repeats", at: range,
                context: .init(message: "'&\(name)' is on this node", range: start))
        case nil:
            throw YAMLSyntaxError(
                "alias '*\(name)' has no anchor; write '&\(name)' before the node to repeat, which must come first",
                at: range)
        }
    }
}
