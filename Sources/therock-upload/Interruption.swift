import ArgumentParser
import UnixSignals

/// Runs some work, and cancels it on the first SIGINT or SIGTERM; the second ends the process.
func untilInterrupted<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) async -> Result {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    let task = Task { await work() }
    let watch = Task {
        for await _ in signals {
            if task.isCancelled { TheRockUpload.exit(withError: ToolExit.interrupted) }
            Output.notice("\nStopping; what is finished stays. Once more to stop at once.\n")
            task.cancel()
        }
    }
    defer { watch.cancel() }
    return await task.value
}
