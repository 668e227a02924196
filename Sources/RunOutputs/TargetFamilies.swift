/// Which targets each family means.
///
/// Runs name their artifacts by family (`avx-all`), by target (`avx2`), or both ways; people ask by either.
public struct TargetFamilies: Hashable, Sendable {
    /// The targets of each family.
    public let targets: [String: [String]]

    public init(targets: [String: [String]]) { self.targets = targets }

    /// The targets that a word means.
    ///
    /// - Parameter word: A family or a target; what follows a `:` is not looked at.
    /// - Returns: The family's targets; of another word, which is taken for a target, itself.
    public func targets(of word: String) -> Set<String> {
        let base = ArtifactName.base(of: word)
        return targets[base].map(Set.init) ?? [base]
    }

    /// Whether an artifact is for what a word means.
    ///
    /// - Parameters:
    ///   - artifact: The artifact.
    ///   - word: A family or a target. What follows a `:` is not looked at, in either.
    /// - Returns: `true` if it bears that name, or the name of one of the family's targets.
    public func isArtifact(_ artifact: ArtifactName, for word: String) -> Bool {
        artifact.baseFamily == ArtifactName.base(of: word) || targets(of: word).contains(artifact.baseFamily)
    }

    /// The words that no artifact is for.
    ///
    /// A word whose targets all belong to another family that has artifacts is not such a word: `avx2` beside
    /// `avx-all` names in the words of one run what another run names by family.
    ///
    /// - Parameters:
    ///   - words: Families and targets.
    ///   - artifacts: The artifacts of a run.
    /// - Returns: Those words, in their order.
    public func unmatched(_ words: [String], among artifacts: [ArtifactName]) -> [String] {
        let matched = words.filter { word in artifacts.contains { isArtifact($0, for: word) } }
        return words.filter { word in
            !matched.contains(word) && !matched.contains { targets(of: word).isSubset(of: targets(of: $0)) }
        }
    }
}
