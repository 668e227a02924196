public import MarkedYAML
public import UploadPlanning

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
    /// The file, relative to the repository; empty for what stands in no file.
    public var file: String
    /// Where it stands in the file.
    public var range: SourceRange?

    /// Makes an annotation.
    ///
    /// - Parameters:
    ///   - level: How bad it is.
    ///   - title: A few words.
    ///   - message: The problem.
    ///   - file: The file; empty for what stands in no file.
    ///   - range: Where it stands in the file.
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
