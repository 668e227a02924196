import ArgumentParser
import RunOutputs
import UploadExecution
import UploadPlanning

/// What became of copies, in words.
struct CopyText {
    private let steps: [(step: CopyUnit.Step, outcome: CopyOutcome)]
    private let isDryRun: Bool
    /// Whether a receipt was asked for and could not be written.
    var lacksReceipt = false

    init(_ units: [CopyUnit], _ outcomes: [[CopyOutcome]], isDryRun: Bool) {
        steps = zip(units, outcomes).flatMap { unit, outcomes in zip(unit.steps, outcomes).map { ($0, $1) } }
        self.isDryRun = isDryRun
    }

    /// The line that progress shows for an object.
    static func progress(_ step: CopyUnit.Step, _ outcome: CopyOutcome, _ mode: ProgressMode) -> String? {
        let key = step.destination.key.text
        if mode == .json {
            return JSONValue.object([
                ("source", .string(step.source.location.s3URI)), ("destination", .string(step.destination.s3URI)),
                ("outcome", .string(word(outcome))), ("size", .integer(step.source.size)),
            ]).text + "\n"
        }
        let word = word(outcome)
        return word + String(repeating: " ", count: max(1, 12 - word.count)) + key.printable
            + "  \(step.source.size.byteText)\n"
    }

    /// The failures, and the numbers.
    func render() -> String {
        var counts: [String: Int] = [:]
        var text = ""
        var failures = FailureGroups()
        var bytes: Int64 = 0
        for (step, outcome) in steps {
            counts[Self.word(outcome), default: 0] += 1
            if isDryRun, let line = Self.progress(step, outcome, .plain) { text += "  " + line }
            switch outcome {
            case .copied, .wouldCopy: bytes += step.source.size
            case .failed(let error): failures.add(error, of: step.destination.s3URI)
            case .identical, .notTried: break
            }
        }
        let totals = ["identical", "conflict", "failed", "not tried"].compactMap { word in
            counts[word].map { "\($0) \(word)" }
        }
        let copied = counts[isDryRun ? "would copy" : "copied"] ?? 0
        return text + failures.render() + (isDryRun ? "Would copy" : "Copied")
            + " \(copied.counted("object")), \(bytes.byteText)\(totals.map { " · \($0)" }.joined()).\n"
    }

    /// The exit code that tells it, or `nil` for success.
    var exitCode: ExitCode? {
        let errors = steps.compactMap { if case .failed(let error) = $0.outcome { error } else { nil } }
        if errors.isEmpty, lacksReceipt { return ToolExit.someFailed }
        if errors.isEmpty { return steps.contains { $0.outcome == .notTried } ? ToolExit.interrupted : nil }
        return errors.allSatisfy { $0.code == .conflict } ? ToolExit.conflict : ToolExit.someFailed
    }

    private static func word(_ outcome: CopyOutcome) -> String {
        switch outcome {
        case .copied: "copied"
        case .identical: "identical"
        case .wouldCopy: "would copy"
        case .failed(let error): error.code == .conflict ? "conflict" : "failed"
        case .notTried: "not tried"
        }
    }
}
