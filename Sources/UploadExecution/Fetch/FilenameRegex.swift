/// A regular expression for file names of artifacts, which may match anywhere in a name.
public struct FilenameRegex {
    /// The expression as it was written.
    public let text: String
    private let regex: Regex<AnyRegexOutput>

    /// Reads an expression.
    ///
    /// - Parameter text: The expression.
    /// - Throws: ``StoreError`` if it is none.
    public init(_ text: String) throws(StoreError) {
        self.text = text
        do {
            regex = try Regex(text)
        } catch {
            throw StoreError(
                .other, "'\(text)' is not a valid regular expression: \(error)",
                hint: "write a literal . as \\. and + as \\+")
        }
    }

    /// Whether a name matches.
    ///
    /// - Parameter filename: The file name.
    /// - Returns: `true` if the expression matches some part of it.
    public func matches(_ filename: String) -> Bool { filename.contains(regex) }
}
