import MarkedYAML
public import RunOutputs

/// Renders a planned upload as one HTML page that needs no network.
///
/// The page is fixed; the plan goes into it as JSON, and the page's script writes it as text. So no file name can
/// become markup.
public struct PlanPage: Sendable {
    public var upload: PlannedUpload
    /// Where the run's outputs live; `nil` for a comparison without a run, of bucket policies for example.
    public var root: RunOutputRoot?
    /// What chose the bucket.
    public var chosenBy: String
    /// What the plans' authors should know.
    public var warnings: [Diagnostic]
    /// What changes, one row for each line of the comparison: a symbol, where it is, what it is.
    private var changes: [JSONValue] = []
    /// What a comparison comes to, in one line; `nil` for the page of a plan alone.
    private var verdict: String?

    /// Joins a plan, its run, and the warnings about it.
    public init(_ upload: PlannedUpload, root: RunOutputRoot?, chosenBy: String, warnings: [Diagnostic] = []) {
        self.upload = upload
        self.root = root
        self.chosenBy = chosenBy
        self.warnings = warnings.filter { $0.severity == .warning }
    }

    /// Joins a plan, its run, and what is different from an earlier version.
    public init(_ upload: PlannedUpload, root: RunOutputRoot, chosenBy: String, comparison: PlanComparison) {
        self.init(upload, root: root, chosenBy: chosenBy)
        tell(comparison)
    }

    /// The page of a comparison alone: there is no plan to show beside it.
    public init(_ comparison: PlanComparison) {
        self.init(PlannedUpload(rules: [], operations: []), root: nil, chosenBy: "")
        tell(comparison)
    }

    private mutating func tell(_ comparison: PlanComparison) {
        let text = PlanComparisonText(comparison)
        verdict = text.totals
        changes = text.rows.map { row in
            .array([.string(row.symbol), .shown(row.place), .shown(row.words)])
        }
    }

    public func text() -> String { Self.page(data) }

    private static func page(_ data: JSONValue) -> String {
        let page = String(decoding: PackageResources.plan_page_html, as: UTF8.self)
        return page.replacing("\"THE PLAN\"", with: data.text.withoutMarkup)
    }

    /// The page of something else that has places, sizes and a colour for each kind of it.
    ///
    /// - Parameters:
    ///   - heading: The page's heading.
    ///   - summary: What it comes to, in one line.
    ///   - legend: The kinds.
    ///   - rows: Arrays of the number of the kind, the place with `/` between its levels, a remark, the bytes, and another
    ///     remark.
    /// - Returns: A page that needs no network.
    public static func page(heading: String, summary: String, legend: [String], rows: [JSONValue]) -> String {
        let nothing: [(name: String, value: JSONValue)] = ["warnings", "changes", "skipped", "leftovers"].map {
            ($0, .array([]))
        }
        let rules = legend.map { name in
            JSONValue.object([
                ("name", .shown(name)), ("place", .string("")), ("status", .string("")), ("reason", .null),
                ("problems", .array([])), ("existing", .string("replace")), ("bestEffort", .flag(false)),
                ("destination", .string("")),
            ])
        }
        return page(
            .object(
                [
                    ("plan", .string("")), ("run", .string("")), ("bucket", .null), ("prefix", .string("")),
                    ("chosenBy", .string("")), ("verdict", .null), ("totals", .shown(summary)),
                    ("seen", .integer(Int64(rows.count))), ("rules", .array(rules)), ("operations", .array(rows)),
                    ("heading", .shown(heading)),
                    (
                        "words",
                        .object([
                            ("rules-title", .string("Terms")), ("tree-title", .string("Runs and terms")),
                            ("filter-label", .string("Filter by run or term")),
                        ])
                    ),
                ] + nothing))
    }

    /// Rows are arrays: a hundred thousand objects with names for their members would be twice as long.
    private var data: JSONValue {
        .object([
            ("plan", .shown(planNames)),
            ("run", root.map { .shown("\($0.runID) on \($0.platform.rawValue)") } ?? .null),
            ("bucket", root.map { .shown($0.bucket) } ?? .null), ("prefix", .shown(root?.prefix ?? "")),
            ("chosenBy", .shown(chosenBy)), ("verdict", verdict.map { .shown($0) } ?? .null),
            ("totals", .string(upload.totals.text)), ("seen", .integer(Int64(upload.totals.seen))),
            ("rules", .array(upload.rules.map(rule))), ("operations", .array(upload.operations.map(operation))),
            ("warnings", .array(warnings.map(warning))), ("changes", .array(changes)),
            (
                "skipped",
                .array(
                    upload.skipped.map { file in
                        .array([
                            .integer(Int64(file.rule)), .shown(file.path.text), .integer(file.size ?? -1),
                            .shown(file.reason.text),
                        ])
                    })
            ),
            (
                "leftovers",
                .array(upload.leftovers.map { .array([.shown($0.path.text), .integer($0.version.size)]) })
            ),
        ])
    }

    /// The plans' files, each once, in their order.
    private var planNames: String {
        var names: [String] = []
        for rule in upload.rules where names.last != rule.plan && !names.contains(rule.plan) { names.append(rule.plan) }
        return names.map(\.lastPathComponent).joined(separator: ", ")
    }

    private func rule(_ rule: PlannedRule) -> JSONValue {
        .object([
            ("name", .shown(rule.name)), ("place", .shown("\(rule.plan):\(rule.range.lowerBound.line)")),
            ("status", .string(rule.status.word)), ("reason", rule.status.reason.map { .shown($0) } ?? .null),
            ("problems", .array(rule.problems.map { .shown($0.message) })),
            ("existing", .string(rule.existing.rawValue)),
            ("bestEffort", .flag(rule.bestEffort)), ("destination", .shown(rule.destination.key.text)),
        ])
    }

    private func warning(_ warning: Diagnostic) -> JSONValue {
        let line = warning.range.map { ":\($0.lowerBound.line)" } ?? ""
        return .array([.shown(warning.file + line), .string(warning.code.rawValue), .shown(warning.message)])
    }

    private func operation(_ operation: UploadOperation) -> JSONValue {
        let source: String
        switch operation.source {
        case .file(let file): source = file.path.text
        case .archive(let recipe):
            let bytes = recipe.memberBytes.map { ", \($0.byteText)" } ?? ""
            source = "\(recipe.format.rawValue) of \(recipe.members.count.counted("file"))\(bytes)"
        case .index(let recipe): source = "page that lists \(recipe.operations.count.counted("object"))"
        }
        let key = operation.destination.key.text
        let prefix = root.map { "\($0.prefix)/" } ?? ""
        let below = key.utf8.starts(with: prefix.utf8) ? String(key.utf8.dropFirst(prefix.utf8.count)) ?? key : key
        return .array([
            .integer(Int64(operation.rule)), .shown(below), .shown(source), .integer(operation.size ?? -1),
            .shown(operation.contentType),
        ])
    }
}

extension JSONValue {
    /// Text that a reader sees as it is: what would steer or hide it, such as a right-to-left mark, is spelled out.
    fileprivate static func shown(_ text: String) -> JSONValue { .string(text.printable) }
}

extension String {
    /// JSON that an HTML parser cannot take for the end of the script, nor JavaScript for a line break.
    var withoutMarkup: String {
        var text = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar {
            case "<": text.append(contentsOf: "\\u003c".unicodeScalars)
            case "\u{2028}": text.append(contentsOf: "\\u2028".unicodeScalars)
            case "\u{2029}": text.append(contentsOf: "\\u2029".unicodeScalars)
            default: text.append(scalar)
            }
        }
        return String(text)
    }
}
