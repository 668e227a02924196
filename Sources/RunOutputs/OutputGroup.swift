/// A kind of outputs as people ask for them: all places of a few terms.
public struct OutputGroup: Hashable, Sendable {
    /// The name as people type it.
    public let name: String
    /// What belongs to it, in one phrase.
    public let summary: String
    /// The names of its terms.
    public let terms: [String]
    /// How the file names of its outputs are read; `nil` if they mean nothing.
    public let naming: String?

    /// Joins terms.
    public init(name: String, summary: String = "", terms: [String], naming: String? = nil) {
        self.name = name
        self.summary = summary
        self.terms = terms
        self.naming = naming
    }
}

extension RunOutputRoot {
    /// Returns the prefixes that everything of a group lives below.
    ///
    /// - Parameter group: A group of this layout.
    /// - Returns: The prefixes of the group's terms up to their first argument, without a trailing slash and without
    ///   those that lie inside another.
    public func locations(of group: OutputGroup) -> [OutputLocation] {
        let paths = Set(group.terms.compactMap { layout.term(named: $0)?.template.leadingText }).sorted {
            $0.count < $1.count || $0.count == $1.count && $0.lexicographicallyPrecedes($1)
        }
        var widest: [[String]] = []
        for path in paths where !widest.contains(where: { path.starts(with: $0) }) { widest.append(path) }
        return widest.map {
            OutputLocation(bucket: bucket, key: ExactString(([prefix] + $0).joined(separator: "/")))
        }
    }

    /// Whether objects of a group lie directly in its places: then what lies deeper is something else.
    ///
    /// - Parameter group: A group of this layout.
    /// - Returns: `true` if its file names are read, and no term of it has an argument.
    public func isFlat(_ group: OutputGroup) -> Bool {
        group.naming != nil && group.terms.allSatisfy { layout.term(named: $0)?.parameters.isEmpty != false }
    }
}
