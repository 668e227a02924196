import RunOutputs
import UploadExecution
import UploadPlanning

/// What a run must hold to be the one that is looked for.
struct ArtifactRequirements {
    /// Families or targets, each of which must have an artifact.
    ///
    /// One with a `:` stands for itself alone. Another one means its variants too, `gfx942:xnack+` for `gfx942`, and a
    /// family its targets.
    var groups: [String]
    /// Expressions, each of which must match an artifact.
    var patterns: [FilenameRegex]
    /// Which targets each family means.
    var families: TargetFamilies

    /// Whether any artifact will do.
    var isEmpty: Bool { groups.isEmpty && patterns.isEmpty }

    /// What is required, in words.
    var description: String {
        let parts = groups + patterns.map { "'\($0.text)'" }
        return parts.isEmpty ? "artifacts" : "artifacts for \(parts.joined(separator: ", "))"
    }

    /// Says what is missing.
    ///
    /// - Parameter artifacts: The artifacts of a run.
    /// - Returns: The reason why the run is not the one; `nil` if it is.
    func objection(to artifacts: [ArtifactName]) -> String? {
        guard !artifacts.isEmpty else { return "no artifacts" }
        let missing =
            groups.filter { group in !artifacts.contains { isArtifact($0, for: group) } }
            .map { "none for \($0.printable)" }
            + patterns.filter { pattern in !artifacts.contains { pattern.matches($0.filename) } }
            .map { "none that matches '\($0.text.printable)'" }
        return missing.isEmpty
            ? nil : "\(artifacts.count.counted("artifact")), but \(missing.joined(separator: " and "))"
    }

    private func isArtifact(_ artifact: ArtifactName, for group: String) -> Bool {
        if ArtifactName.base(of: group) != group { return artifact.targetFamily == group }
        return families.isArtifact(artifact, for: group)
    }
}
