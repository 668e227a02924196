/// Carries out a few requests although the task may be cancelled, whose own requests are not sent any more.
///
/// - Parameters:
///   - limit: How long it may take when the task is cancelled.
///   - work: The requests.
/// - Returns: What came of them, or `nil` if they failed or there was no time.
func unhindered<Result: Sendable>(
    for limit: Duration = .seconds(3), _ work: @escaping @Sendable () async throws -> Result
) async -> Result? {
    let task = Task { try await work() }
    let isCancelled = Task.isCancelled
    let watch = Task {
        guard isCancelled else { return }
        try await Task.sleep(for: limit)
        task.cancel()
    }
    defer { watch.cancel() }
    return try? await task.value
}
