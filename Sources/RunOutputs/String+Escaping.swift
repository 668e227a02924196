extension String {
    /// The text with control characters spelled out, `\n` as `\u{A}`: safe to print on one line.
    ///
    /// Values come from outside, and a line of their own in a log could be taken for a command of the workflow.
    public var escapingControlCharacters: String {
        guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
        return unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control
                ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : String(scalar)
        }
        .joined()
    }
}
