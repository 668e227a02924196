import Glibc

/// A moment as a date and time of day in UTC.
struct UTCTime: Hashable, Sendable {
    /// To the second, as machines read it: `2025-11-11T16:18:48Z`.
    let dateTime: String
    /// To the minute, as people read it: `2025-11-11 16:18`.
    let minute: String

    /// Finds the date of a moment.
    ///
    /// - Parameter nanoseconds: The moment; negative before 1970.
    init(nanosecondsSince1970 nanoseconds: Int64) {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        var moment = time_t(rest < 0 ? seconds - 1 : seconds)
        var parts = unsafe tm()
        // Cannot fail: 64 bits of nanoseconds reach from 1677 to 2262.
        unsafe gmtime_r(&moment, &parts)
        let (year, month, day) = unsafe (parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday)
        let (hour, minute, second) = unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec)
        let date = "\(year)-\(Self.twoDigits(month))-\(Self.twoDigits(day))"
        let time = "\(Self.twoDigits(hour)):\(Self.twoDigits(minute))"
        dateTime = "\(date)T\(time):\(Self.twoDigits(second))Z"
        self.minute = "\(date) \(time)"
    }

    private static func twoDigits(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
