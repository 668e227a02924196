import FoundationEssentials

extension Date {
    /// The time in UTC as signatures spell it: `20150830T123600Z`.
    var basicISO8601: String {
        let seconds = Int64(timeIntervalSince1970.rounded(.down))
        let (days, second) = seconds.flooredQuotientAndRemainder(dividingBy: 86_400)
        let (year, month, day) = Self.civil(daysSince1970: days)
        return [
            year.digits(4), month.digits(2), day.digits(2), "T",
            (second / 3600).digits(2), (second / 60 % 60).digits(2), (second % 60).digits(2), "Z",
        ].joined()
    }

    /// Reads `2015-08-30T12:36:00Z`, with or without a fraction, with `Z` or an offset such as `+00:00`.
    ///
    /// - Parameter text: The text as credential services spell it.
    init?(iso8601 text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count else { return nil }
            return Int64(String(decoding: bytes[range], as: UTF8.self))
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"), bytes[13] == UInt8(ascii: ":"),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var zone = bytes[19...]
        if zone.first == UInt8(ascii: ".") {
            zone = zone.dropFirst().drop { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        }
        var offset: Int64 = 0
        if zone.first == UInt8(ascii: "+") || zone.first == UInt8(ascii: "-") {
            let digits = zone.dropFirst().filter { $0 != UInt8(ascii: ":") }
            guard digits.count == 4, let value = Int64(String(decoding: digits, as: UTF8.self)) else { return nil }
            offset = (value / 100 * 60 + value % 100) * (zone.first == UInt8(ascii: "-") ? -60 : 60)
        } else if zone.elementsEqual("Z".utf8) == false {
            return nil
        }
        let days = Self.daysSince1970(year: year, month: month, day: day)
        self.init(timeIntervalSince1970: Double(days * 86_400 + hour * 3600 + minute * 60 + second - offset))
    }

    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT`, the one form in which servers write dates today.
    ///
    /// - Parameter text: The value of a header.
    init?(httpDate text: String) {
        let parts = text.split { " ,:".contains($0) }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 8, parts[7] == "GMT", let day = Int64(parts[1]),
            let month = months.firstIndex(of: String(parts[2])), let year = Int64(parts[3]),
            let hour = Int64(parts[4]), let minute = Int64(parts[5]), let second = Int64(parts[6])
        else { return nil }
        let days = Self.daysSince1970(year: year, month: Int64(month) + 1, day: day)
        self.init(timeIntervalSince1970: Double(days * 86_400 + hour * 3600 + minute * 60 + second))
    }

    // Both conversions: https://howardhinnant.github.io/date_algorithms.html, for years that start in March.
    private static func civil(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (days + 719_468).flooredQuotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let (era, yearOfEra) = (month <= 2 ? year - 1 : year).flooredQuotientAndRemainder(dividingBy: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

extension Int64 {
    fileprivate func flooredQuotientAndRemainder(dividingBy divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    fileprivate func digits(_ count: Int) -> String {
        let text = String(self)
        return String(repeating: "0", count: Swift.max(0, count - text.count)) + text
    }
}
