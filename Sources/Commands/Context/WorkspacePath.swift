import GitHubActions
import LocalFiles
import UploadPlanning

/// How GitHub names files: relative to the root of the repository, wherever a step runs and however a path was typed.
struct WorkspacePath {
    /// The checked-out repository without symlinks; `nil` outside of a job.
    private let root: String?

    /// Finds the repository.
    ///
    /// - Parameter environment: The environment: `GITHUB_WORKSPACE` is read.
    init(environment: [String: String]) {
        root = environment["GITHUB_WORKSPACE"].flatMap { $0.isEmpty ? nil : $0.resolvedPath }
    }

    /// The path of a file relative to the repository; one outside of it keeps its name, and so does what is not a file.
    ///
    /// - Parameter file: The file as it was named on the command line.
    /// - Returns: The path with `/` between segments, without `.` and `..` where it lies in the repository.
    func relative(_ file: String) -> String {
        guard !file.isEmpty, file != "-", !file.hasPrefix("git:") else { return file }
        guard let root else { return file.withoutDotSegments }
        let path = file.resolvedPath
        let absolute = path.hasPrefix("/") ? path : ".".resolvedPath + "/" + path
        guard absolute.hasPrefix(root + "/") else { return file.withoutDotSegments }
        return String(absolute.dropFirst(root.count + 1))
    }

    /// The diagnostic with all of its places named relative to the repository.
    func relative(_ diagnostic: Diagnostic) -> Diagnostic {
        var diagnostic = diagnostic
        diagnostic.file = relative(diagnostic.file)
        for index in diagnostic.notes.indices {
            diagnostic.notes[index].file = relative(diagnostic.notes[index].file)
        }
        return diagnostic
    }

    /// The annotation at its place relative to the repository.
    func relative(_ annotation: Annotation) -> Annotation {
        var annotation = annotation
        annotation.file = relative(annotation.file)
        return annotation
    }
}

extension String {
    /// The path without `./` in it.
    fileprivate var withoutDotSegments: String {
        guard hasPrefix("./") || contains("/./") else { return self }
        let segments = split(separator: "/", omittingEmptySubsequences: true).filter { $0 != "." }
        return (hasPrefix("/") ? "/" : "") + segments.joined(separator: "/")
    }
}
