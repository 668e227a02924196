public import Foundation
import Subprocess
import SystemPackage

/// A program that a test runs, with an environment and a working directory of the test's choice.
public struct ChildProcess: Sendable {
    /// What became of a program.
    public struct Outcome: Sendable {
        /// The exit code; for a program that a signal ended, minus the signal's number.
        public var exitCode: Int32
        /// What it wrote to standard output.
        public var outputBytes: Data
        /// What it wrote to standard error.
        public var errorBytes: Data

        public init(exitCode: Int32, outputBytes: Data, errorBytes: Data) {
            self.exitCode = exitCode
            self.outputBytes = outputBytes
            self.errorBytes = errorBytes
        }

        /// Standard output as text.
        public var output: String { String(decoding: outputBytes, as: UTF8.self) }
        /// Standard error as text.
        public var errors: String { String(decoding: errorBytes, as: UTF8.self) }
    }

    public var executable: URL
    public var arguments: [String]
    /// Its whole environment.
    public var environment: [String: String]
    /// Where it runs.
    public var directory: URL
    /// What it reads from standard input.
    public var input: Data

    /// Describes a program to run.
    ///
    /// - Parameters:
    ///   - executable: The program's file.
    ///   - arguments: Its arguments.
    ///   - environment: Its whole environment.
    ///   - directory: Where it runs.
    ///   - input: What it reads from standard input.
    public init(
        _ executable: URL, _ arguments: [String], environment: [String: String], in directory: URL, input: Data = Data()
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.input = input
    }

    /// Runs the program to its end.
    ///
    /// - Returns: What became of it.
    /// - Throws: If it cannot be started, or writes more than 64 MiB.
    public func run() async throws -> Outcome {
        try await Gate.shared.pass {
            let result = try await Subprocess.run(
                configuration, input: .data(input), output: .data(limit: 64 << 20), error: .data(limit: 64 << 20))
            return Outcome(
                exitCode: result.terminationStatus.exitCode, outputBytes: result.standardOutput,
                errorBytes: result.standardError)
        }
    }

    /// Waits until few enough programs run, and does some work that counts as one.
    ///
    /// - Parameter work: The work.
    /// - Returns: What the work returns.
    /// - Throws: What the work throws.
    public static func inTurn<Result: Sendable>(_ work: () async throws -> Result) async throws -> Result {
        try await Gate.shared.pass(work)
    }

    /// The tool, which is beside the program that runs the tests.
    public static let tool = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "therock-upload")

    /// Runs the program, and sends it a signal in the middle of its work.
    ///
    /// Nobody reads on before the signal was sent, so a program with much to say waits for room in the pipe.
    ///
    /// - Parameters:
    ///   - signal: The signal.
    ///   - byteCount: How much the program has written to standard error by then; the first bytes tell that the work
    ///     has begun. A program that ends before gets no signal.
    /// - Returns: What became of it, without its standard output.
    /// - Throws: If it cannot be started.
    public func run(interruptedBy signal: Int32, after byteCount: Int = 1) async throws -> Outcome {
        try await Gate.shared.pass {
            let result = try await Subprocess.run(
                configuration, input: .none, output: .discarded, error: .sequence
            ) { execution in
                var received = Data()
                for try await chunk in execution.standardError {
                    let before = received.count
                    unsafe chunk.withUnsafeBytes { unsafe received.append(contentsOf: $0) }
                    if before < byteCount, received.count >= byteCount {
                        try execution.send(signal: Signal(rawValue: signal))
                    }
                    // Leaves the program time to notice the signal before it gets room for the next lines.
                    try await Task.sleep(for: .milliseconds(1))
                }
                return received
            }
            return Outcome(
                exitCode: result.terminationStatus.exitCode, outputBytes: Data(), errorBytes: result.closureResult)
        }
    }

    private var configuration: Configuration {
        Configuration(
            executable: .path(FilePath(executable.path)), arguments: Arguments(arguments),
            environment: .custom(
                Dictionary(uniqueKeysWithValues: environment.map { (.init(stringLiteral: $0.key), $0.value) })),
            workingDirectory: FilePath(directory.path))
    }
}

extension TerminationStatus {
    fileprivate var exitCode: Int32 {
        switch self {
        case .exited(let code): code
        case .signaled(let signal): -signal
        }
    }
}

/// Lets only a few programs run at once: hundreds of tests want to start theirs together.
private actor Gate {
    static let shared = Gate(places: max(2, ProcessInfo.processInfo.activeProcessorCount))

    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) { self.places = places }

    /// Waits for a place, and does some work in it.
    nonisolated func pass<Result: Sendable>(_ work: () async throws -> Result) async throws -> Result {
        await enter()
        do {
            let result = try await work()
            await leave()
            return result
        } catch {
            await leave()
            throw error
        }
    }

    private func enter() async {
        if places > 0 {
            places -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func leave() {
        if waiting.isEmpty {
            places += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
