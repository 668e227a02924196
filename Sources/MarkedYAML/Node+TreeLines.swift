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
