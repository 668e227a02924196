/// A moment as GitHub writes it: `2025-11-11T16:18:48Z`.
///
/// The text is checked, has a fixed width and is always in UTC, so the order of texts is the order of moments.
public struct UTCTimestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The text, `YYYY-MM-DDTHH:MM:SSZ`.
    public let text: String

    /// Checks and wraps a text.
    ///
    /// - Parameter text: A date and time of the Gregorian calendar, `YYYY-MM-DDTHH:MM:SSZ`.
    /// - Throws: ``InvalidTimestamp`` if it is anything else: other zones, fractions of seconds, 30 February.
    public init(_ text: String) throws(InvalidTimestamp) {
        guard Self.isLegal(Array(text.utf8)) else { throw InvalidTimestamp(text: text) }
        self.text = text
    }

    /// The text.
    public var description: String { text }

    /// Orders from earlier to later.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.text < rhs.text }

    private static func isLegal(_ bytes: [UInt8]) -> Bool {
        let shape = Array("0000-00-00T00:00:00Z".utf8)
        guard bytes.count == shape.count else { return false }
        let hasShape = zip(bytes, shape).allSatisfy { byte, expected in
            expected == UInt8(ascii: "0") ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == expected
        }
        guard hasShape else { return false }

        func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } }
        let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
        guard (1...12).contains(month), (1...dayCount(year: year, month: month)).contains(day) else { return false }
        return number(11..<13) < 24 && number(14..<16) < 60 && number(17..<19) < 60
    }

    private static func dayCount(year: Int, month: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// A text that is no UTC timestamp.
public struct InvalidTimestamp: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text.
    public let text: String

    /// Names the text.
    public init(text: String) { self.text = text }

    /// The problem in words.
    public var description: String {
        "'\(text.escapingControlCharacters)' is not a date and time in UTC; expected YYYY-MM-DDTHH:MM:SSZ"
    }
}
