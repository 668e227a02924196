public import RunOutputs

/// An output of a run, by its logical name.
public struct RunOutput: Hashable, Sendable {
    /// The key below the run's prefix.
    public var path: ExactString
    /// The size in bytes.
    public var size: Int64
    /// The SHA-256 of the content in lower-case hexadecimal, where a receipt tells it.
    public var sha256: String?
    /// The entity tag without quotes, where there are any.
    public var etag: String?

    public init(path: ExactString, size: Int64, sha256: String? = nil, etag: String? = nil) {
        self.path = path
        self.size = size
        self.sha256 = sha256
        self.etag = etag
    }

    /// Whether another output has the same content; `nil` if that cannot be told.
    func isSame(as other: RunOutput) -> Bool? {
        if size != other.size { return false }
        if let sha256, let theirs = other.sha256 { return sha256 == theirs }
        guard let etag, let theirs = other.etag, !etag.isEmpty, !theirs.isEmpty else { return nil }
        if etag == theirs { return true }
        // The tags of objects in parts differ with the parts.
        return [etag, theirs].allSatisfy(\.isDigest) ? false : nil
    }
}

extension String {
    /// Whether an entity tag may be the MD5 of a content: 32 hexadecimal digits.
    fileprivate var isDigest: Bool {
        utf8.count == 32
            && utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
    }
}

/// What one run holds and another does not, by logical name.
public struct RunDifference: Hashable, Sendable {
    /// How an output differs.
    public enum Change: String, CaseIterable, Hashable, Sendable {
        /// Both runs hold it, with the same content.
        case same = "="
        /// Both runs hold it, with different contents.
        case changed = "~"
        /// Only the second run holds it.
        case added = "+"
        /// Only the first run holds it.
        case removed = "-"
        /// Both runs hold it in the same size, and nobody tells the contents.
        case unknown = "?"
    }

    public struct Entry: Hashable, Sendable {
        /// The key below the run's prefix.
        public var path: ExactString
        public var change: Change
        /// The size in the first run.
        public var old: Int64?
        /// The size in the second run.
        public var new: Int64?
    }

    /// The outputs of both runs, in the order of the bytes of their names.
    public let entries: [Entry]

    /// Compares.
    ///
    /// - Parameters:
    ///   - old: The outputs of the first run, in the order of the bytes of their names.
    ///   - new: Those of the second, in the same order.
    public init(from old: [RunOutput], to new: [RunOutput]) {
        var entries: [Entry] = []
        entries.reserveCapacity(max(old.count, new.count))
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if right == new.count || left < old.count && old[left].path < new[right].path {
                entries.append(Entry(path: old[left].path, change: .removed, old: old[left].size))
                left += 1
            } else if left == old.count || new[right].path < old[left].path {
                entries.append(Entry(path: new[right].path, change: .added, new: new[right].size))
                right += 1
            } else {
                let change: Change =
                    switch old[left].isSame(as: new[right]) {
                    case true?: .same
                    case false?: .changed
                    case nil: .unknown
                    }
                entries.append(
                    Entry(path: old[left].path, change: change, old: old[left].size, new: new[right].size))
                left += 1
                right += 1
            }
        }
        self.entries = entries
    }

    /// How many outputs differ in a way.
    public func count(of change: Change) -> Int { entries.count { $0.change == change } }

    /// Whether both runs hold the same.
    public var isEmpty: Bool { entries.allSatisfy { $0.change == .same } }

    /// The bytes of each run.
    var bytes: (old: Int64, new: Int64) {
        entries.reduce((0, 0)) { ($0.0 + ($1.old ?? 0), $0.1 + ($1.new ?? 0)) }
    }
}
