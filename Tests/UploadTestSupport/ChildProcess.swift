public import Foundation

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

        /// Standard output as text.
        public var output: String { String(decoding: outputBytes, as: UTF8.self) }
        /// Standard error as text.
        public var errors: String { String(decoding: errorBytes, as: UTF8.self) }
    }

    /// The program's file.
    public var executable: URL
    /// Its arguments.
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
    /// - Throws: If it cannot be started.
    public func run() async throws -> Outcome {
        // Files take any amount of output; a pipe that nobody reads would stop the program.
        let scratch = FileManager.default.temporaryDirectory.appending(path: "therock-upload-child-\(UUID())")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let output = scratch.appending(path: "output")
        let errors = scratch.appending(path: "errors")
        let input = scratch.appending(path: "input")
        try Data().write(to: output)
        try Data().write(to: errors)
        try self.input.write(to: input)
        let process = makeProcess()
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        let exitCode = try await process.runToExit {}
        return Outcome(
            exitCode: exitCode, outputBytes: try Data(contentsOf: output), errorBytes: try Data(contentsOf: errors))
    }

    /// Runs the program, and sends it a signal while it is stopped in the middle of its work: nobody reads standard
    /// error before the signal was sent, so it waits for room in the pipe once it has something to say.
    ///
    /// - Parameter signal: The signal.
    /// - Returns: What became of it.
    /// - Throws: If it cannot be started.
    public func run(interruptedBy signal: Int32) async throws -> Outcome {
        let pipe = Pipe()
        let process = makeProcess()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = pipe
        let received = Received()
        let exitCode = try await process.runToExit {
            let reader = pipe.fileHandleForReading
            try? pipe.fileHandleForWriting.close()
            // The first bytes tell that the work has begun.
            received.append(reader.readData(ofLength: 1))
            kill(process.processIdentifier, signal)
            Thread.detachNewThread {
                while case let chunk = reader.readData(ofLength: 256), !chunk.isEmpty {
                    received.append(chunk)
                    // Leaves the program time to notice the signal before it gets room for the next lines.
                    Thread.sleep(forTimeInterval: 0.001)
                }
                received.finish()
            }
        }
        return Outcome(exitCode: exitCode, outputBytes: Data(), errorBytes: received.all())
    }

    private func makeProcess() -> Process {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = directory
        return process
    }
}

/// Bytes that another thread receives.
private final class Received: Sendable {
    private nonisolated(unsafe) var data = Data()
    private let lock = NSLock()
    private let end = DispatchSemaphore(value: 0)

    func append(_ more: Data) { lock.withLock { unsafe data.append(more) } }

    func finish() { end.signal() }

    /// Waits for the end, and returns everything.
    func all() -> Data {
        end.wait()
        return lock.withLock { unsafe data }
    }
}

/// Lets only a few programs run at once: hundreds of tests want to start theirs together.
private actor Gate {
    static let shared = Gate(places: max(2, ProcessInfo.processInfo.activeProcessorCount))

    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) { self.places = places }

    func enter() async {
        if places > 0 {
            places -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func leave() {
        if waiting.isEmpty {
            places += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}

extension Process {
    /// Starts the program, does something while it runs, and waits for its end without blocking a thread.
    fileprivate func runToExit(_ whileRunning: () -> Void) async throws -> Int32 {
        await Gate.shared.enter()
        defer { Task { await Gate.shared.leave() } }
        let (ends, continuation) = AsyncStream.makeStream(of: Int32.self)
        terminationHandler = { process in
            let status = process.terminationStatus
            continuation.yield(process.terminationReason == .exit ? status : -status)
            continuation.finish()
        }
        try run()
        whileRunning()
        var exitCode: Int32 = 0
        for await end in ends { exitCode = end }
        return exitCode
    }
}
