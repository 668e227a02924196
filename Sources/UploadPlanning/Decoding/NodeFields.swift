import MarkedYAML

/// Reading a tree that the shape checker has looked at: what does not fit was reported there and is skipped here.
extension Node {
    /// The value of a key of a mapping.
    subscript(key: String) -> Node? {
        pairs.first { $0.key.value.text == key }?.value
    }

    /// The entries of a mapping; none of anything else.
    var pairs: [Pair] {
        if case .mapping(let pairs) = content { pairs } else { [] }
    }

    /// The elements of a list; none of anything else.
    var elements: [Node] {
        if case .sequence(let nodes) = content { nodes } else { [] }
    }

    /// A scalar with its place.
    var scalar: Marked<Scalar>? {
        if case .scalar(let scalar) = content { Marked(scalar, at: range) } else { nil }
    }

    /// The text of a scalar with its place.
    var text: Marked<String>? { scalar?.map(\.text) }

    /// The texts of a list, or of a scalar as a list of one.
    var texts: [Marked<String>] {
        text.map { [$0] } ?? elements.compactMap(\.text)
    }

    /// Whether the scalar is `true`.
    var isTrue: Bool { text?.value == "true" }
}

/// Reads a file and compares it with its shape.
///
/// - Returns: The tree, if the text is YAML at all, and every difference from the shape.
func readMapping(
    _ bytes: some Collection<UInt8>, _ shape: Shape, file: String, what: String, runValueNames: [String] = []
) -> (root: Node?, log: DiagnosticLog) {
    var log = DiagnosticLog(file: file)
    do {
        guard let root = try Node.parse(bytes) else {
            let start = SourcePosition(line: 1, column: 1)
            log.error(.syntax, "the file is empty, and \(what) is expected", at: start..<start)
            return (nil, log)
        }
        var checker = ShapeChecker(log: log, runValueNames: runValueNames)
        checker.check(root, shape, what)
        return (root, checker.log)
    } catch {
        log.error(.syntax, error.problem, at: error.range) { diagnostic in
            if let context = error.context { diagnostic.note(context.message, at: context.range) }
        }
        return (nil, log)
    }
}
