/// A place in a text: line and column, both counted from 1.
///
/// Columns count Unicode code points (as libyaml does), not bytes and not grapheme clusters.
public struct SourcePosition: Hashable, Comparable, Sendable {
    /// The line, from 1.
    public var line: Int
    /// The column in code points, from 1.
    public var column: Int

    /// Makes a position from a line and a column, both from 1.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Orders positions as they stand in the text.
    public static func < (lhs: Self, rhs: Self) -> Bool { (lhs.line, lhs.column) < (rhs.line, rhs.column) }
}

/// The part of a text from one position up to, but not including, another.
public typealias SourceRange = Range<SourcePosition>
