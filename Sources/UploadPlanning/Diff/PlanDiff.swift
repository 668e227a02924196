import RunOutputs

/// What differs between two plans over the same files: which destinations appear, vanish, move or change.
public struct PlanDiff: Hashable, Sendable {
    public enum Change: Hashable, Sendable {
        /// The new plan uploads it, and the old one does not.
        case added(PlanSnapshot.Entry)
        /// The old plan uploads it, and the new one does not.
        case removed(PlanSnapshot.Entry)
        /// The same source goes to another key.
        case moved(old: PlanSnapshot.Entry, new: PlanSnapshot.Entry)
        /// The key stays, and what is stored there differs in these points.
        case changed(old: PlanSnapshot.Entry, new: PlanSnapshot.Entry, [Difference])

        /// The object after the change, or before it where there is none after.
        public var entry: PlanSnapshot.Entry {
            switch self {
            case .added(let entry), .removed(let entry): entry
            case .moved(_, let new), .changed(_, let new, _): new
            }
        }
    }

    /// One point in which an object differs.
    public struct Difference: Hashable, Sendable {
        /// What differs: `source`, `contents`, or the name of a property.
        public var name: String
        /// The old value; nil for none.
        public var old: String?
        /// The new value; nil for none.
        public var new: String?
    }

    /// The differences, sorted by rule in the order of their first key, and then by key.
    public var changes: [Change]
    /// How many objects are the same in both.
    public var unchanged: Int

    /// Compares two plans.
    ///
    /// - Parameters:
    ///   - old: The plan as it was.
    ///   - new: The plan as it is.
    public init(from old: PlanSnapshot, to new: PlanSnapshot) {
        let (counterparts, vanishedEntries) = Self.joinedByKey(old.entries, new.entries)
        var vanished = VanishedEntries(vanishedEntries, of: old.entries)
        unchanged = 0
        var after: [Change] = []
        for (entry, counterpart) in zip(new.entries, counterparts) {
            if let before = counterpart.map({ old.entries[$0] }) {
                let differences = before.differences(to: entry)
                if differences.isEmpty {
                    unchanged += 1
                } else {
                    after.append(.changed(old: before, new: entry, differences))
                }
            } else if let before = vanished.take(for: entry) {
                after.append(.moved(old: old.entries[before], new: entry))
            } else {
                after.append(.added(entry))
            }
        }
        changes = Self.grouped(after, vanished.rest.map { .removed(old.entries[$0]) })
    }

    /// Whether both plans upload the same.
    public var isEmpty: Bool { changes.isEmpty }

    /// Joins entries, which are sorted by key.
    ///
    /// - Returns: For each new entry the index of the old one with its key, and the indices of old ones without a new one.
    private static func joinedByKey(
        _ old: [PlanSnapshot.Entry], _ new: [PlanSnapshot.Entry]
    ) -> (counterparts: [Int?], vanished: [Int]) {
        var vanished: [Int] = []
        var index = 0
        let counterparts = new.map { entry -> Int? in
            while index < old.count, old[index].key < entry.key {
                vanished.append(index)
                index += 1
            }
            guard index < old.count, old[index].key == entry.key else { return nil }
            index += 1
            return index - 1
        }
        return (counterparts, vanished + Array(index..<old.count))
    }

    /// Merges two lists that are sorted by key, and gathers what belongs to one rule.
    private static func grouped(_ left: [Change], _ right: [Change]) -> [Change] {
        var indices: [String: Int] = [:]
        var groups: [[Change]] = []
        func add(_ change: Change) {
            let index = indices[change.entry.rule] ?? groups.count
            if index == groups.count {
                indices[change.entry.rule] = index
                groups.append([])
            }
            groups[index].append(change)
        }
        var rest = right[...]
        for change in left {
            while let first = rest.first, first.entry.key < change.entry.key {
                add(first)
                rest.removeFirst()
            }
            add(change)
        }
        rest.forEach(add)
        return groups.count == 1 ? groups[0] : Array(groups.joined())
    }
}

/// The objects that only the old plan uploads, by what they are made of.
private struct VanishedEntries {
    private struct Origin: Hashable {
        var source: ExactString
        /// What is made is the same if the same rule makes it.
        var maker: String?

        init(_ entry: PlanSnapshot.Entry) {
            source = entry.source
            maker = entry.isGenerated ? entry.rule : nil
        }
    }

    private let entries: [PlanSnapshot.Entry]
    private let vanished: [Int]
    private var isTaken: [Bool]
    /// The one behind that which was taken last.
    private var next = 0
    /// For each origin the first of those in `vanished`, and for each of them the next one of the same origin.
    private lazy var chains = Self.chains(of: vanished, entries)

    init(_ vanished: [Int], of entries: [PlanSnapshot.Entry]) {
        self.entries = entries
        self.vanished = vanished
        isTaken = Array(repeating: false, count: vanished.count)
    }

    private static func chains(
        of vanished: [Int], _ entries: [PlanSnapshot.Entry]
    ) -> (first: [Origin: Int], following: [Int?]) {
        var first: [Origin: Int] = [:]
        var following: [Int?] = Array(repeating: nil, count: vanished.count)
        for index in vanished.indices.reversed() {
            following[index] = first.updateValue(index, forKey: Origin(entries[vanished[index]]))
        }
        return (first, following)
    }

    /// The index of an object that has the same origin and was not taken yet.
    mutating func take(for entry: PlanSnapshot.Entry) -> Int? {
        let origin = Origin(entry)
        var index: Int?
        // Mostly a whole directory moves: then it is the next one, and nothing need be looked up.
        if next < vanished.count, !isTaken[next], Origin(entries[vanished[next]]) == origin {
            index = next
        } else {
            index = chains.first[origin]
            while let taken = index, isTaken[taken] { index = chains.following[taken] }
        }
        guard let index else { return nil }
        isTaken[index] = true
        next = index + 1
        return vanished[index]
    }

    var rest: [Int] { vanished.indices.filter { !isTaken[$0] }.map { vanished[$0] } }
}

extension PlanSnapshot.Entry {
    fileprivate func differences(to new: Self) -> [PlanDiff.Difference] {
        var differences: [PlanDiff.Difference] = []
        if source != new.source { differences.append(.init(name: "source", old: source.text, new: new.source.text)) }
        let (before, after) = (Set(contents), Set(new.contents))
        if before != after {
            let added = after.subtracting(before).sorted().map { "+\($0)" }
            let removed = before.subtracting(after).sorted().map { "-\($0)" }
            differences.append(
                .init(
                    name: "contents", old: removed.isEmpty ? nil : removed.joined(separator: " "),
                    new: added.isEmpty ? nil : added.joined(separator: " ")))
        }
        guard properties != new.properties else { return differences }
        var names: [String] = []
        for name in (properties + new.properties).map(\.name) where !names.contains(name) { names.append(name) }
        for name in names {
            let old = properties.first { $0.name == name }?.value
            let value = new.properties.first { $0.name == name }?.value
            if old != value { differences.append(.init(name: name, old: old, new: value)) }
        }
        return differences
    }
}
