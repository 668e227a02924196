import ArgumentParser
import LocalFiles
import UnixSignals

extension Context {
    /// Runs some work, and cancels it on the first SIGINT, SIGTERM or SIGHUP; the second ends the process.
    func untilInterrupted<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) async -> Result {
        guard trapsSignals else { return await work() }
        var trapped: [UnixSignal] = [.sigint, .sigterm]
        // `nohup` wants the run to outlive its terminal.
        if !StandardStreams.ignoresHangUp { trapped.append(.sighup) }
        let signals = await UnixSignalsSequence(trapping: trapped)
        let task = Task { await work() }
        let watch = Task {
            for await signal in signals {
                if task.isCancelled { StandardStreams.exit(ToolExit.interrupted.rawValue) }
                output.notice(
                    "\nStopping (\(signal)): finished transfers are kept. Send the signal again to stop at once.\n")
                task.cancel()
            }
        }
        defer { watch.cancel() }
        return await task.value
    }
}
