import Foundation
import LocalFiles
import Synchronization
import SystemPackage
import Testing
import UploadTestSupport

@testable import Commands

/// The tool: most tests run its commands in their own process, and some the program that was built.
enum Tool {
    /// The repository that the tests belong to.
    static let repository = testDirectory.deletingLastPathComponent().deletingLastPathComponent()

    /// The environment of a child: nothing of the machine that runs the tests but its search path.
    static let environment = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"]

    /// A plan of the repository, by its name.
    static func manifest(_ name: String) -> String { repository.appending(path: "manifests/\(name).yaml").path }

    /// Runs a command in this process.
    ///
    /// - Parameters:
    ///   - arguments: The command line.
    ///   - directory: Where it runs; the test's own directory unless given.
    ///   - environment: What is added to ``environment``.
    ///   - input: What it reads from standard input.
    ///   - lostOutput: What the system answers to each write to standard output, if it takes nothing.
    /// - Returns: What became of it.
    /// - Throws: If its directory cannot be opened.
    static func run(
        _ arguments: [String], in directory: URL? = nil, environment: [String: String] = [:], input: Data = Data(),
        lostOutput: Errno? = nil
    ) async throws -> ChildProcess.Outcome {
        let directory = try WorkingDirectory(directory?.path ?? TemporaryDirectory.url().path)
        return try await ChildProcess.inTurn {
            let (output, errors) = (Recording(lostOutput), Recording(nil))
            let context = Context(
                arguments: arguments, environment: Self.environment.merging(environment) { $1 },
                standardOutput: output.stream, standardError: errors.stream, trapsSignals: false, processorCount: 2
            ) { limit in Array(input.prefix(limit + 1)) }
            let exitCode = await WorkingDirectory.$current.withValue(directory) { await Program.run(context) }
            return ChildProcess.Outcome(
                exitCode: exitCode, outputBytes: output.bytes, errorBytes: errors.bytes)
        }
    }

    /// Keeps what is written to a stream.
    private final class Recording: Sendable {
        private let text = Mutex("")
        private let error: Errno?

        init(_ error: Errno?) { self.error = error }

        var bytes: Data { Data(text.withLock { $0 }.utf8) }

        var stream: TextStream {
            TextStream(isTerminal: false) { (text) throws(Errno) in
                if let error = self.error { throw error }
                self.text.withLock { $0 += text }
            }
        }
    }

    /// Runs the program that was built, for what only a process has: descriptors, signals, limits, its exit code.
    ///
    /// - Parameters:
    ///   - arguments: The command line.
    ///   - directory: Where it runs; the test's own directory unless given.
    ///   - environment: What is added to ``environment``.
    ///   - input: What it reads from standard input.
    ///   - wrapper: A program that starts it, with its arguments.
    /// - Returns: What became of it.
    /// - Throws: If it cannot be started.
    static func process(
        _ arguments: [String], in directory: URL? = nil, environment: [String: String] = [:], input: Data = Data(),
        through wrapper: [String] = []
    ) async throws -> ChildProcess.Outcome {
        try await child(arguments, in: directory, environment: environment, input: input, through: wrapper).run()
    }

    /// The tool as a program that is not started yet; see ``process(_:in:environment:input:through:)``.
    static func child(
        _ arguments: [String], in directory: URL? = nil, environment: [String: String] = [:], input: Data = Data(),
        through wrapper: [String] = []
    ) throws -> ChildProcess {
        let command = wrapper + [ChildProcess.tool.path] + arguments
        return ChildProcess(
            URL(filePath: command[0]), Array(command.dropFirst()),
            environment: Self.environment.merging(environment) { $1 }, in: try directory ?? TemporaryDirectory.url(),
            input: input)
    }
}

/// Reads a file of this target's Fixtures directory.
func fixture(_ name: String) throws -> Data { try Data(contentsOf: testDirectory.appending(path: "Fixtures/\(name)")) }

/// Reads a file of the repository.
func repositoryFile(_ path: String) throws -> String {
    try String(contentsOf: Tool.repository.appending(path: path), encoding: .utf8)
}

private let testDirectory = URL(filePath: #filePath).deletingLastPathComponent()
