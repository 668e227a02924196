import ArgumentParser

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
