import MarkedYAML
import RunOutputs
import SystemPackage
public import UploadPlanning

/// Renders a report for people: what was done, and every failure grouped by its cause.
public struct ReportText: Sendable {
    public var report: UploadReport
    public var style: TextStyle

    /// Joins a report and a style.
    public init(_ report: UploadReport, style: TextStyle = .plain) {
        self.report = report
        self.style = style
    }

    /// The whole text.
    public func render() -> String {
        headline() + ruleLines() + failures() + advice()
    }

    private func headline() -> String {
        let uploaded = report.count(of: .uploaded)
        var parts = ["\(uploaded.counted("object")) uploaded, \(report.bytesUploaded.byteText)"]
        let others: [(OperationResult.Outcome, String)] = [
            (.identical, "already there and identical"), (.kept, "already there and kept"), (.failed, "failed"),
            (.heldBack, "held back"), (.interrupted, "interrupted"), (.unknown, "with unknown outcome"),
            (.notAttempted, "not attempted"),
        ]
        for (outcome, words) in others where report.count(of: outcome) > 0 {
            parts.append("\(report.count(of: outcome)) \(words)")
        }
        let color: TextStyle.Color = report.status == .succeeded ? .green : .red
        let word = report.status == .succeeded ? "Done" : report.status == .interrupted ? "Interrupted" : "Failed"
        return
            "\(style.paint(word, color, .bold)): \(parts.joined(separator: ", ")), in \(report.duration.secondsText) "
            + "→ \(report.backend.printable)\n"
    }

    private func ruleLines() -> String {
        report.rules.indices.map { index in
            let rule = report.planned.rules[index]
            let position = "\(rule.plan.printable):\(rule.range.lowerBound.line)"
            let name = "  rule '\(rule.name)' (\(position))"
            let problems = rule.problems.map { "\(name): \($0.message.printable)\n" }.joined()
            switch report.rules[index] {
            case .succeeded, .failed, .interrupted: return problems
            case .bestEffortFailed: return problems + "\(name) failed; it is best effort, so the run goes on\n"
            case .conditionNotMet(let reason): return problems + "\(name) condition not met: \(reason.printable)\n"
            case .nothingSelected(let reason): return problems + "\(name) nothing to do: \(reason.printable)\n"
            case .heldBack(let other):
                return problems + "\(name) held back: rule '\(report.planned.rules[other].name)' did not succeed\n"
            }
        }.joined()
    }

    private func failures() -> String {
        var groups = FailureGroups(style: style, advice: "--report lists them all")
        for index in report.operations.indices {
            if let error = report.operations[index].error { groups.add(error, of: name(of: index)) }
        }
        return groups.render()
    }

    private func name(of index: Int) -> String {
        let operation = report.planned.operations[index]
        let rule = report.planned.rules[operation.rule].name
        let source: String = if case .file(let file) = operation.source { "\(file.path.text) → " } else { "" }
        return "\(source)\(operation.destination.key.text)  (rule '\(rule)')"
    }

    private func advice() -> String {
        let stored = report.operations.count { $0.outcome.isStored }
        guard report.status != .succeeded, stored > 0 else { return "" }
        return
            "\(stored.counted("object")) \(stored == 1 ? "is" : "are") in place; running the same command again is safe.\n"
    }
}

extension Duration {
    /// The duration in seconds with one decimal.
    var secondsText: String {
        let tenths = Int64((self / .milliseconds(100)).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }
}

/// Failures of many objects for people: what failed for one reason is told once, with the number and a few names.
package struct FailureGroups {
    private struct Group {
        var error: StoreError
        var names: [String] = []
        var count = 0
    }

    private let style: TextStyle
    /// Where all names are, if they are somewhere.
    private let advice: String?
    private var groups: [Group] = []
    private var indices: [String: Int] = [:]

    /// The most objects that are named for one reason.
    private static let foldAfter = 10

    /// Starts without failures.
    ///
    /// - Parameters:
    ///   - style: Whether to use colour.
    ///   - advice: How to see all names: "--report lists them all".
    package init(style: TextStyle = .plain, advice: String? = nil) {
        self.style = style
        self.advice = advice
    }

    /// Whether nothing failed.
    package var isEmpty: Bool { groups.isEmpty }

    /// Adds a failure.
    ///
    /// - Parameters:
    ///   - error: Why the object failed.
    ///   - name: The object: made only where it is shown.
    package mutating func add(_ error: StoreError, of name: @autoclosure () -> String) {
        let index = indices[error.reason] ?? groups.count
        if index == groups.count {
            groups.append(Group(error: error))
            indices[error.reason] = index
        }
        groups[index].count += 1
        if groups[index].names.count < Self.foldAfter { groups[index].names.append(name()) }
    }

    /// One block for each reason, in the order in which they came up.
    package func render() -> String {
        groups.map { group in
            let count = group.count > 1 ? "\(group.count) × " : ""
            let head = "\(style.paint("error", .red, .bold)): \(count)\(group.error.message.printable)\n"
            let names = group.names.map { "    \($0.printable)\n" }.joined()
            let rest = group.count - group.names.count
            let more = rest > 0 ? "    … and \(rest) more\(advice.map { " (\($0))" } ?? "")\n" : ""
            let hint = group.error.hint.map { "  = \(style.paint("help", .cyan)): \($0.printable)\n" } ?? ""
            return head + names + more + hint
        }.joined()
    }
}
