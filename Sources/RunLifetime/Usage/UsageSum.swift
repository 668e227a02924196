import RunOutputs

/// How many objects there are of something, and how large and how old they are.
public struct UsageSum: Hashable, Sendable {
    /// The number of objects.
    public var objects = 0
    /// Their bytes.
    public var bytes: Int64 = 0
    /// When the newest was written, in seconds since 1970; `nil` if nobody says.
    public var newest: Int64?
    /// When the oldest was written, in seconds since 1970; `nil` if nobody says.
    public var oldest: Int64?

    /// Nothing.
    public init() {}

    /// Adds an object.
    ///
    /// - Parameters:
    ///   - size: Its bytes.
    ///   - modified: When it was written, in seconds since 1970.
    public mutating func add(size: Int64, modified: Int64?) {
        objects += 1
        bytes += size
        guard let modified else { return }
        newest = max(newest ?? modified, modified)
        oldest = min(oldest ?? modified, modified)
    }

    /// Adds what another sum counts.
    public mutating func add(_ other: UsageSum) {
        objects += other.objects
        bytes += other.bytes
        newest = [newest, other.newest].compactMap(\.self).max()
        oldest = [oldest, other.oldest].compactMap(\.self).min()
    }
}

/// How long ago objects were written.
public enum UsageAge: String, CaseIterable, Hashable, Sendable {
    case day = "up to a day"
    case week = "up to 7 days"
    case month = "up to 30 days"
    case quarter = "up to 90 days"
    case older = "older"
    case unknown

    /// The age of what was written at a moment.
    ///
    /// - Parameters:
    ///   - modified: The moment, in seconds since 1970; `nil` if nobody says.
    ///   - now: Now, in seconds since 1970.
    init(of modified: Int64?, at now: Int64) {
        guard let modified else {
            self = .unknown
            return
        }
        self =
            switch (now - modified) / UTCTimestamp.secondsOfDay {
            case ..<1: .day
            case ..<7: .week
            case ..<30: .month
            case ..<90: .quarter
            default: .older
            }
    }
}
