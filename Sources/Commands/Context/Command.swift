import ArgumentParser

/// A command: what it does depends on its flags and on the context alone.
protocol Command: ParsableCommand {
    /// Does the work.
    ///
    /// - Parameter context: The process as the command knows it.
    /// - Throws: What ends the command: see ``Ending``.
    func run(in context: Context) async throws
}
