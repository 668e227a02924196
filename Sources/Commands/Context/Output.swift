import ArgumentParser
import GitHubActions
import LocalFiles
import MarkedYAML
import Synchronization
import SystemPackage
import UploadExecution
import UploadPlanning

/// The two streams of the tool: data goes to standard output, everything else to standard error.
final class Output: Sendable {
    private let standardOutput: TextStream
    private let standardError: TextStream
    private let environment: [String: String]
    private let secrets: KnownSecrets
    /// Whether GitHub Actions reads the streams, and acts on lines that look like commands.
    private let isWorkflowLog: Bool
    private let workspace: WorkspacePath
    /// Why standard output takes nothing any more; `nil` while it does.
    private let loss = Mutex<Errno?>(nil)

    /// Takes the streams.
    ///
    /// - Parameters:
    ///   - standardOutput: Where data goes.
    ///   - standardError: Where everything else goes.
    ///   - environment: Says who reads the streams, and whether colour is wanted.
    ///   - secrets: What must not be shown.
    init(
        _ standardOutput: TextStream, _ standardError: TextStream, environment: [String: String],
        secrets: KnownSecrets
    ) {
        self.standardOutput = standardOutput
        self.standardError = standardError
        self.environment = environment
        self.secrets = secrets
        isWorkflowLog = WorkflowLog.isRead(in: environment)
        workspace = WorkspacePath(environment: environment)
    }

    /// Writes data for programs, as it is.
    func data(_ text: String) {
        guard !isLost else { return }
        do throws(Errno) {
            try standardOutput.write(secrets.redacted(text))
        } catch {
            loss.withLock { $0 = error }
        }
    }

    /// Writes what was asked for, for people.
    func text(_ text: String) { data(inert(text)) }

    /// Writes what people should know.
    func notice(_ text: String) { tell(inert(text)) }

    /// Writes a command to GitHub Actions, if it reads the streams.
    func command(_ text: String) { if isWorkflowLog { tell(text) } }

    /// Of standard error that takes nothing, nobody can be told.
    private func tell(_ text: String) { try? standardError.write(secrets.redacted(text)) }

    /// Names of files end up in logs, and must not be taken for commands there.
    private func inert(_ text: String) -> String { isWorkflowLog ? WorkflowLog.inert(text) : text }

    /// Whether text on standard output may carry colour.
    var style: TextStyle { style(of: standardOutput) }

    var noticesGoToTerminal: Bool { standardError.isTerminal }

    /// Writes diagnostics with the lines they are about.
    func diagnostics(_ diagnostics: [Diagnostic], sources: [String: SourceText] = [:]) {
        notice(DiagnosticText(sources: sources, style: style(of: standardError)).render(diagnostics))
        command(diagnostics.map { workspace.relative(Annotation($0)) }.lines())
    }

    /// Whether standard output takes nothing any more: then there is no use in making more of it.
    var isLost: Bool { loss.withLock { $0 != nil } }

    /// The exit code of a command once it is known whether its output was written: data that is lost is not a success.
    ///
    /// - Parameter code: The exit code without regard to that.
    /// - Returns: The code itself if it tells of a failure, or if everything was written.
    func exitCode(insteadOf code: ExitCode) -> ExitCode {
        guard let reason = loss.withLock({ $0 }) else { return code }
        let isSuccess = code == .success || code == ToolExit.somethingToDo
        // A reader who has seen enough (`… | head`) wants no message.
        if reason == .brokenPipe { return isSuccess ? ToolExit.readerGone : code }
        notice("error: standard output cannot be written: \(reason)\n")
        return isSuccess ? ToolExit.someFailed : code
    }

    /// Colour is for terminals, unless the environment says otherwise.
    ///
    /// `NO_COLOR` ([no-color.org](https://no-color.org)) is stronger than `CLICOLOR_FORCE` and `CLICOLOR`
    /// ([bixense.com/clicolors](https://bixense.com/clicolors/)).
    private func style(of stream: TextStream) -> TextStyle {
        func isSet(_ name: String) -> Bool { environment[name].map { !$0.isEmpty } ?? false }
        if isSet("NO_COLOR") { return .plain }
        if isSet("CLICOLOR_FORCE"), environment["CLICOLOR_FORCE"] != "0" { return TextStyle(usesColor: true) }
        return TextStyle(
            usesColor: stream.isTerminal && environment["TERM"] != "dumb" && environment["CLICOLOR"] != "0")
    }
}

/// A stream that takes text.
struct TextStream: Sendable {
    /// Whether a person looks at it.
    let isTerminal: Bool
    /// Writes all of a text.
    let write: @Sendable (String) throws(Errno) -> Void

    static func process(_ stream: StandardStreams.Stream) -> TextStream {
        TextStream(isTerminal: stream.isTerminal) { (text) throws(Errno) in
            try StandardStreams.write(text, to: stream)
        }
    }
}
