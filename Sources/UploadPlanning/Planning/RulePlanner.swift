import MarkedYAML
import RunOutputs

/// What one rule comes to: its operations, and what became of the files it looked at.
struct RuleDraft {
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

    var draft = RuleDraft()

    /// Starts with nothing.
    private init(bound: BoundRule, rule: Int, inventory: Inventory) {
        self.bound = bound
        self.rule = rule
        self.inventory = inventory
    }

    /// Plans one rule.
    ///
    /// - Parameters:
    ///   - bound: The rule.
    ///   - rule: Its place among all rules.
    ///   - inventory: What the disk holds.
    /// - Returns: What the rule comes to, before anybody looked into its files.
    static func draft(of bound: BoundRule, at rule: Int, _ inventory: Inventory) -> RuleDraft {
        var planner = RulePlanner(bound: bound, rule: rule, inventory: inventory)
        planner.plan()
        return planner.draft
    }

    private mutating func plan() {
        if let condition = bound.conditionNotMet {
            draft.status = .conditionNotMet(condition)
            return
        }
        switch bound.source {
        case .directory(let selection): planDirectory(selection)
        case .file(let path): planFile(path)
        case .archive(let format, let level, let members): planArchive(format, level, members)
        case .index(let index):
            if index.under != nil { draft.status = .conditionNotMet("`finish` writes the pages of the whole run") }
        }
        checkExpectation()
        draft.withdrawSecrets(of: bound, at: rule) { path in
            SecretName.match(path).map { "its name matches '\($0.pattern)', which holds \($0.what)" }
        }
    }

    private mutating func planDirectory(_ selection: BoundSelection) {
        guard let selected = select(selection) else { return }
        draft.operations.reserveCapacity(selected.count)
        for entry in selected {
            let relative = bound.rule.flatten ? entry.path.text.lastPathComponent : entry.path.text
            add(selection.source(entry), at: bound.destination.appending(relative))
        }
    }

    private mutating func planFile(_ path: ExactString) {
        switch inventory.paths[path] ?? .absent {
        case .absent: nothingSelected("'\(path)' does not exist")
        case .file(let version):
            add(SourceFile(path: path, version: version), at: bound.destination)
        case .directory: fail("'\(path)' is a directory, not a file")
        case .special: fail("'\(path)' is not a regular file")
        case .unreadable(let reason): fail("'\(path)' cannot be read: \(reason)")
        }
    }

    private mutating func planArchive(
        _ format: ArchiveFormat, _ level: Int?, _ selection: BoundSelection
    ) {
        guard let selected = select(selection) else { return }
        let members = selected.map { ArchiveRecipe.Member(name: $0.path, file: selection.source($0)) }
        let recipe = ArchiveRecipe(format: format, level: level, members: members)
        draft.operations.append(operation(.archive(recipe), at: bound.destination))
    }

    private mutating func add(_ file: SourceFile, at destination: OutputLocation) {
        let key = destination.key.text
        guard key.utf8.count <= InvalidPathValue.maximumKeyLength else {
            let problem = "its key would be \(key.utf8.count) bytes long, and S3 takes at most 1024"
            return refuse(file, shown: "\(file.path.text.prefix(60))…", problem)
        }
        guard !key.holdsControlCharacters else {
            let problem = "its name holds a control character, which listings of a bucket cannot show; rename the file"
            return refuse(file, shown: file.path.text, problem)
        }
        draft.operations.append(operation(.file(file), at: destination))
    }

    /// Leaves out one file, which fails the rule; its other files are published all the same.
    private mutating func refuse(_ file: SourceFile, shown name: String, _ problem: String) {
        draft.problems.append(.init("'\(name.printable)': \(problem)"))
        draft.skipped.append(
            SkippedFile(rule: rule, path: file.path, reason: .problem(problem), size: file.version.knownSize))
    }

    private func operation(_ source: UploadOperation.Source, at destination: OutputLocation) -> UploadOperation {
        let type = bound.properties.contentType ?? ContentType.of(destination.key.text.lastPathComponent)
        return UploadOperation(rule: rule, source: source, destination: destination, contentType: type)
    }

    mutating func nothingSelected(_ message: String) { draft.selectNothing(message, bound.rule.missing) }

    mutating func fail(_ message: String) { draft.fail(message) }
}

extension RuleDraft {
    /// Notes that the rule finds nothing, which may be what it allows.
    mutating func selectNothing(_ message: String, _ policy: UploadRule.MissingPolicy?) {
        switch policy ?? .error {
        case .skip, .warn: status = .nothingSelected(message)
        case .error: fail(message)
        }
    }

    mutating func fail(_ message: String) {
        status = .failed
        problems.append(.init(message))
    }

    /// Takes back all operations of a rule that fails.
    mutating func withdraw(_ rule: Int) {
        let files = operations.flatMap(\.sourceFiles)
        status = .failed
        operations = []
        skipped += files.map { file in
            SkippedFile(rule: rule, path: file.path, reason: .problem("its rule fails"), size: file.version.knownSize)
        }
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
