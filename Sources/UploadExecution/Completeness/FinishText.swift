import MarkedYAML
import RunOutputs
package import UploadPlanning

/// Says for people whether a run is complete, and what is missing, grouped by the job that should have made it.
package struct FinishText {
    private let outcome: RunFinisher.Outcome
    private let style: TextStyle

    /// Joins what came of `finish` and a style.
    package init(_ outcome: RunFinisher.Outcome, style: TextStyle = .plain) {
        self.outcome = outcome
        self.style = style
    }

    /// The whole text.
    package func render() -> String {
        let record = outcome.record
        let numbers =
            "\(record.objects.counted("object")), \(record.bytes.byteText), proven by "
            + record.receipts.count.counted("receipt")
        var text =
            record.isComplete
            ? "\(style.paint("Complete", .green, .bold)): \(numbers).\n"
            : "\(style.paint("Incomplete", .red, .bold)): \(record.problems.count.counted("problem")); \(numbers).\n"
        for (job, problems) in groups {
            text += "\(job.map { "job \($0.printable)" } ?? "no job is known to make these"):\n"
            for problem in problems { text += "  - \(Self.line(problem))\n" }
        }
        return text + notes
    }

    /// The same as Markdown, for the summary of a job.
    package var markdown: String {
        let record = outcome.record
        let word = record.isComplete ? "complete" : "incomplete"
        var text =
            "### Run \(record.root.runID) is \(word)\n\n\(record.objects.counted("object")), "
            + "\(record.bytes.byteText), proven by \(record.receipts.count.counted("receipt")).\n"
        guard !record.isComplete else { return text }
        text += "\n| Job | Missing | Why |\n|---|---|---|\n"
        for (job, problems) in groups {
            for problem in problems.prefix(Self.mostRows) {
                let cells = [job ?? "", problem.name, Self.reason(problem)].map(Self.cell)
                text += "| \(cells.joined(separator: " | ")) |\n"
            }
            let rest = problems.count - Self.mostRows
            if rest > 0 { text += "| \(Self.cell(job ?? "")) | and \(rest) more | |\n" }
        }
        return text
    }

    /// A summary may have one mebibyte
    /// ([limits](https://docs.github.com/actions/reference/workflow-commands-for-github-actions)).
    private static let mostRows = 100

    private static func cell(_ text: String) -> String {
        text.printable.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }

    /// The problems by job, those without one at the end; a problem of several jobs is listed with each.
    private var groups: [(job: String?, problems: [RunProblem])] {
        var groups: [String: [RunProblem]] = [:]
        var rest: [RunProblem] = []
        for problem in outcome.record.problems {
            if problem.jobs.isEmpty { rest.append(problem) }
            for job in problem.jobs { groups[job, default: []].append(problem) }
        }
        return groups.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } + (rest.isEmpty ? [] : [(nil, rest)])
    }

    /// One problem in words.
    package static func line(_ problem: RunProblem) -> String {
        "\(problem.name.printable)  \(reason(problem).printable)"
    }

    private static func reason(_ problem: RunProblem) -> String {
        let word =
            switch problem.kind {
            case .missing: "missing"
            case .changed: "changed since"
            case .notUploaded: "not uploaded"
            case .unproven: "stored or not, which is not known"
            case .conflict: "conflict of \(problem.jobs.joined(separator: ", "))"
            case .jobFailed: "failed"
            }
        let requirement = problem.requirement.map { " (requirement '\($0.value)')" } ?? ""
        return word + (problem.detail.map { ": \($0)" } ?? "") + requirement
    }

    private var notes: String {
        var text = ""
        let findings = outcome.findings
        if findings.unclaimed > 0 {
            let rest = findings.unclaimed - findings.unclaimedNames.count
            let names = findings.unclaimedNames.map(\.printable).joined(separator: ", ")
            text +=
                "note: no receipt names \(findings.unclaimed.counted("object")): \(names)"
                + "\(rest > 0 ? ", and \(rest) more" : "")\n"
        }
        for stranger in outcome.strangers { text += "note: \(stranger.key.text.printable) is not a receipt\n" }
        return text
    }
}
