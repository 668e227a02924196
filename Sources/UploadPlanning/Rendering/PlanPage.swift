import MarkedYAML
public import RunOutputs

/// Renders a planned upload as one HTML page that needs no network.
///
/// The page is fixed; the plan goes into it as JSON, and the page's script writes it as text. So no file name can
/// become markup.
public struct PlanPage: Sendable {
    /// The plan.
    public var upload: PlannedUpload
    /// Where the run's outputs live.
    public var root: RunOutputRoot
    /// What chose the bucket.
    public var chosenBy: String
    /// What the plans' authors should know.
    public var warnings: [Diagnostic]

    /// Joins a plan, its run, and the warnings about it.
    public init(_ upload: PlannedUpload, root: RunOutputRoot, chosenBy: String, warnings: [Diagnostic] = []) {
        self.upload = upload
        self.root = root
        self.chosenBy = chosenBy
        self.warnings = warnings.filter { $0.severity == .warning }
    }

    /// The page.
    public func text() -> String {
        let page = String(decoding: PackageResources.plan_page_html, as: UTF8.self)
        return page.replacing("\"THE PLAN\"", with: data.text.withoutMarkup)
    }

    /// Rows are arrays: a hundred thousand objects with names for their members would be twice as long.
    private var data: JSONValue {
        .object([
            ("bucket", .string(root.bucket)), ("prefix", .string(root.prefix)), ("chosenBy", .string(chosenBy)),
            ("totals", .string(upload.totals.text)), ("seen", .integer(Int64(upload.totals.seen))),
            ("rules", .array(upload.rules.map(rule))), ("operations", .array(upload.operations.map(operation))),
            ("warnings", .array(warnings.map(warning))),
            (
                "skipped",
                .array(
                    upload.skipped.map { file in
                        .array([
                            .integer(Int64(file.rule)), .string(file.path.text), .integer(file.size),
                            .string(file.reason.text),
                        ])
                    })
            ),
            (
                "leftovers",
                .array(upload.leftovers.map { .array([.string($0.path.text), .integer($0.version.size)]) })
            ),
        ])
    }

    private func rule(_ rule: PlannedRule) -> JSONValue {
        .object([
            ("name", .string(rule.name)), ("place", .string("\(rule.plan):\(rule.range.lowerBound.line)")),
            ("status", .string(rule.status.word)), ("reason", rule.status.reason.map { .string($0) } ?? .null),
            ("problems", .array(rule.problems.map { .string($0.message) })),
            ("existing", .string(rule.existing.rawValue)),
            ("bestEffort", .flag(rule.bestEffort)), ("destination", .string(rule.destination.key.text)),
        ])
    }

    private func warning(_ warning: Diagnostic) -> JSONValue {
        let line = warning.range.map { ":\($0.lowerBound.line)" } ?? ""
        return .array([.string(warning.file + line), .string(warning.code.rawValue), .string(warning.message)])
    }

    private func operation(_ operation: UploadOperation) -> JSONValue {
        let source: String
        switch operation.source {
        case .file(let file): source = file.path.text
        case .archive(let recipe):
            let bytes = recipe.members.reduce(0) { $0 + $1.file.version.size }
            source = "\(recipe.format.rawValue) of \(recipe.members.count.counted("file")), \(bytes.byteText)"
        case .index(let recipe): source = "page that lists \(recipe.operations.count.counted("object"))"
        }
        let key = operation.destination.key.text
        let prefix = "\(root.prefix)/"
        let below = key.utf8.starts(with: prefix.utf8) ? String(key.utf8.dropFirst(prefix.utf8.count)) ?? key : key
        return .array([
            .integer(Int64(operation.rule)), .string(below), .string(source), .integer(operation.size ?? -1),
            .string(operation.contentType),
        ])
    }
}

extension String {
    /// JSON that an HTML parser cannot take for the end of the script, nor JavaScript for a line break.
    fileprivate var withoutMarkup: String {
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
