import ArgumentParser

/// The flags that tell for which GPUs artifacts are wanted.
struct FamilyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Select the artifacts of this GPU family and its targets, besides the generic ones. "
                + "(default: all families)", valueName: "family"))
    var artifactGroup: String?

    @Option(
        help: ArgumentHelp(
            "Select artifacts of further GPU targets or families too, separated by commas.", valueName: "targets"))
    var amdgpuTargets: String?

    @Flag(help: "Select generic artifacts only.")
    var genericOnly = false

    @Flag(help: "Has no effect: a family always includes its targets.")
    var expandFamilyToTargets = false

    func validate() throws {
        if genericOnly, artifactGroup != nil || amdgpuTargets != nil {
            throw ValidationError("--generic-only excludes --artifact-group and --amdgpu-targets")
        }
    }

    /// Families and targets in the order of the command line; none if all artifacts are wanted.
    var families: [String] {
        // Workflows hand empty inputs through.
        let group = artifactGroup.flatMap { $0.isEmpty ? nil : $0 }
        return [group].compactMap(\.self) + SelectionOptions.list(amdgpuTargets)
    }
}
