/// A line that GitHub Actions takes out of a log and acts upon: `::name key=value,…::message`.
///
/// [Workflow commands](https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands)
struct WorkflowCommand: Sendable {
    /// The command's name.
    var name: String
    /// Its properties, in order.
    var properties: [(name: String, value: String)] = []
    /// Its message.
    var message = ""

    /// The command with its line break.
    var line: String {
        let list = properties.map { "\($0.name)=\($0.value.escaped(Self.inProperty))" }.joined(separator: ",")
        return "::\(name)\(list.isEmpty ? "" : " \(list)")::\(message.escaped(Self.inMessage))\n"
    }

    /// What has a meaning of its own in a message, as the runner unescapes it.
    private static let inMessage: [Unicode.Scalar: String] = ["%": "%25", "\r": "%0D", "\n": "%0A"]

    /// What has a meaning of its own in a property's value.
    private static let inProperty = inMessage.merging([":": "%3A", ",": "%2C"]) { $1 }
}

extension String {
    /// The text with scalars replaced: by scalars, because `\r\n` is one Character.
    fileprivate func escaped(_ replacements: [Unicode.Scalar: String]) -> String {
        unicodeScalars.map { replacements[$0] ?? String($0) }.joined()
    }
}
