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

/// The changing line of a terminal that says how far a transfer is.
struct ProgressLine {
    /// What removes the line from the terminal.
    static let removal = "\r\u{1B}[K"
    /// How often the line changes at most.
    private static let interval = Duration.milliseconds(100)

    /// The bytes that were transferred.
    var bytes: Int64 = 0
    /// How many transfers have failed.
    var failed = 0
    private let now: @Sendable () -> ContinuousClock.Instant
    private let start: ContinuousClock.Instant
    private var lastShown: ContinuousClock.Instant?

    /// Starts to count.
    ///
    /// - Parameter now: The clock.
    init(now: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.now = now
        start = now()
    }

    /// What to write so that the line is up to date.
    ///
    /// - Parameters:
    ///   - totalBytes: The bytes that there are to transfer.
    ///   - counts: What has ended, in words: asked for only where the line changes.
    /// - Returns: The text, or `nil` where the line changed a moment ago.
    mutating func update(totalBytes: Int64, counts: () -> String) -> String? {
        let now = now()
        if let lastShown, now - lastShown < Self.interval { return nil }
        lastShown = now
        let seconds = max((now - start) / .seconds(1), 0.001)
        let rate = Int64(Double(bytes) / seconds).byteText
        let failures = failed > 0 ? " · \(failed) failed" : ""
        let rest = Self.timeLeft(bytes: bytes, of: totalBytes, after: seconds).map { " · \($0) left" } ?? ""
        return
            "\(Self.removal)\(counts()) · \(bytes.byteText) of \(totalBytes.byteText) · \(rate)/s\(rest)\(failures)"
    }

    /// How long the rest takes at the speed so far.
    ///
    /// - Parameters:
    ///   - bytes: The bytes that were transferred.
    ///   - totalBytes: The bytes that there are to transfer.
    ///   - seconds: How long they took.
    /// - Returns: The time in words, or `nil` where it is too early to tell, or nothing is left.
    static func timeLeft(bytes: Int64, of totalBytes: Int64, after seconds: Double) -> String? {
        guard bytes > 0, totalBytes > bytes, seconds >= 1 else { return nil }
        let rest = Int64((Double(totalBytes - bytes) * seconds / Double(bytes)).rounded(.up))
        switch rest {
        case ..<60: return "\(rest) s"
        case ..<3600: return "\(rest / 60) min \(rest % 60) s"
        default: return "\(rest / 3600) h \(rest / 60 % 60) min"
        }
    }
}
