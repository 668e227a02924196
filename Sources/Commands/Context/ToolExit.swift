import ArgumentParser

/// The exit codes that scripts may rely on.
enum ToolExit {
    /// Some rule or transfer failed.
    static let someFailed = ExitCode(1)
    /// The plan or its inputs are wrong, and nothing was transferred.
    static let wrongInput = ExitCode(2)
    /// The command line is wrong: `EX_USAGE` of sysexits.h.
    static let wrongCommandLine = ExitCode(64)
    /// The bucket holds something different that must not be overwritten.
    static let conflict = ExitCode(3)
    /// With `--detailed-exitcode`: there is something to do.
    static let somethingToDo = ExitCode(5)
    /// Whoever read standard output was gone before its end: what a shell shows for SIGPIPE.
    static let readerGone = ExitCode(141)
    /// A signal ended the run.
    static let interrupted = ExitCode(130)
}

/// A command line that cannot be carried out: exit code 64.
struct CommandLineError: Error {
    /// What is wrong, in one line of lower case without a full stop.
    var message: String
    /// What to do about it, one line each.
    var help: [String] = []
}
