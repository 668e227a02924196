import ArgumentParser
import FoundationEssentials
import GitHubActions
import Glibc
import MarkedYAML
import Synchronization
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
        let workspace = WorkspacePath(environment: environment)
        command(diagnostics.map { workspace.relative(Annotation($0)) }.lines())
    }

    /// Whether standard output takes nothing any more: then there is no use in making more of it.
    static var isLost: Bool { lost.withLock { $0 != 0 } }

    /// Why standard output takes nothing any more, as a value of `errno`; 0 while it does.
    private static let lost = Mutex<CInt>(0)

    /// The exit code of a command once it is known whether its output was written: data that is lost is no success.
    ///
    /// - Parameter code: The exit code without regard to that.
    /// - Returns: The code itself if it tells of a failure, or if everything was written.
    static func exitCode(insteadOf code: ExitCode) -> ExitCode {
        let reason = lost.withLock { $0 }
        guard reason != 0 else { return code }
        let isSuccess = code == .success || code == ToolExit.somethingToDo
        // A reader who has seen enough (`… | head`) wants no message.
        if reason == EPIPE { return isSuccess ? ToolExit.readerGone : code }
        notice("error: standard output cannot be written: \(unsafe String(cString: strerror(reason)))\n")
        return isSuccess ? ToolExit.someFailed : code
    }

    /// Colour is for terminals, unless the environment says otherwise.
    ///
    /// `NO_COLOR` ([no-color.org](https://no-color.org)) is stronger than `CLICOLOR_FORCE` and `CLICOLOR`
    /// ([bixense.com/clicolors](https://bixense.com/clicolors/)).
    private static func style(_ descriptor: Int32, _ environment: [String: String]) -> TextStyle {
        func isSet(_ name: String) -> Bool { environment[name].map { !$0.isEmpty } ?? false }
        if isSet("NO_COLOR") { return .plain }
        if isSet("CLICOLOR_FORCE"), environment["CLICOLOR_FORCE"] != "0" { return TextStyle(usesColor: true) }
        return TextStyle(
            usesColor: isatty(descriptor) == 1 && environment["TERM"] != "dumb" && environment["CLICOLOR"] != "0")
    }

    private static func write(_ text: String, to descriptor: Int32) {
        if descriptor == STDOUT_FILENO, isLost { return }
        var text = KnownSecrets.shared.redacted(text)
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while unsafe !rest.isEmpty {
                let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                guard count >= 0 else {
                    let code = errno
                    if code == EINTR { continue }
                    if code == EAGAIN {
                        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                        _ = unsafe poll(&wait, 1, -1)
                        continue
                    }
                    // Of standard error that takes nothing, nobody can be told.
                    if descriptor == STDOUT_FILENO { lost.withLock { $0 = code } }
                    return
                }
                unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }
}
