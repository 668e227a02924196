import ArgumentParser
import RunOutputs
import UploadExecution

/// A command that plans for a run.
protocol PlanningCommand: RunCommand {
    var options: PlanOptions { get }
}

/// The flags of every command that reads plans for a run, beside those about the run.
struct PlanOptions: ParsableArguments {
    @Argument(help: "The plan files.", completion: .file(extensions: ["yaml", "yml"]))
    var plans: [String]

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Set a parameter of the plans; may be repeated.", valueName: "name=value"),
        completion: .custom(PlanCompletion.parameters))
    var settings: [Setting] = []
}

/// One `--set name=value`, or one argument `name=value`.
struct Setting: ExpressibleByArgument, Hashable {
    var name: String
    var value: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else { return nil }
        name = String(argument[..<equals])
        value = String(argument[argument.index(after: equals)...])
    }
}

extension [Setting] {
    /// The settings by name; of several for one name the last one counts, as with other tools' flags.
    var values: [String: String] { Dictionary(map { ($0.name, $0.value) }) { $1 } }
}

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

    @Option(help: ArgumentHelp("Select these components only: lib,run,dev,dbg,doc,test.", valueName: "names"))
    var components: String?

    @Option(help: ArgumentHelp("Drop these components.", valueName: "names"))
    var excludeComponents: String?

    func validate() throws {
        for pattern in include + exclude {
            do { _ = try FilenameRegex(pattern) } catch { throw ValidationError("\(error)") }
        }
    }

    /// The selection that the flags ask for.
    ///
    /// - Parameter families: The flags that tell for which GPUs.
    /// - Returns: The selection.
    func selection(_ families: FamilyOptions) -> ArtifactSelection {
        var selection = ArtifactSelection()
        selection.include = include
        selection.exclude = exclude
        selection.families = families.families
        selection.isGenericOnly = families.genericOnly
        selection.components = Self.list(components)
        selection.excludedComponents = Self.list(excludeComponents)
        return selection
    }

    /// The words of a list.
    static func list(_ text: String?) -> [String] {
        (text ?? "").split { $0 == "," || $0 == ";" || $0 == " " }.map(String.init)
    }
}
