import ArgumentParser
import Glibc
import UnixSignals

/// Runs some work, and cancels it on the first SIGINT, SIGTERM or SIGHUP; the second ends the process.
func untilInterrupted<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) async -> Result {
    var trapped: [UnixSignal] = [.sigint, .sigterm]
    // `nohup` wants the run to outlive its terminal.
    if !isIgnored(SIGHUP) { trapped.append(.sighup) }
    let signals = await UnixSignalsSequence(trapping: trapped)
    let task = Task { await work() }
    let watch = Task {
        for await signal in signals {
            if task.isCancelled { exit(ToolExit.interrupted.rawValue) }
            Output.notice(
                "\nStopping (\(signal)): finished transfers are kept. Send the signal again to stop at once.\n")
            task.cancel()
        }
    }
    defer { watch.cancel() }
    return await task.value
}

/// Whether the process was started with a signal ignored.
private func isIgnored(_ number: CInt) -> Bool {
    var action = sigaction()
    guard unsafe sigaction(number, nil, &action) == 0 else { return false }
    // SIG_IGN is a macro that Swift cannot import: a pointer of value 1.
    return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
}
