import RunOutputs
import Synchronization
import UploadPlanning

/// The operations of an upload that wait, run and have ended, which its workers share.
final class UploadQueue: Sendable {
    private struct State {
        var schedule: UploadSchedule
        /// One that is not attempted is not carried out yet.
        var results: [OperationResult]
        var outcomes: [RuleOutcome]
        var running = 0
    }

    private let planned: PlannedUpload
    private let onEvent: @Sendable (UploadEvent) -> Void
    private let state: Mutex<State>

    /// Starts with nothing carried out.
    ///
    /// - Parameters:
    ///   - planned: What to do.
    ///   - onEvent: Told what starts and ends, in order.
    init(_ planned: PlannedUpload, onEvent: @escaping @Sendable (UploadEvent) -> Void) {
        self.planned = planned
        self.onEvent = onEvent
        state = Mutex(
            State(
                schedule: UploadSchedule(planned),
                results: Array(repeating: OperationResult(.notAttempted), count: planned.operations.count),
                outcomes: Array(repeating: .succeeded, count: planned.rules.count)))
        state.withLock { noteEndedRules(&$0) }
    }

    /// Takes the next operation that can start.
    ///
    /// - Parameter limit: How many may run at once.
    /// - Returns: The operation; `nil` if there is none now, or enough run.
    func next(limit: Int) -> UploadStep? {
        state.withLock { state in
            guard state.running < limit, let index = state.schedule.next() else { return nil }
            state.running += 1
            onEvent(.operationStarted(index))
            return UploadStep(index, of: planned, after: state.results)
        }
    }

    /// Whether an operation could start, and fewer run than may.
    func hasRoom(limit: Int) -> Bool { state.withLock { $0.running < limit && $0.schedule.hasNext } }

    /// Notes how an operation ended.
    func end(_ step: UploadStep, _ result: OperationResult) {
        state.withLock { state in
            state.running -= 1
            state.results[step.index] = result
            onEvent(.operationEnded(step.index, result))
            state.schedule.end(result, ofRule: step.operation.rule)
            noteEndedRules(&state)
        }
    }

    /// Ends what is left when nothing runs any more.
    ///
    /// - Parameter interrupted: Whether the run was cancelled.
    /// - Returns: How rules and operations ended.
    func close(interrupted: Bool) -> (rules: [RuleOutcome], operations: [OperationResult]) {
        state.withLock { state in
            state.schedule.close(interrupted: interrupted)
            noteEndedRules(&state)
            var operations: [OperationResult] = []
            swap(&operations, &state.results)
            for index in operations.indices where operations[index].outcome == .notAttempted {
                operations[index] = .notCarriedOut(state.outcomes[planned.operations.rule(at: index)])
            }
            return (state.outcomes, operations)
        }
    }

    private func noteEndedRules(_ state: inout State) {
        for (rule, outcome) in state.schedule.takeEnded() {
            state.outcomes[rule] = outcome
            onEvent(.ruleEnded(rule, outcome))
        }
    }
}

/// An operation with all that carrying it out takes.
struct UploadStep: Sendable {
    let index: Int
    let operation: UploadOperation
    let rule: PlannedRule
    /// What an index page lists.
    let listed: [IndexedObject]
    /// Whether one of the rules that an index page lists may not fail.
    let mustListSomething: Bool

    fileprivate init(_ index: Int, of planned: PlannedUpload, after results: [OperationResult]) {
        self.index = index
        operation = planned.operations[index]
        rule = planned.rules[operation.rule]
        guard case .index(let recipe) = operation.source else {
            (listed, mustListSomething) = ([], false)
            return
        }
        mustListSomething = recipe.rules.contains { !planned.rules[$0].bestEffort }
        listed = recipe.operations.compactMap { other in
            let result = results[other]
            guard result.outcome.isStored else { return nil }
            let source = planned.operations[other].source
            let modified: Int64? = if case .file(let file) = source { file.version.modified } else { nil }
            return IndexedObject(
                location: planned.operations[other].destination,
                size: result.outcome == .kept ? nil : result.byteCount, modified: modified)
        }
    }
}
