import MarkedYAML
import RunOutputs

extension RulePlanner {
    /// The entries of a directory that the patterns take, or `nil` if there are none and that was dealt with.
    mutating func select(_ selection: BoundSelection) -> [FileEntry]? {
        let directory = selection.directory.path
        switch inventory.directories[selection.directory] ?? .absent {
        case .absent:
            nothingSelected("the directory '\(directory)' does not exist")
            return nil
        case .notADirectory:
            fail("'\(directory)' is not a directory; a rule for one file has `file:` instead of `from:`")
            return nil
        case .listed(let entries, let unreadable):
            // What could not be read fails the rule; what could be read is published all the same.
            for problem in unreadable {
                let path = problem.path.text.isEmpty ? directory.text : directory.text.joined(with: problem.path.text)
                draft.problems.append(.init("'\(path)' cannot be read: \(problem.reason)"))
            }
            let selected =
                selection.takesAll(entries) ? entries : entries.filter { take($0, selection) }
            if selected.isEmpty, draft.problems.isEmpty {
                let patterns = selection.include.map { "'\($0.source.value)'" }.joined(separator: ", ")
                let what = patterns.isEmpty ? "no files" : "no file that matches \(patterns)"
                nothingSelected("'\(directory)' holds \(what)")
                return nil
            }
            if selected.isEmpty { draft.status = .failed }
            return selected.isEmpty ? nil : selected
        }
    }

    /// Whether the rule takes an entry; what it looks at and leaves is noted with the reason.
    private mutating func take(_ entry: FileEntry, _ selection: BoundSelection) -> Bool {
        guard selection.include.isEmpty || selection.include.contains(where: { $0.glob.matches(entry.path) }) else {
            return false
        }
        if let pattern = selection.exclude.first(where: { $0.glob.matches(entry.path) }) {
            skip(entry, selection, .excluded(pattern: pattern.source))
            return false
        }
        switch entry.kind {
        case .symlink: skip(entry, selection, .symlink)
        case .special: skip(entry, selection, .special)
        case .file where !entry.nameIsUTF8:
            draft.problems.append(.init("the name of '\(selection.fullPath(entry))' is not UTF-8; rename the file"))
            skip(entry, selection, .problem("its name is not UTF-8"))
        case .file: return true
        }
        return false
    }

    private mutating func skip(
        _ entry: FileEntry, _ selection: BoundSelection, _ reason: SkippedFile.Reason
    ) {
        draft.skipped.append(
            SkippedFile(rule: rule, path: selection.fullPath(entry), reason: reason, size: entry.version.knownSize))
    }
}

extension BoundSelection {
    /// Whether a rule takes every entry: then the listing is the selection, and need not be copied.
    fileprivate func takesAll(_ entries: [FileEntry]) -> Bool {
        include.isEmpty && exclude.isEmpty && entries.allSatisfy { $0.kind == .file && $0.nameIsUTF8 }
    }
}

extension RuleDraft {
    /// Fails the rule, and takes back its operations, if it would publish what looks like credentials.
    ///
    /// - Parameters:
    ///   - bound: The rule.
    ///   - rule: Its place among all rules.
    ///   - reason: Why a file looks like credentials, as the end of a sentence; `nil` if it does not.
    mutating func withdrawSecrets(of bound: BoundRule, at rule: Int, _ reason: (ExactString) -> String?) {
        var found: [PlannedRule.Problem] = []
        for operation in operations {
            for file in operation.sourceFiles {
                guard let reason = reason(file.path), !bound.allowsSecret(file.path) else { continue }
                found.append(
                    PlannedRule.Problem(
                        "'\(file.path)' looks like a secret: \(reason); exclude it, or waive it by name with "
                            + "`allow_secrets`", code: .likelySecret))
            }
        }
        guard !found.isEmpty else { return }
        problems += found
        withdraw(rule)
    }
}

extension BoundRule {
    /// Whether the rule says by name that a file may be published although it looks like a secret.
    func allowsSecret(_ path: ExactString) -> Bool {
        let name: ExactString
        switch source {
        case .directory(let selection), .archive(_, _, let selection): name = selection.relativePath(of: path) ?? path
        case .file: name = ExactString(path.text.lastPathComponent)
        case .index: return false
        }
        return allowedSecrets.contains { $0.glob.matches(name) }
    }
}
