/// A path of a layout, cut at its slashes: `logs/${artifact_group}`.
public struct LayoutTemplate: Hashable, Sendable {
    /// A part of a segment.
    public enum Piece: Hashable, Sendable {
        /// The text itself.
        case text(String)
        /// The value of the argument of this name.
        case argument(String)
    }

    /// The path as it was written.
    public let source: String
    /// The pieces of each segment, in order.
    public let segments: [[Piece]]

    /// Cuts a path; what is not a `${name}` is text.
    public init(_ source: String) {
        self.source = source
        segments = source.utf8.split(separator: UInt8(ascii: "/")).map { Self.pieces(of: Substring($0)) }
    }

    /// The arguments in the order of the path, also those that are named again.
    public var arguments: [String] {
        segments.joined().compactMap { if case .argument(let name) = $0 { name } else { nil } }
    }

    /// The text of the leading segments that hold no argument.
    var leadingText: [String] {
        var texts: [String] = []
        for segment in segments {
            guard segment.count == 1, case .text(let text) = segment[0] else { break }
            texts.append(text)
        }
        return texts
    }

    private static func pieces(of segment: Substring) -> [Piece] {
        var pieces: [Piece] = []
        var rest = segment
        while let open = rest.nextArgument, let close = rest.utf8[open...].firstIndex(of: UInt8(ascii: "}")) {
            if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
            pieces.append(.argument(String(rest[rest.utf8.index(open, offsetBy: 2)..<close])))
            rest = rest[rest.utf8.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        return pieces
    }
}

extension Substring {
    /// Where the first `${` is.
    ///
    /// `firstRange(of:)` would take twenty times as long.
    fileprivate var nextArgument: String.Index? {
        var rest = utf8
        while let dollar = rest.firstIndex(of: UInt8(ascii: "$")) {
            rest = rest[rest.index(after: dollar)...]
            if rest.first == UInt8(ascii: "{") { return dollar }
        }
        return nil
    }
}
