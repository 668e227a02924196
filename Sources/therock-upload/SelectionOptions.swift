import ArgumentParser
import RunOutputs
import UploadExecution

/// The flags that select artifacts of a run.
struct SelectionOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Regular expressions, searched for in file names: an artifact that matches one is selected. (default: all)",
            valueName: "include"))
    var include: [String] = []

    @Option(
        help: ArgumentHelp("Drop artifacts that match this regular expression; may be repeated.", valueName: "regex"))
    var exclude: [String] = []

    @Option(
        help: ArgumentHelp(
            "The family whose artifacts are wanted besides the generic ones. (default: all families)",
            valueName: "family"))
    var artifactGroup: String?

    @Option(
        help: ArgumentHelp(
            "GPU targets whose artifacts are wanted besides the generic ones, separated by commas.",
            valueName: "targets"))
    var amdgpuTargets: String?

    @Flag(help: "Select generic artifacts only.")
    var genericOnly = false

    @Option(help: ArgumentHelp("Select these components only: lib,run,dev,dbg,doc,test.", valueName: "names"))
    var components: String?

    @Option(help: ArgumentHelp("Drop these components.", valueName: "names"))
    var excludeComponents: String?

    func validate() throws {
        if genericOnly, artifactGroup != nil || amdgpuTargets != nil {
            throw ValidationError("--generic-only excludes --artifact-group and --amdgpu-targets")
        }
        for pattern in include + exclude {
            do { _ = try NamePattern(pattern) } catch { throw ValidationError("\(error)") }
        }
    }

    /// The selection that the flags ask for.
    var selection: ArtifactSelection {
        var selection = ArtifactSelection()
        selection.include = include
        selection.exclude = exclude
        // Workflows hand empty inputs through.
        selection.artifactGroup = artifactGroup.flatMap { $0.isEmpty ? nil : $0 }
        selection.targets = Self.list(amdgpuTargets)
        selection.isGenericOnly = genericOnly
        selection.components = Self.list(components)
        selection.excludedComponents = Self.list(excludeComponents)
        return selection
    }

    private static func list(_ text: String?) -> [String] {
        (text ?? "").split { $0 == "," || $0 == ";" || $0 == " " }.map(String.init)
    }
}
