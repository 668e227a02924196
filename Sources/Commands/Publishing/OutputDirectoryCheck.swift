import LocalFiles
import MarkedYAML
import RunOutputs
import UploadPlanning

extension PreparedUpload {
    /// The rule that would publish what is in an output directory, or would be once this upload is done.
    ///
    /// An output directory may lie below a directory that a rule takes files from, as long as the rule takes none of
    /// the output: else what one run wrote would be what the next one publishes.
    ///
    /// - Parameter output: The output directory.
    /// - Returns: The file, relative to the directory that the rule names, and the problem; `nil` if there is none.
    func ruleTakingOutput(of output: String) -> Diagnostic? {
        let output = output.resolvedPath
        for plan in plans {
            for source in plan.sourceDirectories {
                guard let path = output.relative(below: source.path.resolvedPath) else { continue }
                let written = upload.operations.lazy.map { path.joinedPath($0.destination.key.text) }
                guard let taken = written.first(where: source.takes) ?? existing(below: path, of: source) else {
                    continue
                }
                var problem = Diagnostic(
                    severity: .error, code: .runContext,
                    message: "the output directory '\(output)' is inside '\(source.path)', and rule "
                        + "'\(source.rule.value)' publishes files of it such as '\(taken)'",
                    file: plan.plan.file, range: source.rule.range)
                problem.help.append("write to a directory outside, or exclude it in the rule")
                return problem
            }
        }
        return nil
    }

    /// A file that an earlier run left in the output directory, and that the rule takes.
    private func existing(below output: String, of source: SourceDirectory) -> String? {
        guard case .listed(let entries, _) = inventory.directories[source.directory] ?? .absent else { return nil }
        let prefix = output.isEmpty ? "" : output + "/"
        return entries.first { $0.path.text.utf8.starts(with: prefix.utf8) && source.takes($0.path.text) }?.path.text
    }
}

extension String {
    /// The path below a directory, empty for the directory itself; `nil` if it is not below it.
    fileprivate func relative(below directory: String) -> String? {
        if self == directory { return "" }
        let prefix = directory == "/" ? "/" : directory + "/"
        return hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }

    fileprivate func joinedPath(_ name: String) -> String { isEmpty ? name : "\(self)/\(name)" }
}
