import FoundationEssentials
import GitHubActions
import Glibc
import MarkedYAML
import UploadExecution
import UploadPlanning

/// The two streams of the tool: data goes to standard output, everything else to standard error.
enum Output {
    /// Whether GitHub Actions reads the streams, and acts on lines that look like commands.
    static let isWorkflowLog = WorkflowLog.isRead(in: ProcessInfo.processInfo.environment)

    /// Writes data for programs, as it is.
    static func data(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// Writes what was asked for, for people.
    static func text(_ text: String) { write(inert(text), to: STDOUT_FILENO) }

    /// Writes what people should know.
    static func notice(_ text: String) { write(inert(text), to: STDERR_FILENO) }

    /// Writes a command to GitHub Actions, if it reads the streams.
    static func command(_ text: String) {
        if isWorkflowLog { write(text, to: STDERR_FILENO) }
    }

    /// Names of files end up in logs, and must not be taken for commands there.
    private static func inert(_ text: String) -> String { isWorkflowLog ? WorkflowLog.inert(text) : text }

    /// Whether text on standard output may carry colour.
    static func style(environment: [String: String]) -> TextStyle { style(STDOUT_FILENO, environment) }

    /// Whether text on standard error may carry colour.
    static func noticeStyle(environment: [String: String]) -> TextStyle { style(STDERR_FILENO, environment) }

    /// Whether standard error is a terminal.
    static var noticesGoToTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes diagnostics with the lines they are about.
    static func diagnostics(_ diagnostics: [Diagnostic], sources: [String: SourceText], environment: [String: String]) {
        notice(DiagnosticText(sources: sources, style: noticeStyle(environment: environment)).render(diagnostics))
        command(diagnostics.map { Annotation($0) }.lines())
    }

    /// Colour is for terminals only, and never where `NO_COLOR` is set ([no-color.org](https://no-color.org)).
    private static func style(_ descriptor: Int32, _ environment: [String: String]) -> TextStyle {
        let isRefused = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        return TextStyle(usesColor: isatty(descriptor) == 1 && !isRefused && environment["TERM"] != "dumb")
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = KnownSecrets.shared.redacted(text)
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while unsafe !rest.isEmpty {
                let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR || errno == EAGAIN { continue }
                // Nobody listens any more (`… | head`): there is nobody to tell either.
                guard count > 0 else { return }
                unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }
}
