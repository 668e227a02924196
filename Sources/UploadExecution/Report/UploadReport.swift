import RunOutputs
import SystemPackage
public import UploadPlanning

/// What became of a planned upload.
public struct UploadReport: Equatable, Sendable {
    /// What became of the whole.
    public enum Status: String, CaseIterable, Hashable, Sendable {
        /// Everything that had to be done was done.
        case succeeded
        /// A rule failed.
        case failed
        /// A rule failed, and nothing but objects that must not be replaced is to blame.
        case conflict
        /// The run was cancelled before it was done.
        case interrupted
    }

    /// What was to be done.
    public var planned: PlannedUpload
    /// The place that objects went to, as the backend names it.
    public var backend: String
    /// What became of each of the planned rules.
    public var rules: [RuleOutcome]
    /// What became of each of the planned operations.
    public var operations: [OperationResult]
    /// How long the run took.
    public var duration: Duration

    /// Joins a plan and what became of it.
    public init(
        planned: PlannedUpload, backend: String, rules: [RuleOutcome], operations: [OperationResult],
        duration: Duration
    ) {
        precondition(rules.count == planned.rules.count && operations.count == planned.operations.count)
        self.planned = planned
        self.backend = backend
        self.rules = rules
        self.operations = operations
        self.duration = duration
    }

    /// What became of the whole.
    public var status: Status {
        if operations.contains(where: \.wasCancelled) || rules.contains(.interrupted) { return .interrupted }
        let failed = rules.indices.filter { rules[$0] == .failed }
        let heldBack = rules.indices.contains { !rules[$0].isSuccess && !planned.rules[$0].bestEffort }
        if failed.isEmpty { return heldBack ? .failed : .succeeded }
        let onlyConflicts = failed.allSatisfy { rule in
            planned.rules[rule].status != .failed && planned.rules[rule].problems.isEmpty
                && errors(ofRule: rule).allSatisfy { $0.code == .conflict }
        }
        return onlyConflicts ? .conflict : .failed
    }

    /// Returns how many operations ended in one way.
    public func count(of outcome: OperationResult.Outcome) -> Int {
        operations.count { $0.outcome == outcome }
    }

    /// The number of bytes that were stored by this run.
    public var bytesUploaded: Int64 {
        operations.reduce(0) { $0 + ($1.outcome == .uploaded ? $1.byteCount ?? 0 : 0) }
    }

    private func errors(ofRule rule: Int) -> [StoreError] {
        zip(planned.operations, operations).compactMap { $0.rule == rule ? $1.error : nil }
    }
}

extension UploadReport {
    /// The report as JSON, in the format `therock-upload/report/v1` (docs/report.md).
    ///
    /// Each operation takes one line. Two runs that did the same differ only in the durations.
    ///
    /// - Parameter write: Takes the next part of the text; none ends inside of an operation.
    /// - Throws: What `write` throws.
    public func writeJSON<Failure>(_ write: (String) throws(Failure) -> Void) throws(Failure) {
        var document = JSONDocument()
        document.add("format", .string("therock-upload/report/v1"))
        document.add("destination", .string(backend))
        document.add("status", .string(status.rawValue))
        document.add("rules", rules.indices, ruleJSON)
        try document.add("operations", operations.indices, operationJSON, passingOn: write)
        document.add("totals", totalsJSON)
        document.add("duration_ms", .integer(duration.milliseconds))
        try write(document.finished)
    }

    private func ruleJSON(_ index: Int) -> JSONValue {
        let rule = planned.rules[index]
        var members: [(name: String, value: JSONValue)] = [
            ("plan", .string(rule.plan)), ("rule", .string(rule.name)), ("outcome", .string(rules[index].word)),
        ]
        switch rules[index] {
        case .conditionNotMet(let reason), .nothingSelected(let reason): members.append(("reason", .string(reason)))
        case .heldBack(let other): members.append(("held_back_by", .string(planned.rules[other].name)))
        case .succeeded, .failed, .bestEffortFailed, .interrupted: break
        }
        members.append(("best_effort", .flag(rule.bestEffort)))
        if !rule.problems.isEmpty { members.append(("problems", .array(rule.problems.map { .string($0.message) }))) }
        return .object(members)
    }

    private func operationJSON(_ index: Int) -> JSONValue {
        let operation = planned.operations[index]
        let result = operations[index]
        var members: [(name: String, value: JSONValue)] = [
            ("plan", .string(planned.rules[operation.rule].plan)),
            ("rule", .string(planned.rules[operation.rule].name)),
            ("source", operation.source.json),
            ("bucket", .string(operation.destination.bucket)),
            ("key", .string(operation.destination.key.text)),
            ("content_type", .string(operation.contentType)),
            ("outcome", .string(result.outcome.rawValue)),
            ("size", (result.byteCount ?? operation.size).map { .integer($0) } ?? .null),
        ]
        if let sha256 = result.sha256 { members.append(("sha256", .string(sha256))) }
        if let etag = result.etag { members.append(("etag", .string(etag))) }
        if let error = result.error { members.append(("error", error.json)) }
        members.append(("duration_ms", .integer(result.duration.milliseconds)))
        return .object(members)
    }

    var totalsJSON: JSONValue {
        let counts = OperationResult.Outcome.allCases.map { outcome in
            (name: outcome.rawValue, value: JSONValue.integer(Int64(count(of: outcome))))
        }
        return .object(
            [("operations", .integer(Int64(operations.count)))] + counts + [("bytes_uploaded", .integer(bytesUploaded))]
        )
    }
}

extension UploadOperation.Source {
    /// A file's path, or `null` for an object that is made.
    fileprivate var json: JSONValue {
        if case .file(let file) = self { .string(file.path.text) } else { .null }
    }
}

extension StoreError {
    fileprivate var json: JSONValue {
        var members = [(name: "code", value: JSONValue.string(code.rawValue)), ("message", .string(message))]
        if let hint { members.append(("hint", .string(hint))) }
        return .object(members)
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}

/// What became of one rule.
public enum RuleOutcome: Hashable, Sendable {
    /// All its operations are done.
    case succeeded
    /// An operation failed, or the plan already knew a problem.
    case failed
    /// The same, but the rule is carried out as well as can be: it fails nothing else.
    case bestEffortFailed
    /// It was not started, because a rule it comes after failed: an index in `PlannedUpload.rules`.
    case heldBack(by: Int)
    /// A condition does not hold.
    case conditionNotMet(String)
    /// It selected nothing, and says that this is not an error.
    case nothingSelected(String)
    /// The run was cancelled before all its operations were done.
    case interrupted

    /// Whether rules that come after may start.
    public var isSuccess: Bool {
        switch self {
        case .succeeded, .bestEffortFailed, .conditionNotMet, .nothingSelected: true
        case .failed, .heldBack, .interrupted: false
        }
    }
}

extension RuleOutcome {
    /// The outcome in one word, as JSON spells it.
    public var word: String {
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
