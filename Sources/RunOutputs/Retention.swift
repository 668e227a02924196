/// How long an object is kept: so many days from its upload, or until somebody removes it.
public enum Retention: Hashable, Sendable {
    /// The store removes it after so many days, if the bucket has the rule that `lifecycle` prints.
    case days(Int)
    /// Nothing of ours removes it.
    case forever

    /// The legal numbers of days: up to a hundred years.
    public static let legalDays = 1...36_500

    /// Reads `30d` or `forever`; `nil` for anything else, also for `030d`.
    public init?(_ text: String) {
        if text == "forever" {
            self = .forever
            return
        }
        guard text.utf8.last == UInt8(ascii: "d"), let days = Int(text.dropLast()), Self.legalDays.contains(days),
            "\(days)d" == text
        else { return nil }
        self = .days(days)
    }

    /// `30d` or `forever`.
    public var text: String {
        switch self {
        case .days(let days): "\(days)d"
        case .forever: "forever"
        }
    }

    /// Whether something removes the object one day.
    public var isLimited: Bool { self != .forever }

    /// Whether an object is kept longer than with another one.
    func isLonger(than other: Retention) -> Bool {
        switch (self, other) {
        case (.days(let days), .days(let others)): days > others
        case (.forever, .days): true
        case (_, .forever): false
        }
    }
}

/// The tags by which a bucket's lifecycle rules find objects: keys start with run ids, and filters have no wildcards.
///
/// Names that begin with ``prefix`` are the tool's own, and every other tag of an object is left as it is.
public enum RetentionTag {
    /// What the names begin with.
    public static let prefix = "therock:"
    /// The tag whose value says how long an object is kept: `30d`.
    public static let retain = "therock:retain"
    /// The tag of a pinned object, with the value that ``retain`` had: no lifecycle rule matches it.
    public static let pinned = "therock:pinned"

    /// The tags of a copy.
    ///
    /// - Parameters:
    ///   - tags: The source's tags.
    ///   - retention: How long the copy's place keeps objects; `nil` if it does not say.
    /// - Returns: Everybody else's tags, and ours for the copy's place: what a nightly's lifetime was says nothing of a
    ///   release.
    public static func copied(_ tags: [String: String], retention: Retention?) -> [String: String] {
        var copied = tags.filter { !$0.key.hasPrefix(prefix) }
        if case .days? = retention { copied[retain] = retention?.text }
        return copied
    }

    /// The tags of an object whose place says how long it is kept; a pinned one stays pinned.
    public static func placed(_ tags: [String: String], retention: Retention?) -> [String: String] {
        guard tags[pinned] == nil else { return tags }
        // What a batch job copied says `forever`, since such a job cannot take tags away.
        if retention?.isLimited != true, tags[retain] == Retention.forever.text { return tags }
        var placed = tags
        placed[retain] = nil
        if case .days? = retention { placed[retain] = retention?.text }
        return placed
    }

    /// The tags of the object when it is pinned: what nothing of ours removes stays as it is.
    public static func pinning(_ tags: [String: String]) -> [String: String] { renaming(retain, to: pinned, in: tags) }

    /// The tags of the object when it is no longer pinned: it is kept as long as before.
    public static func unpinning(_ tags: [String: String]) -> [String: String] {
        renaming(pinned, to: retain, in: tags)
    }

    private static func renaming(_ old: String, to new: String, in tags: [String: String]) -> [String: String] {
        guard let value = tags[old] else { return tags }
        var renamed = tags
        renamed[old] = nil
        renamed[new] = value
        return renamed
    }
}
