public import RunOutputs

extension RunOutputRoot {
    /// Finds a location by the names that people type.
    ///
    /// - Parameters:
    ///   - name: The term.
    ///   - arguments: Values by the name of the argument.
    /// - Returns: The location, and what lives there.
    /// - Throws: ``Diagnostic`` if a name is unknown or a value is missing or illegal, with the nearest name.
    public func location(
        named name: String, _ arguments: [String: String]
    ) throws(Diagnostic) -> (location: OutputLocation, term: OutputTerm) {
        guard let term = layout.term(named: name) else {
            let known = layout.terms.map(\.name)
            var unknown = Diagnostic(severity: .error, code: .unknownTerm, message: "unknown term '\(name)'", file: "")
            unknown.help = [
                name.nearest(in: known).map { "did you mean `\($0)`?" } ?? "terms are \(known.joined(separator: ", "))"
            ]
            throw unknown
        }
        let known = term.parameters.map(\.name)
        for argument in arguments.keys.sorted() where !known.contains(argument) {
            var superfluous = Diagnostic(
                severity: .error, code: .superfluousArgument, message: "`\(name)` takes no argument '\(argument)'",
                file: "")
            superfluous.help = [known.isEmpty ? "it takes none" : "it takes \(known.joined(separator: ", "))"]
            throw superfluous
        }
        do {
            return (try location(of: term, arguments), term)
        } catch {
            let code: DiagnosticCode = error.reason == .missing ? .missingArgument : .illegalArgument
            throw Diagnostic(severity: .error, code: code, message: "`\(name)`: \(error)", file: "")
        }
    }
}
