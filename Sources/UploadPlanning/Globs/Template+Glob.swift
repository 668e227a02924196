import MarkedYAML

extension Template {
    /// Reads the template as a pattern; the values of parameters stand for themselves in it.
    ///
    /// - Parameter value: Gives the value of a parameter.
    /// - Returns: The pattern.
    /// - Throws: ``InvalidPattern`` with a place in the scalar's text.
    func glob(_ value: (String) -> String?) throws(InvalidPattern) -> Glob { try Glob(characters(value)) }

    /// Reads the template as a pattern, and takes its braces apart.
    ///
    /// - Parameter value: Gives the value of a parameter.
    /// - Returns: One pattern without braces for each combination of their alternatives, with its text.
    /// - Throws: ``InvalidPattern`` with a place in the scalar's text.
    func globs(_ value: (String) -> String?) throws(InvalidPattern) -> [(text: String, glob: Glob)] {
        try Glob.each(characters(value))
    }

    private func characters(_ value: (String) -> String?) -> [Glob.Character] {
        var characters: [Glob.Character] = []
        var offset = 0
        for part in parts {
            switch part {
            case .text(let text):
                for scalar in text.unicodeScalars {
                    characters.append(.init(scalar: scalar, isLiteral: false, offset: offset))
                    offset += 1
                }
            case .reference(let name):
                for scalar in (value(name.value) ?? "").unicodeScalars {
                    characters.append(.init(scalar: scalar, isLiteral: true, offset: offset))
                }
                offset += name.value.unicodeScalars.count + 3  // `${` and `}`
            }
        }
        return characters
    }
}
