import SystemPackage

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
    /// It selected nothing, and says that this is no error.
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
