import RunOutputs

/// What differs between two plans over the same files: which destinations appear, vanish, move or change.
public struct PlanDiff: Hashable, Sendable {
    /// One difference.
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
        let oldKeys = Dictionary(old.entries.map { ($0.key, $0) }) { first, _ in first }
        let newKeys = Dictionary(new.entries.map { ($0.key, $0) }) { first, _ in first }
        var vanished = VanishedEntries(old.entries.filter { newKeys[$0.key] == nil })
        var changes: [Change] = []
        unchanged = 0
        for entry in new.entries {
            if let before = oldKeys[entry.key] {
                let differences = before.differences(to: entry)
                if differences.isEmpty {
                    unchanged += 1
                } else {
                    changes.append(.changed(old: before, new: entry, differences))
                }
            } else if let before = vanished.take(for: entry) {
                changes.append(.moved(old: before, new: entry))
            } else {
                changes.append(.added(entry))
            }
        }
        changes += vanished.rest.map { .removed($0) }
        self.changes = Self.grouped(changes)
    }

    /// Whether both plans upload the same.
    public var isEmpty: Bool { changes.isEmpty }

    private static func grouped(_ changes: [Change]) -> [Change] {
        let byKey = changes.sorted { $0.entry.key < $1.entry.key }
        var places: [String: Int] = [:]
        for change in byKey where places[change.entry.rule] == nil { places[change.entry.rule] = places.count }
        return byKey.sorted { left, right in
            let (leftPlace, rightPlace) = (places[left.entry.rule] ?? 0, places[right.entry.rule] ?? 0)
            return leftPlace == rightPlace ? left.entry.key < right.entry.key : leftPlace < rightPlace
        }
    }
}

/// The objects that only the old plan uploads, by what they are made of.
private struct VanishedEntries {
    private struct Origin: Hashable {
        var source: ExactString
        /// What is made is the same if the same rule makes it.
        var maker: String?
    }

    private var entries: [PlanSnapshot.Entry]
    private var places: [Origin: [Int]] = [:]
    private var taken: Set<Int> = []

    init(_ entries: [PlanSnapshot.Entry]) {
        self.entries = entries
        for index in entries.indices.reversed() { places[Self.origin(entries[index]), default: []].append(index) }
    }

    mutating func take(for entry: PlanSnapshot.Entry) -> PlanSnapshot.Entry? {
        guard let index = places[Self.origin(entry)]?.popLast() else { return nil }
        taken.insert(index)
        return entries[index]
    }

    var rest: [PlanSnapshot.Entry] { entries.indices.filter { !taken.contains($0) }.map { entries[$0] } }

    private static func origin(_ entry: PlanSnapshot.Entry) -> Origin {
        Origin(source: entry.source, maker: entry.isGenerated ? entry.rule : nil)
    }
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
