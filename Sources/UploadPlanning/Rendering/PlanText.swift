import MarkedYAML
import RunOutputs

/// Renders a planned upload for people: every destination by rule, then what is not uploaded and why.
public struct PlanText: Sendable {
    /// The plan.
    public var upload: PlannedUpload
    /// Whether to use colour.
    public var style: TextStyle

    /// The most files that are listed of one group of skipped files or leftovers.
    private static let foldAfter = 20

    /// Joins a plan and a style.
    public init(_ upload: PlannedUpload, style: TextStyle = .plain) {
        self.upload = upload
        self.style = style
    }

    /// One line that says how much would be uploaded, and one for each rule that fails.
    public func summary() -> String {
        let failed = upload.rules.flatMap { rule in rule.problems.map { (rule, $0) } }
        let problems = failed.map { rule, problem in
            style.paint("!", .red, .bold) + " rule '\(rule.name)' (\(place(rule))): \(problem.message.printable)\n"
        }
        return problems.joined() + "Plan: \(upload.totals.text).\n"
    }

    /// Every rule with its operations, what is skipped, leftovers, and totals.
    public func explanation() -> String {
        var text = ""
        let operations = Dictionary(grouping: upload.operations, by: \.rule)
        let skipped = Dictionary(grouping: upload.skipped, by: \.rule)
        for index in upload.rules.indices {
            text += header(upload.rules[index])
            text += lines(operations[index] ?? [])
            text += lines(skipped[index] ?? [])
            text += "\n"
        }
        return text + leftovers() + totals()
    }

    private func place(_ rule: PlannedRule) -> String { "\(rule.plan.printable):\(rule.range.lowerBound.line)" }

    private func header(_ rule: PlannedRule) -> String {
        var notes = [style.paint(place(rule), .faint)]
        if rule.existing != .replace { notes.append("existing: \(rule.existing.rawValue)") }
        if rule.bestEffort { notes.append("best effort") }
        if !rule.after.isEmpty {
            notes.append("after \(rule.after.map { upload.rules[$0].name }.joined(separator: ", "))")
        }
        var text =
            "\(style.paint(rule.name, .bold))  →  \(rule.destination.s3URI.printable)   \(notes.joined(separator: "   "))\n"
        switch rule.status {
        case .active, .failed: break
        case .conditionNotMet(let reason): text += "  \(style.paint("·", .faint)) not now: \(reason.printable)\n"
        case .nothingSelected(let reason): text += "  \(style.paint("·", .faint)) nothing to do: \(reason.printable)\n"
        }
        for problem in rule.problems { text += "  \(style.paint("!", .red, .bold)) \(problem.message.printable)\n" }
        return text
    }

    private func lines(_ operations: [UploadOperation]) -> String {
        let rows = operations.map { operation in
            (source: source(operation), size: operation.size?.byteText ?? "not yet known", operation: operation)
        }
        let width = min(rows.map(\.source.count).max() ?? 0, 60)
        let sizeWidth = rows.map(\.size.count).max() ?? 0
        return rows.map { row in
            let source = row.source.padding(to: width)
            let size = String(repeating: " ", count: sizeWidth - row.size.count) + row.size
            let key = row.operation.destination.key.text.printable
            let type = style.paint(row.operation.contentType.printable, .faint)
            return "  \(style.paint("+", .green)) \(source)  \(size)  → \(key)  \(type)\n"
        }.joined()
    }

    private func source(_ operation: UploadOperation) -> String {
        switch operation.source {
        case .file(let file): return file.path.text.printable
        case .archive(let recipe):
            let bytes = recipe.members.reduce(0) { $0 + $1.file.version.size }
            return "(\(recipe.format.rawValue) of \(recipe.members.count.counted("file")), \(bytes.byteText))"
        case .index(let recipe): return "(page that lists \(recipe.operations.count.counted("object")))"
        }
    }

    private func lines(_ skipped: [SkippedFile]) -> String {
        let groups = Dictionary(grouping: skipped, by: \.reason).sorted { $0.key.order < $1.key.order }
        return groups.map { reason, files in
            files.prefix(Self.foldAfter).map { file in
                "  \(style.paint("-", .yellow)) \(file.path.text.printable)  \(file.size.byteText)  \(reason.text)\n"
            }.joined() + more(files.dropFirst(Self.foldAfter).map(\.size), reason.text)
        }.joined()
    }

    private func more(_ sizes: [Int64], _ reason: String) -> String {
        guard !sizes.isEmpty else { return "" }
        return "    … \(sizes.count) more, \(sizes.reduce(0, +).byteText)  \(reason)\n"
    }

    private func leftovers() -> String {
        guard !upload.leftovers.isEmpty else { return "" }
        let listed = upload.leftovers.prefix(Self.foldAfter).map { file in
            "  \(style.paint("?", .yellow)) \(file.path.text.printable)  \(file.version.size.byteText)\n"
        }
        let rest = upload.leftovers.dropFirst(Self.foldAfter).map(\.version.size)
        return style.paint("leftovers", .bold) + "  (files that no rule takes)\n" + listed.joined()
            + more(rest, "(--format json lists them all)") + "\n"
    }

    private func totals() -> String {
        let totals = upload.totals
        let seen =
            "\(totals.seen.counted("file")) seen: \(totals.uploadedFiles) uploaded, \(totals.archivedFiles) archived, "
        return seen + "\(totals.skipped) skipped, \(totals.leftovers) left over.\n" + summary()
    }
}

extension SkippedFile.Reason {
    /// The reason in words.
    public var text: String {
        switch self {
        case .symlink: "skipped: a symlink"
        case .special: "skipped: no regular file"
        case .problem(let problem): "skipped: \(problem)"
        case .excluded(let pattern): "excluded by '\(pattern.value)' in line \(pattern.range.lowerBound.line)"
        }
    }

    fileprivate var order: (Int, Int, Int) {
        switch self {
        case .excluded(let pattern): (0, pattern.range.lowerBound.line, pattern.range.lowerBound.column)
        case .symlink: (1, 0, 0)
        case .special: (2, 0, 0)
        case .problem: (3, 0, 0)
        }
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
