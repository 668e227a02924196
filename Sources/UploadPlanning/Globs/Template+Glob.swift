import MarkedYAML

extension Template {
    /// Reads the template as a pattern; the values of parameters stand for themselves in it.
    ///
    /// - Parameter value: Gives the value of a parameter.
    /// - Returns: The pattern.
    /// - Throws: ``InvalidPattern`` with a place in the scalar's text.
    func glob(_ value: (String) -> String?) throws(InvalidPattern) -> Glob {
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
        return try Glob(characters)
    }
}
