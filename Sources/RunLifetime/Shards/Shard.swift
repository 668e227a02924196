/// One of so many parts into which the objects of a run are split, so that several jobs share a command's work.
///
/// An object belongs to the shard whose number is the remainder of its key's hash by the number of shards, plus one. The
/// hash is 64-bit FNV-1a (<http://www.isthe.com/chongo/tech/comp/fnv/>) of the key's bytes in UTF-8: it is the same in
/// every process and every version, so that the shards of one command can be run on different days.
public struct Shard: Hashable, Sendable {
    /// Which one, from 1.
    public let number: Int
    /// How many there are.
    public let count: Int

    /// The most shards: GitHub takes 256 jobs of a matrix, others more.
    public static let most = 10_000

    /// Reads `2/8`; `nil` for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]), "\(number)/\(count)" == text,
            (1...Self.most).contains(count), (1...count).contains(number)
        else { return nil }
        self.number = number
        self.count = count
    }

    /// `2/8`.
    public var text: String { "\(number)/\(count)" }

    /// What the name of a receipt of this shard ends with: `-2of8`.
    public var nameSuffix: String { "-\(number)of\(count)" }

    /// Whether an object belongs to this shard.
    ///
    /// - Parameter key: The whole key.
    /// - Returns: Whether it does: of all shards of a count, for exactly one.
    public func holds(_ key: String) -> Bool {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash % UInt64(count) == UInt64(number - 1)
    }
}

extension Shard {
    /// The shards of which a run lacks receipts, by the names of those that are there.
    ///
    /// - Parameter names: The names of receipts: `copy-2of8` says that there must be eight.
    /// - Returns: The names that are missing, sorted.
    public static func missing(besides names: [String]) -> [String] {
        var found: [String: (stem: String, count: Int, numbers: Set<Int>)] = [:]
        for name in names {
            guard let (stem, shard) = parse(name) else { continue }
            found["\(stem)/\(shard.count)", default: (stem, shard.count, [])].numbers.insert(shard.number)
        }
        return found.values.flatMap { stem, count, numbers in
            (1...count).filter { !numbers.contains($0) }.map { "\(stem)-\($0)of\(count)" }
        }.sorted()
    }

    private static func parse(_ name: String) -> (stem: String, shard: Shard)? {
        guard let dash = name.lastIndex(of: "-") else { return nil }
        let words = name[name.index(after: dash)...].split(separator: "of", omittingEmptySubsequences: false)
        guard words.count == 2, let shard = Shard("\(words[0])/\(words[1])"), dash > name.startIndex else { return nil }
        return (String(name[..<dash]), shard)
    }
}
