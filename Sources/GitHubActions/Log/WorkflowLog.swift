import UploadPlanning

/// What a log of GitHub Actions is made of, besides annotations.
public enum WorkflowLog {
    /// Whether this process is a step of a job of GitHub Actions.
    ///
    /// - Parameter environment: The environment: `GITHUB_ACTIONS` is read.
    /// - Returns: Whether commands and annotations have a reader.
    public static func isRead(in environment: [String: String]) -> Bool { environment["GITHUB_ACTIONS"] == "true" }

    /// The line after which lines are folded under a title, up to ``endOfGroup``.
    ///
    /// - Parameter title: The title.
    /// - Returns: The line with its line break.
    public static func beginningOfGroup(_ title: String) -> String {
        WorkflowCommand(name: "group", message: title.printable).line
    }

    /// The line that ends a group, with its line break.
    ///
    /// Groups do not nest.
    public static let endOfGroup = WorkflowCommand(name: "endgroup").line

    /// Text that the runner does not take for commands, however it is made.
    ///
    /// Names of files and messages of other programs end up in logs. The runner acts on a line that starts with `::`,
    /// blanks aside, and on `##[` anywhere in a line.
    ///
    /// - Parameter text: Lines of a log.
    /// - Returns: The same lines, with the first character of what might be a command spelled out.
    public static func inert(_ text: String) -> String {
        var rest = text.unicodeScalars[...]
        var inert = String.UnicodeScalarView()
        var isAtStart = true
        while let scalar = rest.popFirst() {
            if isAtStart, scalar == ":", rest.first == ":" {
                inert.append(contentsOf: "\\u{3A}".unicodeScalars)
            } else if scalar == "#", rest.starts(with: "#[".unicodeScalars) {
                inert.append(contentsOf: "\\u{23}".unicodeScalars)
            } else {
                inert.append(scalar)
            }
            // The runner ends a line at a carriage return too.
            isAtStart = scalar == "\n" || scalar == "\r" || (isAtStart && scalar.properties.isWhitespace)
        }
        return String(inert)
    }
}
