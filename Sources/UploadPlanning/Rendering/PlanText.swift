import MarkedYAML
import RunOutputs

/// Renders a planned upload for people: every destination by rule, then what is not uploaded and why.
public struct PlanText: Sendable {
    public var upload: PlannedUpload
    /// What was planned: the run's prefix and the rules' patterns come from here.
    public var plans: [BoundPlan]
    public var style: TextStyle

    /// The most files that are listed of those that are skipped for one reason.
    private static let foldSkipped = 5
    /// The most leftovers that are listed.
    private static let foldLeftovers = 10

    /// A text in two pieces, so that what many lines share is made once.
    fileprivate struct Joined {
        var start = ""
        /// How many characters the start has.
        var startWidth = 0
        var end: String

        var width: Int { startWidth + end.printableWidth }
    }

    /// A line about a file.
    private struct Row {
        var symbol: String
        var name: Joined
        var size: String
        var destination: Joined?
        /// The media type, or why the file is skipped.
        var note: String
    }

    /// How wide the columns of a table are, in characters.
    private struct Columns {
        /// Longer names stand out, and do not widen their column.
        private static let widest = 60
        private var nameWidth = 0
        private var sizeWidth = 0
        private var destinationWidth = 0

        init(of rows: [Row]) { for row in rows { hold(row) } }

        mutating func hold(_ row: Row) {
            hold(name: row.name.width)
            sizeWidth = max(sizeWidth, row.size.count)
            if let destination = row.destination { hold(destination: destination.width) }
        }

        mutating func hold(name width: Int) { nameWidth = max(nameWidth, min(width, Self.widest)) }

        mutating func hold(destination width: Int) { destinationWidth = max(destinationWidth, min(width, Self.widest)) }

        mutating func hold(byteCount: Int64) {
            if sizeWidth < Int64.widestByteText { sizeWidth = max(sizeWidth, byteCount.byteText.count) }
        }

        func write(_ rows: some Sequence<Row>, _ write: (String) -> Void) {
            var text = ""
            for row in rows {
                append(row, to: &text)
                guard text.utf8.count >= 64 << 10 else { continue }
                write(text)
                text.removeAll(keepingCapacity: true)
            }
            if !text.isEmpty { write(text) }
        }

        private func append(_ row: Row, to text: inout String) {
            text += "  "
            text += row.symbol
            text += " "
            text.append(row.name, width: nameWidth)
            text += "  "
            text.appendSpaces(sizeWidth - row.size.printableWidth)
            text += row.size
            if let destination = row.destination {
                text += "  → "
                text.append(destination, width: destinationWidth)
            }
            if !row.note.isEmpty {
                text += "  "
                text += row.note
            }
            text += "\n"
        }
    }

    /// Joins a plan, what it was made from, and a style.
    public init(_ upload: PlannedUpload, plans: [BoundPlan] = [], style: TextStyle = .plain) {
        self.upload = upload
        self.plans = plans
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

    /// Renders every rule with its operations, what is skipped, leftovers, and totals.
    ///
    /// - Parameter write: Takes the next lines.
    public func writeExplanation(_ write: (String) -> Void) {
        let operations = upload.operations.ranges(ofRules: upload.rules.count)
        let skipped = Dictionary(grouping: upload.skipped, by: \.rule)
        for index in upload.rules.indices {
            write(header(upload.rules[index]))
            writeTable(operations[index], skippedRows(skipped[index] ?? []), write)
            write("\n")
        }
        leftovers(write)
        write(totals())
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
        case .conditionNotMet(let reason):
            text += "  \(style.paint("·", .faint)) condition not met: \(reason.printable)\n"
        case .nothingSelected(let reason): text += "  \(style.paint("·", .faint)) nothing to do: \(reason.printable)\n"
        }
        for problem in rule.problems { text += "  \(style.paint("!", .red, .bold)) \(problem.message.printable)\n" }
        return text
    }

    /// Writes a rule's operations, and what it skips, in the same columns.
    ///
    /// There may be more lines than fit in memory: each operation is looked at twice.
    private func writeTable(_ indices: Range<Int>, _ skipped: [Row], _ write: (String) -> Void) {
        let parts = upload.operations.parts(in: indices)
        var columns = Columns(of: skipped)
        for part in parts {
            switch part {
            case .individual(let operations): for operation in operations { columns.hold(row(operation)) }
            case .directory(let directory): measure(directory, &columns)
            }
        }
        for part in parts {
            switch part {
            case .individual(let operations): columns.write(operations.lazy.map(row), write)
            case .directory(let directory): columns.write(rows(directory), write)
            }
        }
        columns.write(skipped, write)
    }

    private func row(_ operation: UploadOperation) -> Row {
        Row(
            symbol: style.paint("+", .green), name: Joined(end: source(operation)), size: operation.sizeText,
            destination: Joined(end: shortened(operation.destination.key.text)),
            note: style.paint(operation.contentType.printable, .faint))
    }

    private func measure(_ directory: DirectoryUpload, _ columns: inout Columns) {
        let (path, key) = starts(directory)
        for entry in directory.entries {
            columns.hold(name: path.startWidth + entry.path.text.printableWidth)
            columns.hold(destination: key.startWidth + directory.name(of: entry).printableWidth)
            if let size = entry.version.knownSize { columns.hold(byteCount: size) }
        }
        // Sizes that are not known have a text of their own.
        let unknown = directory.entries.first { $0.version.knownSize == nil }
        if let unknown { columns.hold(row(directory.operation(unknown))) }
    }

    private func rows(_ directory: DirectoryUpload) -> some Sequence<Row> {
        let (path, key) = starts(directory)
        let symbol = style.paint("+", .green)
        return directory.entries.lazy.map { entry in
            var row = Row(
                symbol: symbol, name: path, size: entry.version.knownSize.shownText, destination: key,
                note: style.paint(directory.contentType(of: entry).printable, .faint))
            row.name.end = entry.path.text.printable
            row.destination?.end = directory.name(of: entry).printable
            return row
        }
    }

    /// What the paths and the keys of a directory's files begin with.
    private func starts(_ directory: DirectoryUpload) -> (path: Joined, key: Joined) {
        func joined(_ start: String) -> Joined { Joined(start: start, startWidth: start.count, end: "") }
        return (joined(directory.pathStart.printable), joined(shortened(directory.keyStart)))
    }

    /// The key, printable, with `…` for the run's prefix: the heading names it.
    private func shortened(_ key: String) -> String {
        guard let prefix = plans.first?.root.prefix, key.isBelow(prefix) else {
            return key.printable
        }
        return "…" + String(Substring(key.utf8.dropFirst(prefix.utf8.count))).printable
    }

    private func source(_ operation: UploadOperation) -> String {
        switch operation.source {
        case .file(let file): return file.path.text.printable
        case .archive(let recipe):
            let bytes = recipe.memberBytes.map { ", \($0.byteText)" } ?? ""
            return "(\(recipe.format.rawValue) of \(recipe.members.count.counted("file"))\(bytes))"
        case .index(let recipe): return "(page that lists \(recipe.operations.count.counted("object")))"
        }
    }

    private func skippedRows(_ skipped: [SkippedFile]) -> [Row] {
        let groups = Dictionary(grouping: skipped, by: \.reason).sorted { $0.key.order < $1.key.order }
        return groups.flatMap { reason, files in
            folded(files.map { ($0.path, $0.size, reason.text.printable) }, style.paint("-", .yellow), Self.foldSkipped)
        }
    }

    /// A row for each of the first files, and one for all that are more.
    private func folded(
        _ files: [(path: ExactString, size: Int64?, reason: String)], _ symbol: String, _ limit: Int
    ) -> [Row] {
        // A line that says "1 more" would be no shorter than that one.
        let limit = files.count == limit + 1 ? files.count : limit
        let rows = files.prefix(limit).map { file in
            Row(
                symbol: symbol, name: Joined(end: file.path.text.printable), size: file.size.shownText,
                note: file.reason)
        }
        let more = files.dropFirst(limit)
        guard let first = more.first else { return rows }
        let isSame = !first.reason.isEmpty && more.allSatisfy { $0.reason == first.reason }
        return rows + [
            Row(
                symbol: symbol, name: Joined(end: "… \(more.count) more"), size: more.map(\.size).sum.shownText,
                note: isSame ? first.reason : "(--format json lists them all)")
        ]
    }

    private func leftovers(_ write: (String) -> Void) {
        guard !upload.leftovers.isEmpty else { return }
        let listed = upload.leftovers.prefix(Self.foldLeftovers).map { file in
            (file.path, file.version.knownSize, plans.nearestRule(to: file.path)?.printable ?? "")
        }
        let more = upload.leftovers.dropFirst(Self.foldLeftovers).map { ($0.path, $0.version.knownSize, "") }
        let rows = folded(listed + more, style.paint("?", .yellow), Self.foldLeftovers)
        write(style.paint("leftovers", .bold) + "  (files that no rule takes)\n")
        Columns(of: rows).write(rows, write)
        write("\n")
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
        case .special: "skipped: not a regular file"
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

extension UploadOperation {
    /// The size; of what is made it is known when it was made, of files unless a listing left it out.
    fileprivate var sizeText: String {
        if case .file = source { return size.shownText }
        return size?.byteText ?? "not yet known"
    }
}

extension Int64? {
    /// The size as people read it, or a mark for an unknown one.
    fileprivate var shownText: String { self?.byteText ?? "size unknown" }
}

extension [Int64?] {
    /// The sum, or `nil` if a number is not known.
    fileprivate var sum: Int64? { reduce(0) { sum, size in sum.flatMap { sum in size.map { sum + $0 } } } }
}

extension String {
    /// How many characters ``printable`` has.
    fileprivate var printableWidth: Int {
        utf8.allSatisfy { (0x20...0x7E).contains($0) } ? utf8.count : printable.count
    }

    fileprivate mutating func append(_ joined: PlanText.Joined, width: Int) {
        self += joined.start
        self += joined.end
        appendSpaces(width - joined.width)
    }

    fileprivate mutating func appendSpaces(_ count: Int) { for _ in 0..<max(0, count) { self += " " } }
}

extension String {
    /// The text as renderings and URLs spell it: as it is, in JSON, in pages, in Markdown and percent-encoded.
    public var spellings: [String] {
        let inJSON = String(JSONValue.string(self).text.dropFirst().dropLast())
        return [
            self, printable, inJSON, inJSON.withoutMarkup, inMarkdown, inMarkup, percentEncodedPath,
            percentEncodedPath.replacing("/", with: "%2F"),
        ]
    }
}
