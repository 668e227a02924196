import UploadExecution
import UploadPlanning

/// What a command knows of the process that it runs in: the only way for it to read or write anything but files and
/// stores.
struct Context: Sendable {
    /// The command line without the program's name.
    var arguments: [String]
    var environment: [String: String]
    /// Standard output and standard error.
    let output: Output
    /// Reads standard input up to a number of bytes, and one more if there are more.
    let readInput: @Sendable (_ limit: Int) throws -> [UInt8]
    /// The secrets that must not be shown.
    let secrets: KnownSecrets
    /// Whether signals to the process are for this command, and not for others that run beside it.
    let trapsSignals: Bool
    /// How many processors there are to use.
    let processorCount: Int
    /// The clock by which progress is shown.
    let now: @Sendable () -> ContinuousClock.Instant

    /// Puts a context together.
    ///
    /// - Parameters:
    ///   - arguments: The command line without the program's name.
    ///   - environment: The environment; what is secret in it will not be shown.
    ///   - standardOutput: Where data goes.
    ///   - standardError: Where everything else goes.
    ///   - trapsSignals: Whether signals to the process are for this command.
    ///   - processorCount: How many processors there are to use.
    ///   - now: The clock by which progress is shown.
    ///   - readInput: Reads standard input up to a number of bytes, and one more if there are more.
    init(
        arguments: [String], environment: [String: String], standardOutput: TextStream, standardError: TextStream,
        trapsSignals: Bool, processorCount: Int, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        readInput: @escaping @Sendable (_ limit: Int) throws -> [UInt8]
    ) {
        self.arguments = arguments
        self.environment = environment
        let secrets = KnownSecrets()
        secrets.add(environment: environment)
        self.secrets = secrets
        output = Output(standardOutput, standardError, environment: environment, secrets: secrets)
        self.readInput = readInput
        self.trapsSignals = trapsSignals
        self.processorCount = processorCount
        self.now = now
    }
}
