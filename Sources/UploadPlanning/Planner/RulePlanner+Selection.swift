import MarkedYAML
import RunOutputs

extension RulePlanner {
    /// The entries of a directory that the patterns take, or `nil` if there are none and that was dealt with.
    func select(_ selection: BoundSelection, _ outcome: inout RuleOutcome) -> [FileEntry]? {
        let directory = selection.directory.path
        switch inventory.directories[selection.directory] ?? .absent {
        case .absent:
            nothingSelected("the directory '\(directory)' does not exist", &outcome)
            return nil
        case .notADirectory:
            fail("'\(directory)' is not a directory", &outcome)
            return nil
        case .listed(let entries, let unreadable):
            // What could not be read fails the rule; what could be read is published all the same.
            for problem in unreadable {
                let path = problem.path.text.isEmpty ? directory.text : directory.text.joined(with: problem.path.text)
                outcome.problems.append(.init("'\(path)' cannot be read: \(problem.reason)"))
            }
            let selected = entries.filter { take($0, selection, &outcome) }
            if selected.isEmpty, outcome.problems.isEmpty {
                let patterns = selection.include.map { "'\($0.source.value)'" }.joined(separator: ", ")
                let what = patterns.isEmpty ? "no files" : "no file that matches \(patterns)"
                nothingSelected("'\(directory)' holds \(what)", &outcome)
                return nil
            }
            if selected.isEmpty { outcome.status = .failed }
            return selected.isEmpty ? nil : selected
        }
    }

    /// Whether the rule takes an entry; what it looks at and leaves is noted with the reason.
    private func take(_ entry: FileEntry, _ selection: BoundSelection, _ outcome: inout RuleOutcome) -> Bool {
        guard selection.include.isEmpty || selection.include.contains(where: { $0.glob.matches(entry.path) }) else {
            return false
        }
        if let pattern = selection.exclude.first(where: { $0.glob.matches(entry.path) }) {
            skip(entry, selection, .excluded(pattern: pattern.source), &outcome)
            return false
        }
        switch entry.kind {
        case .symlink: skip(entry, selection, .symlink, &outcome)
        case .special: skip(entry, selection, .special, &outcome)
        case .file where !entry.nameIsUTF8:
            outcome.problems.append(.init("the name of '\(selection.fullPath(entry))' is not UTF-8; rename the file"))
        case .file: return true
        }
        return false
    }

    private func skip(
        _ entry: FileEntry, _ selection: BoundSelection, _ reason: SkippedFile.Reason, _ outcome: inout RuleOutcome
    ) {
        outcome.skipped.append(
            SkippedFile(rule: rule, path: selection.fullPath(entry), reason: reason, size: entry.version.size))
    }

    /// Fails the rule, and takes back its operations, if what it selected is implausible.
    func checkExpectation(_ outcome: inout RuleOutcome) {
        guard outcome.status == .active, !outcome.operations.isEmpty else { return }
        let files = outcome.operations.flatMap(\.sourceFiles)
        let expectation = bound.rule.expectation
        var problems: [String] = []
        if let range = expectation.files?.value, !range.contains(Int64(files.count)) {
            problems.append("\(files.count) files were selected, and \(range.description { "\($0)" }) are expected")
        }
        let bytes = files.reduce(0) { $0 + $1.version.size }
        if let range = expectation.bytes?.value, !range.contains(bytes) {
            problems.append("\(bytes.byteText) were selected, and \(range.description(\.byteText)) are expected")
        }
        if let path = bound.newerThan {
            if case .file(let reference) = inventory.paths[path] ?? .absent {
                let old = files.filter { $0.version.modified <= reference.modified }
                if let first = old.first {
                    let others = old.count > 1 ? " and \(old.count - 1) others are" : " is"
                    problems.append("'\(first.path)'\(others) not newer than '\(path)'")
                }
            } else {
                problems.append("'\(path)', which files must be newer than, is no file")
            }
        }
        guard !problems.isEmpty else { return }
        outcome.problems += problems.map { PlannedRule.Problem($0) }
        outcome.status = .failed
        outcome.operations = []
    }
}

extension UploadOperation {
    /// The files that the operation reads.
    public var sourceFiles: [SourceFile] {
        switch source {
        case .file(let file): [file]
        case .archive(let recipe): recipe.members.map(\.file)
        case .index: []
        }
    }
}

extension PlausibleRange {
    fileprivate func description(_ text: (Int64) -> String) -> String {
        if lowerBound == upperBound { return text(lowerBound) }
        if upperBound == .max { return "at least \(text(lowerBound))" }
        if lowerBound == 0 { return "at most \(text(upperBound))" }
        return "\(text(lowerBound)) to \(text(upperBound))"
    }
}
