import FoundationEssentials

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
        dateTime = Date(timeIntervalSince1970: Double(rest < 0 ? seconds - 1 : seconds)).formatted(.iso8601)
        minute = String(dateTime.prefix(16)).replacing("T", with: " ")
    }
}
