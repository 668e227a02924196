import ArgumentParser

/// The flags that tell for which GPUs artifacts are wanted.
struct FamilyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The GPU family whose artifacts are wanted besides the generic ones, those of its targets included. "
                + "(default: all families)", valueName: "family"))
    var artifactGroup: String?

    @Option(
        help: ArgumentHelp(
            "Further GPU targets or families whose artifacts are wanted, separated by commas.", valueName: "targets"))
    var amdgpuTargets: String?

    @Flag(help: "Select generic artifacts only.")
    var genericOnly = false

    @Flag(help: "Changes nothing: a family always means its targets too.")
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
