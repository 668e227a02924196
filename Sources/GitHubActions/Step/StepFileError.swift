import UploadPlanning

/// Why a step's summary or outputs are not written.
public enum StepFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// An output cannot have this name.
    case illegalName(String)
    /// The file cannot be written: the variable that names it, the file, and the system's words.
    case unwritable(variable: String, path: String, String)

    /// What is wrong and what to do about it.
    public var description: String {
        switch self {
        case .illegalName(let name):
            "'\(name.printable)' cannot be the name of an output: GitHub Actions takes letters, digits, '-' and '_', "
                + "with a letter or '_' first"
        case .unwritable(let variable, let path, let reason):
            "cannot write '\(path.printable)' (\(variable)): \(reason); in a container, mount that file"
        }
    }
}
