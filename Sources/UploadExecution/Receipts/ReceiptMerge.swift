import RunOutputs

/// Goes through the objects of many receipts in the order of their keys.
struct ReceiptMerge {
    /// One key, and which receipts name it.
    struct Group {
        var key: ExactString
        /// Places of receipts, and what each says.
        var claims: [(receipt: Int, claim: ReceiptTable.Claim)]
    }

    private let tables: [ReceiptTable]
    private var positions: [Int]
    /// A heap of receipts: the one with the least key is the first.
    private var heap: [Int] = []

    init(_ receipts: [RunReceipts.Receipt]) {
        tables = receipts.map(\.table)
        positions = Array(repeating: 0, count: tables.count)
        for index in tables.indices where tables[index].count > 0 {
            heap.append(index)
            siftUp(heap.count - 1)
        }
    }

    /// The next key; `nil` after the last one.
    var nextKey: ExactString? { heap.first.map { tables[$0].key(at: positions[$0]) } }

    /// Takes the next key with all that is said of it.
    mutating func next() -> Group? {
        guard let key = nextKey else { return nil }
        var group = Group(key: key, claims: [])
        while let first = heap.first, tables[first].key(at: positions[first]) == key {
            group.claims.append((first, tables[first].claim(at: positions[first])))
            positions[first] += 1
            if positions[first] == tables[first].count {
                heap[0] = heap[heap.count - 1]
                heap.removeLast()
            }
            siftDown()
        }
        return group
    }

    private func isLess(_ left: Int, _ right: Int) -> Bool {
        tables[left].isLess(positions[left], than: tables[right], positions[right])
    }

    private mutating func siftUp(_ index: Int) {
        var child = index
        while child > 0 {
            let parent = (child - 1) / 2
            guard isLess(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if isLess(heap[child], heap[least]) { least = child }
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
