import LocalFiles
public import UploadPlanning

/// The files through which a step gives its job a summary and outputs.
///
/// GitHub Actions names them in `GITHUB_STEP_SUMMARY` and `GITHUB_OUTPUT`. Outside of it there are none, and nothing is
/// written.
public struct StepFiles: Hashable, Sendable {
    /// The file of the step's summary.
    public let summary: String?
    /// The file of the step's outputs.
    public let outputs: String?

    /// Finds the files.
    ///
    /// - Parameter environment: The environment; a variable that is empty counts as unset.
    public init(environment: [String: String]) {
        func path(_ variable: String) -> String? { environment[variable].flatMap { $0.isEmpty ? nil : $0 } }
        summary = path("GITHUB_STEP_SUMMARY")
        outputs = path("GITHUB_OUTPUT")
    }

    /// Finds out whether the files can be written to, before there is something to write.
    ///
    /// - Throws: ``StepFileError`` for the first one that cannot.
    public func probe() throws(StepFileError) {
        for (path, variable) in [(summary, "GITHUB_STEP_SUMMARY"), (outputs, "GITHUB_OUTPUT")] {
            guard let path else { continue }
            do { try SmallFile.append("", to: path) } catch {
                throw .unwritable(variable: variable, path: path, "\(error)")
            }
        }
    }

    /// Appends entries to the step's summary, as many as GitHub takes.
    ///
    /// - Parameter entries: The entries in Markdown.
    /// - Returns: What the user should know: that there is no summary, or that not all of it fits.
    /// - Throws: ``StepFileError`` if the file cannot be written.
    public func append(summary entries: [String]) throws(StepFileError) -> [String] {
        guard !entries.isEmpty else { return [] }
        guard let summary else {
            let count = entries.count.counted("entry", plural: "entries")
            return ["GITHUB_STEP_SUMMARY is not set: there is nowhere to write a summary of \(count)"]
        }
        let text = StepSummaryText(entries, room: StepSummaryText.limit - SmallFile.size(of: summary))
        try write(text.text, to: summary, named: "GITHUB_STEP_SUMMARY")
        return text.notice.map { [$0] } ?? []
    }

    /// Appends outputs of the step.
    ///
    /// - Parameters:
    ///   - outputs: The outputs.
    ///   - generator: Where delimiters of multi-line values come from: whoever can guess one can forge outputs.
    /// - Returns: What the user should know: that there is nowhere to write outputs.
    /// - Throws: ``StepFileError`` if a name is illegal or the file cannot be written; nothing was written then.
    public func append(
        outputs: [RunSummary.Output], using generator: inout some RandomNumberGenerator
    ) throws(StepFileError) -> [String] {
        let text = try StepOutputText.text(outputs, using: &generator)
        guard !outputs.isEmpty else { return [] }
        guard let path = self.outputs else {
            return ["GITHUB_OUTPUT is not set: there is nowhere to write \(outputs.count.counted("output"))"]
        }
        try write(text, to: path, named: "GITHUB_OUTPUT")
        return []
    }

    /// Appends outputs of the step, with the system's random numbers.
    ///
    /// - Parameter outputs: The outputs.
    /// - Returns: What the user should know: that there is nowhere to write outputs.
    /// - Throws: ``StepFileError`` if a name is illegal or the file cannot be written; nothing was written then.
    public func append(outputs: [RunSummary.Output]) throws(StepFileError) -> [String] {
        var generator = SystemRandomNumberGenerator()
        return try append(outputs: outputs, using: &generator)
    }

    private func write(_ text: String, to path: String, named variable: String) throws(StepFileError) {
        guard !text.isEmpty else { return }
        do {
            try SmallFile.append(text, to: path)
        } catch {
            throw .unwritable(variable: variable, path: path, "\(error)")
        }
    }
}

/// Why a step's summary or outputs are not written.
public enum StepFileError: Error, Equatable, Sendable, CustomStringConvertible {
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
