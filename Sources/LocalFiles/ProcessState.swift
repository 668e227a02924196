import Glibc
package import SystemPackage

/// How many files and connections this process may have open at once.
package enum DescriptorLimit {
    /// More than any run needs: a process that is told of a million may take long to start others.
    private static let enough: rlim_t = 16_384
    /// What a run needs besides its transfers: streams, event loops, directories that are being walked.
    private static let reserve = 48
    /// What one transfer may need: its connection, one that waits on another thread, its file and a temporary one.
    private static let forTransfer = 4

    /// Raises the limit as far as this process may.
    ///
    /// - Returns: The limit.
    @discardableResult
    package static func raise() -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return Int(enough) }
        let possible = min(limit.rlim_max, enough)
        if limit.rlim_cur < possible {
            let old = limit.rlim_cur
            limit.rlim_cur = possible
            if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { limit.rlim_cur = old }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// How many transfers may run at once.
    ///
    /// - Parameters:
    ///   - wanted: How many should, if nothing were scarce.
    ///   - limit: How many descriptors there may be.
    /// - Returns: At least 1.
    package static func transfers(_ wanted: Int, within limit: Int) -> Int {
        max(1, min(wanted, (limit - reserve) / forTransfer))
    }
}

/// A locale in which names are UTF-8.
///
/// libarchive asks the locale what names are encoded in, and a process starts in one where all but ASCII is an error.
package enum UTF8Locale {
    nonisolated(unsafe) private static let locale = unsafe newlocale(1 << LC_CTYPE, "C.UTF-8", nil)

    /// Calls a closure with the locale set for this thread.
    package static func whileActive<Result>(_ body: () -> Result) -> Result {
        let previous = unsafe uselocale(locale)
        defer { unsafe uselocale(previous) }
        return body()
    }
}

/// The directory that relative paths start from.
///
/// It is the process's own, unless a task runs with another one: several commands can then work in one process, each in
/// a directory of its own.
package struct WorkingDirectory: Sendable {
    /// That of the task.
    @TaskLocal package static var current = WorkingDirectory()

    /// The open directory, or `nil` for the process's own.
    let descriptor: Descriptor?
    private let path: String?

    /// The process's working directory.
    package init() {
        descriptor = nil
        path = nil
    }

    /// Opens a directory.
    ///
    /// - Parameter path: Its absolute path.
    /// - Throws: What the system answered.
    package init(_ path: String) throws(Errno) {
        descriptor = try Descriptor.open(path: path, [.pathOnly, .directory])
        self.path = path
    }

    /// The path by which others, such as a program that is started, find the directory; `nil` for the process's own.
    package var explicitPath: String? { path }

    /// A path that means the same wherever it is used in this process.
    ///
    /// - Parameter path: The path, relative to this directory or absolute.
    /// - Returns: The path itself if it is absolute or this is the process's own directory.
    package func absolute(_ path: String) -> String {
        guard let base = self.path, !path.hasPrefix("/") else { return path }
        return path.isEmpty || path == "." ? base : "\(base)/\(path)"
    }
}
