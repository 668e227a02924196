import FoundationEssentials
import RunOutputs
import UploadPlanning

extension UploadReport {
    /// The report as JSON, `therock-upload/report/v1`: see `docs/report.md`.
    ///
    /// Keys are sorted. Two runs that did the same differ only in the durations.
    ///
    /// - Returns: The text, with a line feed at its end.
    /// - Throws: An `EncodingError`, which no report is known to cause.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(Document(self)), as: UTF8.self) + "\n"
    }
}

/// The report's shape in JSON: names of properties are names of keys, in snake case.
private struct Document: Encodable {
    let format = "therock-upload/report/v1"
    let destination: String
    let status: String
    let durationSeconds: Double
    let totals: Totals
    let rules: [Rule]

    init(_ report: UploadReport) {
        destination = report.backend
        status = report.status.rawValue
        durationSeconds = report.duration.seconds
        totals = Totals(report)
        var operations: [[Operation]] = Array(repeating: [], count: report.rules.count)
        for (operation, result) in zip(report.planned.operations, report.operations) {
            operations[operation.rule].append(Operation(operation, result))
        }
        rules = report.rules.indices.map { Rule($0, in: report, operations: operations[$0]) }
    }

    struct Totals: Encodable {
        let operations: Int
        let uploaded: Int
        let identical: Int
        let kept: Int
        let failed: Int
        let heldBack: Int
        let notAttempted: Int
        let interrupted: Int
        let bytesUploaded: Int64

        init(_ report: UploadReport) {
            operations = report.operations.count
            uploaded = report.count(of: .uploaded)
            identical = report.count(of: .identical)
            kept = report.count(of: .kept)
            failed = report.count(of: .failed)
            heldBack = report.count(of: .heldBack)
            notAttempted = report.count(of: .notAttempted)
            interrupted = report.count(of: .interrupted)
            bytesUploaded = report.bytesUploaded
        }
    }

    struct Rule: Encodable {
        let plan: String
        let name: String
        let outcome: String
        let reason: String?
        let heldBackBy: String?
        let bestEffort: Bool
        let problems: [String]
        let operations: [Operation]

        init(_ index: Int, in report: UploadReport, operations: [Operation]) {
            let rule = report.planned.rules[index]
            plan = rule.plan
            name = rule.name
            outcome = report.rules[index].name
            reason =
                switch report.rules[index] {
                case .conditionNotMet(let reason), .nothingSelected(let reason): reason
                default: nil
                }
            heldBackBy = if case .heldBack(let by) = report.rules[index] { report.planned.rules[by].name } else { nil }
            bestEffort = rule.bestEffort
            problems = rule.problems.map(\.message)
            self.operations = operations
        }
    }

    struct Operation: Encodable {
        let source: Source
        let bucket: String
        let key: String
        let contentType: String
        let outcome: String
        let bytes: Int64?
        let sha256: String?
        let durationSeconds: Double
        let error: Failure?

        init(_ operation: UploadOperation, _ result: OperationResult) {
            source = Source(operation.source)
            bucket = operation.destination.bucket
            key = operation.destination.key.text
            contentType = operation.contentType
            outcome = result.outcome.rawValue
            bytes = result.byteCount ?? operation.size
            sha256 = result.sha256
            durationSeconds = result.duration.seconds
            error = result.error.map(Failure.init)
        }
    }

    struct Source: Encodable {
        let kind: String
        let path: String?
        let members: Int?

        init(_ source: UploadOperation.Source) {
            switch source {
            case .file(let file): (kind, path, members) = ("file", file.path.text, nil)
            case .archive(let recipe): (kind, path, members) = ("archive", nil, recipe.members.count)
            case .index(let recipe): (kind, path, members) = ("index", nil, recipe.operations.count)
            }
        }
    }

    struct Failure: Encodable {
        let code: String
        let message: String
        let hint: String?

        init(_ error: UploadError) {
            code = error.code.rawValue
            message = error.message
            hint = error.hint
        }
    }
}

extension RuleOutcome {
    /// The outcome in one word, as the report writes it.
    fileprivate var name: String {
        switch self {
        case .succeeded: "succeeded"
        case .failed: "failed"
        case .bestEffortFailed: "best_effort_failed"
        case .heldBack: "held_back"
        case .conditionNotMet: "condition_not_met"
        case .nothingSelected: "nothing_selected"
        case .interrupted: "interrupted"
        }
    }
}

extension Duration {
    /// The duration in seconds, to the millisecond.
    fileprivate var seconds: Double {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        return Double(milliseconds) / 1000
    }
}
