import Glibc
package import SystemPackage

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
