extension String {
    /// Returns the candidate that the author of this text probably meant, if one is close enough.
    ///
    /// Close is an edit distance of at most a third of the length. Of equally near candidates the first one wins.
    func nearest(in candidates: some Sequence<String>) -> String? {
        let limit = max(1, count / 3)
        var best: (name: String, distance: Int)?
        for candidate in candidates where candidate != self && abs(candidate.count - count) <= limit {
            let distance = lowercased().editDistance(to: candidate.lowercased())
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// The number of insertions, deletions, replacements and swaps of neighbours between two texts
    /// (optimal string alignment distance).
    private func editDistance(to other: String) -> Int {
        let left = Array(self)
        let right = Array(other)
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
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
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
