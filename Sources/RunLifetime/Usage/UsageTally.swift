public import RunOutputs

/// Counts the objects of a bucket by run, term and age, in one pass: what it keeps grows with the number of runs and terms
/// and not with that of objects.
public struct UsageTally: Sendable {
    public struct Run: Hashable, Sendable {
        /// The start of its keys, without a slash at the end.
        public var prefix: String
        /// The sum of each term; of no term under an empty name.
        public var terms: [String: UsageSum] = [:]
        /// The branch that it built, where its record says.
        public var branch: String?
        /// Whether its record says that it is complete; `nil` without a record.
        public var isComplete: Bool?
        /// Why it is pinned; `nil` if it is not.
        public var pinReason: String?
        /// Whether it has a record of its jobs' receipts.
        public var hasRecord = false
        /// Whether something says that it is or was pinned.
        public var hasPin = false

        /// All of it.
        public var sum: UsageSum { terms.values.reduce(into: UsageSum()) { $0.add($1) } }
    }

    /// Now, in seconds since 1970.
    public let now: Int64
    /// The runs by prefix.
    public var runs: [String: Run] = [:]
    /// What belongs to no run, by the first segment of the key.
    public private(set) var strays: [String: UsageSum] = [:]
    /// The sum of each age.
    public private(set) var ages: [UsageAge: UsageSum] = [:]
    /// Versions of objects that have newer ones, which only an inventory tells.
    public private(set) var noncurrent = UsageSum()

    private let layout: Layout
    private let prefixes: RunPrefixes
    private let receipts: String
    /// The run of the object before: listings are sorted.
    private var last = ""
    /// The directory of the object before, and the term of what lies there.
    private var lastDirectory: (path: Substring.UTF8View, term: String)?

    /// The most names under which strays are counted; what has other names is counted under ``others``.
    private static let mostStrays = 1000
    /// The name of all other strays.
    public static let others = "(others)"

    /// Starts with nothing.
    ///
    /// - Parameters:
    ///   - layout: Where outputs may live.
    ///   - receipts: The path of a run's receipts below its prefix.
    ///   - now: Now, in seconds since 1970.
    public init(_ layout: Layout, receipts: String, now: Int64) {
        self.layout = layout
        self.now = now
        self.receipts = receipts
        prefixes = RunPrefixes(layout)
    }

    /// Counts an object.
    ///
    /// - Parameters:
    ///   - key: The whole key.
    ///   - size: Its bytes.
    ///   - modified: When it was written, in seconds since 1970; `nil` if nobody says.
    ///   - isCurrent: Whether it is the current version of an object.
    public mutating func add(_ key: String, size: Int64, modified: Int64?, isCurrent: Bool = true) {
        guard isCurrent else { return noncurrent.add(size: size, modified: modified) }
        ages[UsageAge(of: modified, at: now), default: UsageSum()].add(size: size, modified: modified)
        if last.isEmpty || !key.utf8.starts(with: last.utf8) {
            guard let prefix = prefixes.prefix(of: key) else { return addStray(key, size, modified) }
            last = prefix + "/"
            if runs[prefix] == nil { runs[prefix] = Run(prefix: prefix) }
        }
        let path = String(decoding: key.utf8.dropFirst(last.utf8.count), as: UTF8.self)
        let prefix = String(last.dropLast())
        let term = term(of: path)
        var written = modified
        if path.utf8.starts(with: receipts.utf8) {
            if path == receipts + "/run.json" { runs[prefix]?.hasRecord = true }
            if path == receipts + "/pin.json" {
                runs[prefix]?.hasPin = true
                // A run does not become newer by being pinned.
                written = nil
            }
        }
        runs[prefix]?.terms[term, default: UsageSum()].add(size: size, modified: written)
    }

    /// The name of an object's term; empty for none.
    private mutating func term(of path: String) -> String {
        let end = path.utf8.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex
        let directory = path[..<end].utf8
        let name = end == path.startIndex ? path[...] : path[path.utf8.index(after: end)...]
        guard !directory.isEmpty, !name.isEmpty, layout.isOrdinary(name: name) else {
            return layout.term(ofPath: path)?.name ?? ""
        }
        if let lastDirectory, lastDirectory.path.elementsEqual(directory) { return lastDirectory.term }
        let term = layout.term(ofPath: path)?.name ?? ""
        lastDirectory = (directory, term)
        return term
    }

    private mutating func addStray(_ key: String, _ size: Int64, _ modified: Int64?) {
        let name = key.contains("/") ? key.prefix { $0 != "/" } + "/" : key[...]
        let known = strays[String(name)] != nil || strays.count < Self.mostStrays
        strays[known ? String(name) : Self.others, default: UsageSum()].add(size: size, modified: modified)
    }

    /// The sum of all terms of a name, of all runs.
    public var terms: [String: UsageSum] {
        runs.values.reduce(into: [:]) { sums, run in
            for (term, sum) in run.terms { sums[term, default: UsageSum()].add(sum) }
        }
    }

    /// The sum of each branch; of runs whose branch is not known under `nil`.
    public var branches: [String?: UsageSum] {
        runs.values.reduce(into: [:]) { sums, run in sums[run.branch, default: UsageSum()].add(run.sum) }
    }

    /// Everything but noncurrent versions.
    public var total: UsageSum {
        (runs.values.map(\.sum) + Array(strays.values)).reduce(into: UsageSum()) { $0.add($1) }
    }
}
