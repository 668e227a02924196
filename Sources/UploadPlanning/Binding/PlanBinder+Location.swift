import MarkedYAML
import RunOutputs

extension PlanBinder {
    /// Computes where a destination lives.
    ///
    /// - Parameters:
    ///   - destination: The term and what the plan gives to it.
    ///   - fileName: The name that the source itself has, for terms whose `filename` is not given.
    /// - Returns: The location, or `nil` after a value was reported.
    mutating func location(_ destination: Destination, fileName: String?) -> OutputLocation? {
        var arguments: [String: String] = [:]
        for argument in destination.term.value.parameters {
            if let given = destination.arguments.first(where: { $0.argument.value == argument }) {
                arguments[argument.name] = text(given.value)
            } else if argument.kind == .filename, let fileName {
                arguments[argument.name] = fileName
            } else {
                arguments[argument.name] = values[argument.name]
            }
        }
        do {
            return try root.location(of: destination.term.value, arguments)
        } catch {
            report(error, destination)
            return nil
        }
    }

    private mutating func report(_ error: OutputTerm.InvalidArgument, _ destination: Destination) {
        let name = error.argument.name
        let given = destination.arguments.first { $0.argument.value == error.argument }
        let range = given?.value.range ?? destination.term.range
        let parameter = plan.parameters.first { parameter in
            given.map { $0.value.references.contains { $0.value == parameter.name.value } }
                ?? (parameter.name.value == name)
        }
        switch error.reason {
        case .missing:
            log.error(.missingArgument, "`\(destination.term.value.name)` needs `\(name)`", at: range)
        case .illegal(_, .empty):
            log.error(.emptyValue, "`\(name)` is empty, and `\(destination.term.value.name)` needs it", at: range) {
                $0.tell(whereFrom: parameter)
            }
        case .illegal(let value, let rule):
            log.error(.illegalPathValue, "`\(name)` is '\(value)', which \(rule)", at: range) {
                $0.tell(whereFrom: parameter)
                $0.help.append(Destination.rulesOfKeys)
            }
        }
    }
}

extension Diagnostic {
    /// Points at the parameter that a value came from, and says how to give another.
    fileprivate mutating func tell(whereFrom parameter: PlanParameter?) {
        guard let parameter else { return }
        note("the value comes from this parameter", at: parameter.name.range)
        let setting = "pass another `--set \(parameter.name.value)=…`"
        help.append(parameter.environmentVariable.map { "\(setting), or correct \($0.value)" } ?? setting)
    }
}
