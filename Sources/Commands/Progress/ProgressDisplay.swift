import GitHubActions
import RunOutputs
import Synchronization
import UploadExecution
import UploadPlanning

/// Shows on standard error how far an upload is.
final class ProgressDisplay: Sendable {
    private let upload: PlannedUpload
    private let mode: ProgressMode
    private let output: Output
    private let state: Mutex<State>

    private struct State {
        var ended = 0
        var totalBytes: Int64
        var line: ProgressLine
        var toldErrors = ToldErrors()
    }

    init(_ upload: PlannedUpload, mode: ProgressMode, context: Context) {
        self.upload = upload
        self.mode = mode.resolved(in: context)
        output = context.output
        state = Mutex(State(totalBytes: upload.totals.bytes, line: ProgressLine(now: context.now)))
        if self.mode == .plain {
            output.command(WorkflowLog.beginningOfGroup("Uploading \(upload.operations.count.counted("object"))"))
        }
    }

    /// Takes note of an event, and shows it.
    func show(_ event: UploadEvent) {
        switch mode {
        case .none: break
        case .plain: plain(event)
        case .json: json(event)
        case .auto: terminal(event)
        }
    }

    /// Removes the changing line from the terminal, or ends the folded lines of a job's log.
    func finish() {
        if mode == .auto { output.notice(ProgressLine.removal) }
        if mode == .plain { output.command(WorkflowLog.endOfGroup) }
    }

    private func plain(_ event: UploadEvent) {
        switch event {
        case .operationEnded(let index, let result): output.notice(line(index, result) + "\n")
        case .ruleEnded(let rule, .heldBack(let other)):
            output.notice(
                "held back  rule '\(upload.rules[rule].name)' waits for '\(upload.rules[other].name)', which failed\n")
        case .operationStarted, .objectReady, .progressed, .ruleEnded: break
        }
    }

    private func line(_ index: Int, _ result: OperationResult) -> String {
        let operation = upload.operations[index]
        let key = operation.destination.key.text.printable
        let size = result.byteCount.map { "  \($0.byteText)" } ?? ""
        let error = result.error.flatMap { error in state.withLock { $0.toldErrors.text(of: error) } } ?? ""
        let word = result.outcome.rawValue
        return word + String(repeating: " ", count: max(1, 10 - word.count)) + key + size + error
    }

    private func json(_ event: UploadEvent) {
        guard case .operationEnded(let index, let result) = event else { return }
        let operation = upload.operations[index]
        var members: [(name: String, value: JSONValue)] = [
            ("rule", .string(upload.rules[operation.rule].name)), ("key", .string(operation.destination.key.text)),
            ("outcome", .string(result.outcome.rawValue)), ("size", result.byteCount.map { .integer($0) } ?? .null),
        ]
        if let error = result.error { members.append(("error", .string("\(error)"))) }
        output.notice(JSONValue.object(members).text + "\n")
    }

    private func terminal(_ event: UploadEvent) {
        let text = state.withLock { state in
            switch event {
            case .objectReady(let operation, let byteCount):
                if upload.operations[operation].size == nil { state.totalBytes += byteCount }
            case .progressed(_, let byteCount): state.line.bytes += byteCount
            case .operationEnded(_, let result):
                state.ended += 1
                if result.error != nil { state.line.failed += 1 }
            case .operationStarted, .ruleEnded: break
            }
            let ended = state.ended
            return state.line.update(totalBytes: state.totalBytes) {
                "\(ended)/\(upload.operations.count) objects"
            }
        }
        if let text { output.notice(text) }
    }
}

/// The errors that progress has shown: the same one is shown in full once, and counted at the end.
struct ToldErrors {
    private var reasons: Set<String> = []

    /// The words behind the name of an object.
    mutating func text(of error: StoreError) -> String {
        reasons.insert(error.reason).inserted ? "  \(error)".printable : "  (as before)"
    }
}

extension ProgressMode {
    /// The mode in which progress is shown: `auto` only where a line can change.
    func resolved(in context: Context) -> ProgressMode {
        let usesTerminal =
            context.output.noticesGoToTerminal && context.environment["TERM"] != "dumb"
            && context.environment["CI"] == nil
        return self == .auto && !usesTerminal ? .plain : self
    }
}
