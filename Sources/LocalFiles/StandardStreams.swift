import Glibc
package import SystemPackage

/// The three descriptors that a process is started with.
package enum StandardStreams {
    /// A stream that is written to.
    package enum Stream: Sendable {
        case output, error

        /// Its descriptor.
        package var number: CInt { self == .output ? STDOUT_FILENO : STDERR_FILENO }

        /// Whether a person looks at it.
        package var isTerminal: Bool { isatty(number) == 1 }
    }

    /// Makes sure that no file or connection takes the place of a stream that is closed, and that a reader who is gone
    /// ends a write and not the process.
    package static func prepare() {
        for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
            // The lowest free number is this one. Neither reading from it nor writing to it succeeds.
            _ = unsafe open("/", O_RDONLY | O_DIRECTORY)
        }
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// Writes all of a text, waiting where a pipe is full.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - stream: Where it goes.
    /// - Throws: What the system answered.
    package static func write(_ text: String, to stream: Stream) throws(Errno) {
        try Errno.writeAll(Array(text.utf8), to: stream.number)
    }

    /// Ends the process at once.
    package static func exit(_ code: CInt) -> Never { Glibc.exit(code) }

    /// Whether the process was started with the signal ignored that says that its terminal is gone, as `nohup` does.
    package static var ignoresHangUp: Bool {
        var action = sigaction()
        guard unsafe sigaction(SIGHUP, nil, &action) == 0 else { return false }
        // SIG_IGN is a macro that Swift cannot import: a pointer of value 1.
        return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
