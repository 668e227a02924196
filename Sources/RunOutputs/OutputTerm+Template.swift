extension OutputTerm {
    /// One argument of a term.
    public struct Parameter: Hashable, Sendable {
        /// Which argument.
        public let argument: OutputArgument
        /// Whether an empty value is legal: its segment is then left out of the path.
        public let mayBeEmpty: Bool
    }
}

extension OutputTerm.Definition {
    enum Piece: Hashable, Sendable {
        case text(String)
        case parameter(OutputTerm.Parameter)
    }

    struct Segment: Hashable, Sendable {
        var pieces: [Piece]
    }

    /// The template, cut at its slashes.
    var segments: [Segment] {
        template.split(separator: "/").map { Segment(pieces: Self.pieces(of: $0)) }
    }

    private static func pieces(of segment: Substring) -> [Piece] {
        var pieces: [Piece] = []
        var rest = segment
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
            let name = rest[rest.index(after: open)..<close]
            let mayBeEmpty = name.hasSuffix("?")
            guard let argument = OutputArgument(rawValue: String(mayBeEmpty ? name.dropLast() : name)) else {
                preconditionFailure("the vocabulary names an unknown argument: \(name)")
            }
            pieces.append(.parameter(.init(argument: argument, mayBeEmpty: mayBeEmpty)))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        return pieces
    }
}
