import Glibc

/// The three descriptors that a process is started with.
enum StandardStreams {
    /// Makes sure that no file or connection takes the place of a stream that is closed, and that a reader who is gone
    /// ends a write and not the process.
    static func prepare() {
        for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
            // The lowest free number is this one. Neither reading from it nor writing to it succeeds.
            _ = unsafe open("/", O_RDONLY | O_DIRECTORY)
        }
        _ = signal(SIGPIPE, SIG_IGN)
    }
}
