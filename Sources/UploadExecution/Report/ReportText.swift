import MarkedYAML
import RunOutputs
import SystemPackage
public import UploadPlanning

/// Renders a report for people: what was done, and every failure grouped by its cause.
public struct ReportText: Sendable {
    /// The report.
    public var report: UploadReport
    /// Whether to use colour.
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
            let place = "\(rule.plan.printable):\(rule.range.lowerBound.line)"
            let name = "  rule '\(rule.name)' (\(place))"
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
