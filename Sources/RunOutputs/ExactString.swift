/// A text that is compared, sorted and hashed by its UTF-8 bytes.
///
/// Swift's `String` compares by canonical equivalence: `"e\u{301}" == "\u{e9}"`. To a file system and to S3 these are
/// two names, so paths and keys are of this type.
public struct ExactString: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The text itself.
    public let text: String

    /// Wraps a text.
    public init(_ text: String) {
        var text = text
        text.makeContiguousUTF8()
        self.text = text
    }

    /// Wraps a literal.
    public init(stringLiteral value: String) { self.init(value) }

    /// The text itself.
    public var description: String { text }

    /// Whether both have the same bytes.
    public static func == (lhs: Self, rhs: Self) -> Bool {
        guard lhs.text.utf8.count == rhs.text.utf8.count else { return false }
        return lhs.text.utf8.elementsEqual(rhs.text.utf8)
    }

    /// Orders by bytes, as S3 orders its listings.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.text.utf8.lexicographicallyPrecedes(rhs.text.utf8) }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { bytes in unsafe hasher.combine(bytes: UnsafeRawBufferPointer(bytes)) }
    }
}
