import ArgumentParser
import MarkedYAML
import UploadPlanning

/// The plan or its inputs are wrong, and nothing was transferred.
enum WrongInput: Error {
    /// Problems, and the texts that they are about.
    case diagnostics([Diagnostic], sources: [String: SourceText] = [:])
    /// One problem in words, in lower case and without a full stop.
    case message(String)

    /// Takes the words of an error.
    init(_ error: any Error) {
        switch error {
        case let error as WrongInput: self = error
        case let error as Diagnostic: self = .diagnostics([error])
        case let error as PlanRejected: self = .diagnostics(error.diagnostics, sources: error.sources)
        default: self = .message("\(error)")
        }
    }

    /// The exit code that tells it: a command line that only the layout shows to be wrong is one all the same.
    var exitCode: ExitCode {
        guard case .diagnostics(let diagnostics, _) = self else { return ToolExit.wrongInput }
        let errors = diagnostics.filter { $0.severity == .error }
        return !errors.isEmpty && errors.allSatisfy { $0.code == .commandLine }
            ? ToolExit.wrongCommandLine : ToolExit.wrongInput
    }

    /// Tells the user.
    func tell(_ output: Output) {
        switch self {
        case .diagnostics(let diagnostics, let sources): output.diagnostics(diagnostics, sources: sources)
        case .message(let message): output.notice("error: \(message)\n")
        }
    }
}

/// Does some work whose failure means that the input is wrong.
///
/// - Parameter work: The work; an exit code and a ``CommandLineError`` that it throws are kept.
/// - Returns: What the work returns.
/// - Throws: ``WrongInput``, or what is kept.
func checkingInput<Result>(_ work: () async throws -> Result) async throws -> Result {
    do {
        return try await work()
    } catch let error where error is ExitCode || error is CommandLineError {
        throw error
    } catch {
        throw WrongInput(error)
    }
}
