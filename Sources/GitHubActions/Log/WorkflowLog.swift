public import MarkedYAML
public import UploadPlanning

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

/// A line that GitHub Actions takes out of a log and acts upon: `::name key=value,…::message`.
///
/// [Workflow commands](https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands)
struct WorkflowCommand: Sendable {
    var name: String
    /// Its properties, in order.
    var properties: [(name: String, value: String)] = []
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

/// A problem that GitHub shows at its line of a file.
public struct Annotation: Hashable, Sendable {
    /// How bad it is, worst first.
    public enum Level: String, CaseIterable, Hashable, Sendable {
        case error, warning, notice
    }

    /// How bad it is.
    public var level: Level
    /// A few words.
    public var title: String
    /// The problem; it may have several lines.
    public var message: String
    /// The file, relative to the repository; empty for what is in no file.
    public var file: String
    /// Where it is in the file.
    public var range: SourceRange?

    /// Makes an annotation.
    ///
    /// - Parameters:
    ///   - level: How bad it is.
    ///   - title: A few words.
    ///   - message: The problem.
    ///   - file: The file; empty for what is in no file.
    ///   - range: Where it is in the file.
    public init(level: Level, title: String, message: String, file: String = "", range: SourceRange? = nil) {
        self.level = level
        self.title = title
        self.message = message
        self.file = file
        self.range = range
    }

    /// The annotation as a line of the log, with its line break.
    public var line: String {
        var properties: [(name: String, value: String)] = []
        if !file.isEmpty {
            properties.append(("file", file))
            if let range { properties += range.annotationProperties }
        }
        properties.append(("title", title.printable))
        let lines = message.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
            String($0).printable
        }
        return WorkflowCommand(name: level.rawValue, properties: properties, message: lines.joined(separator: "\n"))
            .line
    }
}

extension Annotation {
    /// Shows a diagnostic at its place.
    ///
    /// - Parameter diagnostic: The diagnostic.
    public init(_ diagnostic: Diagnostic) {
        self.init(
            level: diagnostic.severity == .error ? .error : .warning, title: diagnostic.code.rawValue,
            message: ([diagnostic.message] + diagnostic.help).joined(separator: "\n"), file: diagnostic.file,
            range: diagnostic.range)
    }

    /// The most messages that one annotation of a rule holds.
    private static let mostMessages = 5

    /// Shows a rule's failure at its name in the plan.
    ///
    /// - Parameters:
    ///   - rule: The rule; its failure is a warning if it is carried out as well as can be.
    ///   - messages: What went wrong, each in one line; of many the first are shown.
    public init(failureOf rule: PlannedRule, messages: [String]) {
        var lines = Array(messages.prefix(Self.mostMessages))
        if messages.count > lines.count { lines.append("and \(messages.count - lines.count) more, in the log") }
        self.init(
            level: rule.bestEffort ? .warning : .error, title: "upload rule '\(rule.name)' failed",
            message: lines.joined(separator: "\n"), file: rule.plan, range: rule.range)
    }
}

extension [Annotation] {
    /// Shows what failed of an upload: one annotation for each rule with a failure.
    ///
    /// - Parameters:
    ///   - upload: What was to be done.
    ///   - failure: Why an operation failed, in one line: takes an index in `PlannedUpload.operations`, and answers
    ///     `nil` for an operation that did not fail.
    /// - Returns: The annotations in the order of the rules.
    public static func failures(of upload: PlannedUpload, _ failure: (Int) -> String?) -> [Annotation] {
        var messages = upload.rules.map { $0.problems.map(\.message) }
        for (index, operation) in upload.operations.enumerated() {
            if let message = failure(index) { messages[operation.rule].append(message) }
        }
        return zip(upload.rules, messages).compactMap { rule, messages in
            messages.isEmpty ? nil : Annotation(failureOf: rule, messages: messages)
        }
    }

    /// The annotations as lines of the log: the worst first, and no more than GitHub shows of one step.
    ///
    /// - Parameter limit: The most annotations; the last of them then says how many are not shown.
    /// - Returns: The lines with their line breaks.
    public func lines(limit: Int = 10) -> String {
        let sorted = Annotation.Level.allCases.flatMap { level in filter { $0.level == level } }
        guard sorted.count > limit else { return sorted.map(\.line).joined() }
        let hidden = sorted[Swift.max(0, limit - 1)...]
        let last = Annotation(
            level: hidden.first?.level ?? .notice, title: "not all problems are shown",
            message: "\(hidden.count.counted("more problem")): see the log of this step")
        return (sorted.prefix(Swift.max(0, limit - 1)) + [last]).map(\.line).joined()
    }
}

extension SourceRange {
    /// The place as properties: GitHub counts the last column in, and takes columns within one line only.
    fileprivate var annotationProperties: [(name: String, value: String)] {
        let (start, end) = (lowerBound, upperBound)
        guard end.line == start.line else {
            // A block ends before the first column of the line below it.
            let lastLine = end.column == 1 ? end.line - 1 : end.line
            return [("line", "\(start.line)"), ("endLine", "\(lastLine)")]
        }
        let lastColumn = Swift.max(start.column, end.column - 1)
        return [("line", "\(start.line)"), ("col", "\(start.column)"), ("endColumn", "\(lastColumn)")]
    }
}
