import SystemPackage
import UploadPlanning

/// Decides which operation comes next, and which rules are held back.
///
/// It is a value without concurrency: who carries the operations out asks for the next and tells it what ended.
struct UploadSchedule {
    private enum State {
        case waiting
        case running(operationsLeft: Int, failed: Bool, interrupted: Bool)
        case ended(RuleOutcome)
    }

    private let rules: [PlannedRule]
    private let operations: [Range<Int>]
    /// For each rule, those it waits for: `after`, and the rules whose objects its index pages list.
    private let awaited: [Set<Int>]
    private let followers: [[Int]]
    private var states: [State]
    private var ready: [Range<Int>] = []
    private var readyStart = 0
    private var newlyEnded: [Int] = []

    /// Starts the rules that wait for no other.
    init(_ planned: PlannedUpload) {
        rules = planned.rules
        operations = planned.operations.ranges(ofRules: planned.rules.count)
        awaited = planned.awaitedRules
        var followers: [[Int]] = Array(repeating: [], count: rules.count)
        for (rule, others) in awaited.enumerated() { for other in others { followers[other].append(rule) } }
        self.followers = followers
        states = Array(repeating: .waiting, count: rules.count)
        for index in rules.indices { advance(index) }
    }

    /// Returns the next operation that can start, if there is one now.
    mutating func next() -> Int? {
        while readyStart < ready.count {
            if let operation = ready[readyStart].popFirst() { return operation }
            readyStart += 1
        }
        return nil
    }

    /// Whether an operation can start now.
    var hasNext: Bool { ready[readyStart...].contains { !$0.isEmpty } }

    /// Notes that an operation ended.
    mutating func end(_ result: OperationResult, ofRule index: Int) {
        guard case .running(let left, var failed, var interrupted) = states[index] else { return }
        failed = failed || result.error != nil
        interrupted = interrupted || result.wasCancelled
        states[index] = .running(operationsLeft: left - 1, failed: failed, interrupted: interrupted)
        if left == 1 { endRunning(index) }
    }

    /// Returns the rules that ended, or were held back, since the last call.
    mutating func takeEnded() -> [(rule: Int, outcome: RuleOutcome)] {
        defer { newlyEnded = [] }
        return newlyEnded.compactMap { index in
            if case .ended(let outcome) = states[index] { (index, outcome) } else { nil }
        }
    }

    /// Ends the rules that are left when nothing runs any more.
    ///
    /// - Parameter interrupted: Whether the run was cancelled. If not, the rules left wait for each other.
    mutating func close(interrupted: Bool) {
        for index in rules.indices {
            switch states[index] {
            case .ended:
                continue
            case .running(_, let failed, _):
                end(index, failed ? failure(of: index) : .interrupted)
            case .waiting:
                let blocker = awaited[index].sorted().first { !hasEnded($0) } ?? index
                end(index, interrupted ? .interrupted : .heldBack(by: blocker))
            }
        }
    }
}

// MARK: - Rules

extension UploadSchedule {
    private mutating func advance(_ index: Int) {
        guard case .waiting = states[index] else { return }
        switch rules[index].status {
        case .conditionNotMet(let reason): return end(index, .conditionNotMet(reason))
        case .nothingSelected(let reason): return end(index, .nothingSelected(reason))
        case .failed: return end(index, failure(of: index))
        case .active: break
        }
        if let blocker = rules[index].after.first(where: holdsBack) { return end(index, .heldBack(by: blocker)) }
        if awaited[index].contains(where: wasInterrupted) { return end(index, .interrupted) }
        guard awaited[index].allSatisfy(hasEnded) else { return }
        states[index] = .running(operationsLeft: operations[index].count, failed: false, interrupted: false)
        if operations[index].isEmpty { endRunning(index) } else { ready.append(operations[index]) }
    }

    private mutating func endRunning(_ index: Int) {
        guard case .running(_, let failed, let interrupted) = states[index] else { return }
        let hasFailed = failed || !rules[index].problems.isEmpty
        end(index, hasFailed ? failure(of: index) : interrupted ? .interrupted : .succeeded)
    }

    private mutating func end(_ index: Int, _ outcome: RuleOutcome) {
        states[index] = .ended(outcome)
        newlyEnded.append(index)
        for follower in followers[index] { advance(follower) }
    }

    private func failure(of index: Int) -> RuleOutcome { rules[index].bestEffort ? .bestEffortFailed : .failed }

    private func hasEnded(_ index: Int) -> Bool {
        if case .ended = states[index] { true } else { false }
    }

    private func holdsBack(_ index: Int) -> Bool {
        guard case .ended(let outcome) = states[index], !rules[index].bestEffort else { return false }
        return !outcome.isSuccess && outcome != .interrupted
    }

    private func wasInterrupted(_ index: Int) -> Bool {
        if case .ended(.interrupted) = states[index] { true } else { false }
    }
}

extension PlannedUpload {
    fileprivate var awaitedRules: [Set<Int>] {
        var awaited = rules.map { Set($0.after) }
        for operation in operations.individual {
            if case .index(let recipe) = operation.source { awaited[operation.rule].formUnion(recipe.rules) }
        }
        for index in rules.indices { awaited[index].remove(index) }
        return awaited
    }
}
