/// A known name that somebody probably meant.
struct NearestName: Hashable, Sendable {
    var name: String
    /// Whether one letter makes the difference, and no other name is as near.
    var isCertain: Bool
}

extension String {
    /// Returns the candidate that the author of this text probably meant, if one is close enough.
    package func nearest(in candidates: some Sequence<String>) -> String? { nearestName(in: candidates)?.name }

    /// Returns the candidate that the author of this text probably meant, and whether that is certain.
    ///
    /// Close is an edit distance of at most a third of the length; a text of one or two letters must differ in case
    /// only. Of equally near candidates the first one wins.
    func nearestName(in candidates: some Sequence<String>) -> NearestName? {
        let limit = count / 3
        let letters = Array(lowercased())
        var best: (name: String, distance: Int)?
        var isUnique = true
        for candidate in candidates where candidate != self && abs(candidate.count - count) <= limit {
            guard let distance = letters.editDistance(to: Array(candidate.lowercased()), limit: limit) else { continue }
            if distance < best?.distance ?? .max {
                best = (candidate, distance)
                isUnique = true
            } else if distance == best?.distance, candidate != best?.name {
                isUnique = false
            }
        }
        return best.map { NearestName(name: $0.name, isCertain: isUnique && $0.distance <= 1) }
    }

}

extension [Character] {
    /// The number of insertions, deletions, replacements and swaps of neighbours between two texts
    /// (optimal string alignment distance); `nil` if it is above the limit.
    fileprivate func editDistance(to other: [Character], limit: Int) -> Int? {
        let (left, right) = (self, other)
        var beforeLast: [Int] = []
        var last = [Int](0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let same = left[row] == right[column]
                var cost = Swift.min(last[column + 1] + 1, current[column] + 1, last[column] + (same ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = Swift.min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            // No row is less than the smaller of the two before it.
            guard current.contains(where: { $0 <= limit }) || last.contains(where: { $0 <= limit }) else { return nil }
            (beforeLast, last) = (last, current)
        }
        return last[right.count] <= limit ? last[right.count] : nil
    }
}
