import MarkedYAML
import RunOutputs

/// What one rule comes to: its operations, and what became of the files it looked at.
struct RuleOutcome {
    var operations: [UploadOperation] = []
    var skipped: [SkippedFile] = []
    var problems: [PlannedRule.Problem] = []
    var status = PlannedRule.Status.active
}

/// Decides the operations of the rules that take files from the disk.
struct RulePlanner {
    let bound: BoundRule
    /// The rule's place among all rules.
    let rule: Int
    let inventory: Inventory

    func outcome() -> RuleOutcome {
        var outcome = RuleOutcome()
        if let condition = bound.conditionNotMet {
            outcome.status = .conditionNotMet(condition)
            return outcome
        }
        switch bound.source {
        case .directory(let selection): planDirectory(selection, &outcome)
        case .file(let path): planFile(path, &outcome)
        case .archive(let format, let level, let members): planArchive(format, level, members, &outcome)
        case .index(let index):
            if index.under != nil { outcome.status = .conditionNotMet("`finish` writes the pages of the whole run") }
        }
        checkExpectation(&outcome)
        checkSecrets(&outcome)
        return outcome
    }

    private func planDirectory(_ selection: BoundSelection, _ outcome: inout RuleOutcome) {
        guard let selected = select(selection, &outcome) else { return }
        outcome.operations.reserveCapacity(selected.count)
        for entry in selected {
            let relative = bound.rule.flatten ? entry.path.text.lastPathComponent : entry.path.text
            add(selection.source(entry), at: bound.destination.appending(relative), &outcome)
        }
    }

    private func planFile(_ path: ExactString, _ outcome: inout RuleOutcome) {
        switch inventory.paths[path] ?? .absent {
        case .absent: nothingSelected("'\(path)' does not exist", &outcome)
        case .file(let version):
            add(SourceFile(path: path, version: version), at: bound.destination, &outcome)
        case .directory: fail("'\(path)' is a directory, not a file", &outcome)
        case .special: fail("'\(path)' is not a regular file", &outcome)
        case .unreadable(let reason): fail("'\(path)' cannot be read: \(reason)", &outcome)
        }
    }

    private func planArchive(
        _ format: ArchiveFormat, _ level: Int?, _ selection: BoundSelection, _ outcome: inout RuleOutcome
    ) {
        guard let selected = select(selection, &outcome) else { return }
        let members = selected.map { ArchiveRecipe.Member(name: $0.path, file: selection.source($0)) }
        let recipe = ArchiveRecipe(format: format, level: level, members: members)
        outcome.operations.append(operation(.archive(recipe), at: bound.destination))
    }

    private func add(_ file: SourceFile, at destination: OutputLocation, _ outcome: inout RuleOutcome) {
        let key = destination.key.text
        guard key.utf8.count <= InvalidPathValue.maximumKeyLength else {
            let problem = "its key would be \(key.utf8.count) bytes long, and S3 takes at most 1024"
            return refuse(file, shown: "\(file.path.text.prefix(60))…", problem, &outcome)
        }
        guard !key.holdsControlCharacters else {
            let problem = "its name holds a control character, which listings of a bucket cannot show; rename the file"
            return refuse(file, shown: file.path.text, problem, &outcome)
        }
        outcome.operations.append(operation(.file(file), at: destination))
    }

    /// Leaves out one file, which fails the rule; its other files are published all the same.
    private func refuse(_ file: SourceFile, shown name: String, _ problem: String, _ outcome: inout RuleOutcome) {
        outcome.problems.append(.init("'\(name.printable)': \(problem)"))
        outcome.skipped.append(
            SkippedFile(rule: rule, path: file.path, reason: .problem(problem), size: file.version.knownSize))
    }

    private func operation(_ source: UploadOperation.Source, at destination: OutputLocation) -> UploadOperation {
        let type = bound.properties.contentType ?? ContentType.of(destination.key.text.lastPathComponent)
        return UploadOperation(rule: rule, source: source, destination: destination, contentType: type)
    }

    func nothingSelected(_ message: String, _ outcome: inout RuleOutcome) {
        switch bound.rule.missing ?? .error {
        case .skip, .warn: outcome.status = .nothingSelected(message)
        case .error: fail(message, &outcome)
        }
    }

    func fail(_ message: String, _ outcome: inout RuleOutcome) {
        outcome.status = .failed
        outcome.problems.append(.init(message))
    }
}

extension BoundSelection {
    /// The path of an entry as it is opened: relative to the working directory, or absolute.
    func fullPath(_ entry: FileEntry) -> ExactString {
        directory.path == "." ? entry.path : ExactString(directory.path.text.joined(with: entry.path.text))
    }

    func source(_ entry: FileEntry) -> SourceFile {
        SourceFile(
            path: fullPath(entry), version: entry.version,
            directoryLength: directory.followsSymlinks
                ? nil : directory.path == "." ? 0 : directory.path.text.utf8.count)
    }
}

extension String {
    /// Whether there is a character of the C0 or C1 set, or DEL: U+0080 to U+009F begin with the byte C2.
    fileprivate var holdsControlCharacters: Bool {
        guard utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 }) else { return false }
        return unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
