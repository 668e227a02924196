import MarkedYAML
import RunOutputs

/// What one rule comes to: its operations, and what became of the files it looked at.
struct RuleDraft {
    var operations = UploadOperations()
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
        draft.withdrawSecrets(of: bound, at: rule, named: SecretName.mayMatch) { path in
            SecretName.match(path).map { "its name matches '\($0.pattern)', which holds \($0.what)" }
        }
    }

    private mutating func planDirectory(_ selection: BoundSelection) {
        guard let selected = select(selection) else { return }
        var upload = DirectoryUpload(
            rule: rule, directory: selection.directory, to: bound.destination, flattens: bound.rule.flatten,
            contentType: bound.properties.contentType, entries: selected)
        let problem = { (entry: FileEntry) in KeyProblem(upload.name(of: entry), below: upload.destination) }
        if selected.contains(where: { problem($0) != nil }) {
            for entry in upload.entries {
                if let problem = problem(entry) { refuse(selection.directory.source(entry), problem) }
            }
            upload.entries = upload.entries.filter { problem($0) == nil }
        }
        draft.operations = UploadOperations(upload)
    }

    private mutating func planFile(_ path: ExactString) {
        switch inventory.paths[path] ?? .absent {
        case .absent: nothingSelected("'\(path)' does not exist")
        case .file(let version):
            let file = SourceFile(path: path, version: version)
            if let problem = KeyProblem(bound.destination.key.text) { return refuse(file, problem) }
            draft.operations.append(operation(.file(file), at: bound.destination))
        case .directory: fail("'\(path)' is a directory, not a file")
        case .special: fail("'\(path)' is not a regular file")
        case .unreadable(let reason): fail("'\(path)' cannot be read: \(reason)")
        }
    }

    private mutating func planArchive(
        _ format: ArchiveFormat, _ level: Int?, _ selection: BoundSelection
    ) {
        guard let selected = select(selection) else { return }
        let members = selected.map { ArchiveRecipe.Member(name: $0.path, file: selection.directory.source($0)) }
        let recipe = ArchiveRecipe(format: format, level: level, members: members)
        draft.operations.append(operation(.archive(recipe), at: bound.destination))
    }

    /// Leaves out one file, which fails the rule; its other files are published all the same.
    private mutating func refuse(_ file: SourceFile, _ problem: KeyProblem) {
        let name =
            switch problem {
            case .tooLong: "\(file.path.text.prefix(60))…"
            case .controlCharacter: file.path.text
            }
        draft.problems.append(.init("'\(name.printable)': \(problem)"))
        draft.skipped.append(
            SkippedFile(
                rule: rule, path: file.path, reason: .problem(problem.description), size: file.version.knownSize))
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
        operations = UploadOperations()
        skipped += files.map { file in
            SkippedFile(rule: rule, path: file.path, reason: .problem("its rule fails"), size: file.version.knownSize)
        }
    }
}

/// Why no object can have a key.
private enum KeyProblem: CustomStringConvertible {
    /// It has so many bytes.
    case tooLong(Int)
    case controlCharacter

    /// Looks at a key, or at the end of one below a destination.
    init?(_ name: String, below destination: OutputLocation? = nil) {
        let start = destination?.key.text
        let length = (start.map { $0.utf8.count + 1 } ?? 0) + name.utf8.count
        if length > InvalidPathValue.maximumKeyLength {
            self = .tooLong(length)
        } else if name.holdsControlCharacters || start?.holdsControlCharacters == true {
            self = .controlCharacter
        } else {
            return nil
        }
    }

    var description: String {
        switch self {
        case .tooLong(let length): "its key would be \(length) bytes long, and S3 takes at most 1024"
        case .controlCharacter:
            "its name holds a control character, which listings of a bucket cannot show; rename the file"
        }
    }
}

extension String {
    /// Whether there is a character of the C0 or C1 set, or DEL: U+0080 to U+009F begin with the byte C2.
    fileprivate var holdsControlCharacters: Bool {
        guard utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 }) else { return false }
        return unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}

extension RulePlanner {
    /// Fails the rule, and takes back its operations, if what it selected is implausible.
    mutating func checkExpectation() {
        guard draft.status == .active, !draft.operations.isEmpty, expectsSomething else { return }
        let files = draft.operations.flatMap(\.sourceFiles)
        let problems = implausibleNumbers(files) + outdated(files)
        guard !problems.isEmpty else { return }
        draft.problems += problems.map { PlannedRule.Problem($0) }
        draft.withdraw(rule)
    }

    private var expectsSomething: Bool {
        let expectation = bound.rule.expectation
        return expectation.files != nil || expectation.bytes != nil || bound.newerThan != nil
    }

    private func implausibleNumbers(_ files: [SourceFile]) -> [String] {
        var problems: [String] = []
        let expectation = bound.rule.expectation
        if let range = expectation.files?.value, !range.contains(Int64(files.count)) {
            problems.append("\(files.count.counted("file")) selected, \(range.text { "\($0)" }) expected")
        }
        let bytes = files.reduce(0) { $0 + ($1.version.knownSize ?? 0) }
        if files.allSatisfy({ $0.version.knownSize != nil }), let range = expectation.bytes?.value,
            !range.contains(bytes)
        {
            problems.append("\(bytes.byteText) selected, \(range.text(\.byteText)) expected")
        }
        return problems
    }

    private func outdated(_ files: [SourceFile]) -> [String] {
        guard inventory.hasTimes, let path = bound.newerThan else { return [] }
        guard case .file(let reference) = inventory.paths[path] ?? .absent else {
            return ["'\(path)', which files must be newer than, is not a file"]
        }
        let old = files.filter { $0.version.modified <= reference.modified }
        guard let first = old.first else { return [] }
        return ["'\(first.path)'\(old.count > 1 ? " and \(old.count - 1) more are" : " is") not newer than '\(path)'"]
    }
}

extension PlausibleRange {
    fileprivate func text(_ text: (Int64) -> String) -> String {
        if lowerBound == upperBound { return text(lowerBound) }
        if upperBound == .max { return "at least \(text(lowerBound))" }
        if lowerBound == 0 { return "at most \(text(upperBound))" }
        return "\(text(lowerBound)) to \(text(upperBound))"
    }
}

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
            let selected = taken(of: entries, selection)
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

    /// The entries that the rule takes: the listing itself if it takes all, of which there may be a million.
    private mutating func taken(of entries: [FileEntry], _ selection: BoundSelection) -> [FileEntry] {
        guard let left = entries.firstIndex(where: { !take($0, selection) }) else { return entries }
        return entries[..<left] + entries[(left + 1)...].filter { take($0, selection) }
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
            draft.problems.append(
                .init("the name of '\(selection.directory.path(of: entry))' is not UTF-8; rename the file"))
            skip(entry, selection, .problem("its name is not UTF-8"))
        case .file: return true
        }
        return false
    }

    private mutating func skip(
        _ entry: FileEntry, _ selection: BoundSelection, _ reason: SkippedFile.Reason
    ) {
        draft.skipped.append(
            SkippedFile(
                rule: rule, path: selection.directory.path(of: entry), reason: reason, size: entry.version.knownSize))
    }
}

extension RuleDraft {
    /// Fails the rule, and takes back its operations, if it would publish what looks like credentials.
    ///
    /// - Parameters:
    ///   - bound: The rule.
    ///   - rule: Its place among all rules.
    ///   - mayBeSecret: Whether a file may look like credentials, by the last segment of its path.
    ///   - reason: Why a file looks like credentials, as the end of a sentence; `nil` if it does not.
    mutating func withdrawSecrets(
        of bound: BoundRule, at rule: Int, named mayBeSecret: (String) -> Bool,
        _ reason: (ExactString) -> String?
    ) {
        var found: [PlannedRule.Problem] = []
        for file in operations.sourceFiles(named: mayBeSecret) {
            guard let reason = reason(file.path), !bound.allowsSecret(file.path) else { continue }
            found.append(
                PlannedRule.Problem(
                    "'\(file.path)' looks like a secret: \(reason); exclude it, or waive it by name with "
                        + "`allow_secrets`", code: .likelySecret))
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
        case .directory(let selection), .archive(_, _, let selection):
            name = selection.directory.relativePath(of: path) ?? path
        case .file: name = ExactString(path.text.lastPathComponent)
        case .index: return false
        }
        return allowedSecrets.contains { $0.glob.matches(name) }
    }
}
