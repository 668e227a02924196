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

/// A text that is not a UTC timestamp.
public struct InvalidTimestamp: Error, Equatable, Sendable, CustomStringConvertible {
    public let text: String

    public init(text: String) { self.text = text }

    public var description: String {
        "'\(text.escapingControlCharacters)' is not a date and time in UTC; expected YYYY-MM-DDTHH:MM:SSZ"
    }
}

extension UTCTimestamp {
    /// The moment in seconds since 1970; negative before.
    public var secondsSince1970: Int64 {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64 { bytes[range].reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) } }
        let days = Self.days(year: number(0..<4), month: number(5..<7), day: number(8..<10))
        return days * Self.secondsOfDay + number(11..<13) * 3600 + number(14..<16) * 60 + number(17..<19)
    }

    /// The date of a moment, as `2025-11-11`.
    ///
    /// - Parameter seconds: The moment in seconds since 1970; negative before.
    /// - Returns: The day in UTC.
    public static func date(secondsSince1970 seconds: Int64) -> String {
        let day = seconds / secondsOfDay - (seconds % secondsOfDay < 0 ? 1 : 0)
        // The inverse of ``days(year:month:day:)``.
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1, 2))"
    }

    /// The seconds of a day: there are no leap seconds in this count.
    public static let secondsOfDay: Int64 = 86_400

    /// The days since 1970-01-01 in the Gregorian calendar, counted in years that begin in March
    /// (<https://howardhinnant.github.io/date_algorithms.html>).
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
