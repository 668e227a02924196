public import RunOutputs

extension OutputTerm {
    /// Finds a location by the names that people type.
    ///
    /// - Parameters:
    ///   - name: The term.
    ///   - arguments: Values by the name of the argument.
    ///   - root: Where the run's outputs live.
    /// - Returns: The location.
    /// - Throws: ``Diagnostic`` if a name is unknown or a value is missing or illegal, with the nearest name.
    public static func location(
        named name: String, _ arguments: [String: String], in root: RunOutputRoot
    ) throws(Diagnostic) -> OutputLocation {
        guard let term = OutputTerm(rawValue: name) else {
            let known = allCases.map(\.name)
            var unknown = Diagnostic(severity: .error, code: .unknownTerm, message: "unknown term '\(name)'", file: "")
            unknown.help = [
                name.nearest(in: known).map { "did you mean `\($0)`?" } ?? "terms are \(known.joined(separator: ", "))"
            ]
            throw unknown
        }
        let known = term.parameters.map(\.argument)
        var values: [OutputArgument: String] = [:]
        for (argument, value) in arguments.sorted(by: { $0.key < $1.key }) {
            guard let match = known.first(where: { $0.name == argument }) else {
                var superfluous = Diagnostic(
                    severity: .error, code: .superfluousArgument, message: "`\(name)` takes no argument '\(argument)'",
                    file: "")
                superfluous.help = [
                    known.isEmpty ? "it takes none" : "it takes \(known.map(\.name).joined(separator: ", "))"
                ]
                throw superfluous
            }
            values[match] = value
        }
        do {
            return try root.location(of: term, values)
        } catch {
            let code: DiagnosticCode = error.reason == .missing ? .missingArgument : .illegalArgument
            throw Diagnostic(severity: .error, code: code, message: "`\(name)`: \(error)", file: "")
        }
    }
}
