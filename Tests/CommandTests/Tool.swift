import Foundation
import Testing
import UploadTestSupport

/// The built tool, run as a stranger would run it.
enum Tool {
    /// The repository that the tests belong to.
    static let repository = testDirectory.deletingLastPathComponent().deletingLastPathComponent()

    /// The environment of a child: nothing of the machine that runs the tests but its search path.
    static let environment = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"]

    /// A plan of the repository, by its name.
    static func manifest(_ name: String) -> String { repository.appending(path: "manifests/\(name).yaml").path }

    /// Runs the tool.
    ///
    /// - Parameters:
    ///   - arguments: The command line.
    ///   - directory: Where it runs; the test's own directory unless given.
    ///   - environment: What is added to ``environment``.
    ///   - input: What it reads from standard input.
    ///   - wrapper: A program that starts it, with its arguments.
    /// - Returns: What became of it.
    /// - Throws: If it cannot be started.
    static func run(
        _ arguments: [String], in directory: URL? = nil, environment: [String: String] = [:], input: Data = Data(),
        through wrapper: [String] = []
    ) async throws -> ChildProcess.Outcome {
        try await child(arguments, in: directory, environment: environment, input: input, through: wrapper).run()
    }

    /// The tool as a program that is not started yet; see ``run(_:in:environment:input:through:)``.
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
