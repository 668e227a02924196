import MarkedYAML

/// Which targets each family of GPUs means: TheRock's own table, `Resources/gpu-families.json`.
///
/// Runs name their artifacts by family (`gfx94X-dcgpu`), by target (`gfx942`), or both ways; people ask by either.
public struct GPUFamilies: Hashable, Sendable {
    /// The targets of each family.
    public let targets: [String: [String]]

    /// Reads a table; `nil` if the text is something else.
    ///
    /// - Parameter bytes: JSON or YAML: `{"families": {"gfx94X-dcgpu": ["gfx942"]}}`, with anything else beside it.
    public init?(parsing bytes: some Collection<UInt8>) {
        guard let root = try? Node.parse(bytes), let members = root.members,
            let families = members.first(where: { $0.key.value.text == "families" })?.value.members
        else { return nil }
        var targets: [String: [String]] = [:]
        for family in families {
            guard case .sequence(let elements) = family.value.content else { return nil }
            targets[family.key.value.text] = elements.compactMap(\.scalarText)
        }
        self.targets = targets
    }

    /// The table that was reviewed with this version of the tool.
    public static let builtIn: GPUFamilies = {
        guard let table = GPUFamilies(parsing: PackageResources.gpu_families_json) else {
            preconditionFailure("the built-in table of GPU families cannot be read")
        }
        return table
    }()

    /// The targets that a word means.
    ///
    /// - Parameter word: A family or a target; what stands behind a `:` is not looked at.
    /// - Returns: The family's targets; of another word, which is taken for a target, itself.
    public func targets(of word: String) -> Set<String> {
        let base = ArtifactName.base(of: word)
        return targets[base].map(Set.init) ?? [base]
    }

    /// Whether an artifact is for what a word means.
    ///
    /// - Parameters:
    ///   - artifact: The artifact.
    ///   - word: A family or a target. What stands behind a `:` is not looked at, in either.
    /// - Returns: `true` if it bears that name, or the name of one of the family's targets.
    public func isArtifact(_ artifact: ArtifactName, for word: String) -> Bool {
        artifact.baseFamily == ArtifactName.base(of: word) || targets(of: word).contains(artifact.baseFamily)
    }

    /// The words that no artifact is for.
    ///
    /// A word whose targets all belong to another family that has artifacts is no such word: `gfx942` beside
    /// `gfx94X-dcgpu` names in the words of one run what another run names by family.
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

extension Node {
    fileprivate var members: [Pair]? {
        if case .mapping(let pairs) = content { pairs } else { nil }
    }

    fileprivate var scalarText: String? {
        if case .scalar(let scalar) = content { scalar.text } else { nil }
    }
}
