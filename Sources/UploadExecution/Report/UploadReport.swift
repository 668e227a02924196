public import UploadPlanning

/// What became of a planned upload.
public struct UploadReport: Hashable, Sendable {
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

    private func errors(ofRule rule: Int) -> [UploadError] {
        zip(planned.operations, operations).compactMap { $0.rule == rule ? $1.error : nil }
    }
}
