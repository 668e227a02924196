import RunOutputs
public import UploadPlanning

/// What a bucket holds, for people and for programs.
public struct UsageReport: Sendable {
    /// What was counted.
    public var tally: UsageTally
    public var bucket: String
    /// What was counted from, in a few words.
    public var source: String
    /// What is there more than once: the objects beside the first, and their bytes; `nil` where nothing tells contents.
    public var duplicates: UsageSum?

    public init(_ tally: UsageTally, bucket: String, source: String, duplicates: UsageSum?) {
        self.tally = tally
        self.bucket = bucket
        self.source = source
        self.duplicates = duplicates
    }

    /// The most lines of each table.
    private static let mostLines = 20

    /// The runs, the largest first.
    var runs: [UsageTally.Run] {
        tally.runs.values.sorted { ($1.sum.bytes, $0.prefix) < ($0.sum.bytes, $1.prefix) }
    }

    /// Tables for a terminal.
    ///
    /// - Parameters:
    ///   - style: Whether to use colour.
    ///   - showsAll: Whether every run is shown.
    /// - Returns: The text.
    public func table(style: TextStyle, showsAll: Bool) -> String {
        var text = "s3://\(bucket.printable), from \(source)\n"
        text += section("runs", runs.map { (words($0), $0.sum) }, style, showsAll: showsAll)
        text += section("terms", named(tally.terms), style)
        text += section(
            "ages", UsageAge.allCases.compactMap { age in tally.ages[age].map { (age.rawValue, $0) } }, style)
        if tally.runs.values.contains(where: { $0.branch != nil }) {
            let branches = tally.branches.map { (key: $0.key ?? "(not known)", value: $0.value) }
            text += section("branches", sorted(branches), style)
        }
        text += section("outside of any run", named(tally.strays), style)
        let total = tally.total
        text += "\n\(total.objects.counted("object")), \(total.bytes.byteText), \(runs.count.counted("run"))"
        if let duplicates, duplicates.objects > 0 {
            text += " · held more than once: \(duplicates.objects.counted("object")), \(duplicates.bytes.byteText)"
        }
        if tally.noncurrent.objects > 0 {
            text += " · older versions: \(tally.noncurrent.objects), \(tally.noncurrent.bytes.byteText)"
        }
        return text + "\n"
    }

    private func words(_ run: UsageTally.Run) -> String {
        let words = [
            run.branch.map { "branch \($0)" }, run.isComplete.map { $0 ? "complete" : "incomplete" },
            run.pinReason.map { "pinned: \($0)" }, run.sum.newest.map { UTCTimestamp.date(secondsSince1970: $0) },
        ].compactMap(\.self)
        return run.prefix + (words.isEmpty ? "" : "  (\(words.joined(separator: ", ")))")
    }

    private func named(_ sums: [String: UsageSum]) -> [(String, UsageSum)] {
        sorted(sums.map { (key: $0.key.isEmpty ? "(no term)" : $0.key, value: $0.value) })
    }

    private func sorted(_ sums: [(key: String, value: UsageSum)]) -> [(String, UsageSum)] {
        sums.sorted { ($1.value.bytes, $0.key) < ($0.value.bytes, $1.key) }.map { ($0.key, $0.value) }
    }

    private func section(
        _ title: String, _ rows: [(name: String, sum: UsageSum)], _ style: TextStyle, showsAll: Bool = false
    ) -> String {
        guard !rows.isEmpty else { return "" }
        let shown = showsAll ? rows[...] : rows.prefix(Self.mostLines)
        var text = "\n\(style.paint(title, .bold))\n"
        for (name, sum) in shown {
            text += "  \(padded(sum.bytes.byteText, 9))  \(padded("\(sum.objects)", 9))  \(name.printable)\n"
        }
        if shown.count < rows.count {
            let rest = rows.dropFirst(shown.count).reduce(into: UsageSum()) { $0.add($1.sum) }
            text +=
                "  \(padded(rest.bytes.byteText, 9))  \(padded("\(rest.objects)", 9))  in \(rows.count - shown.count) more (--all shows them)\n"
        }
        return text
    }

    private func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// One line for each run and term, with a heading.
    public var csv: String {
        var text = "run,term,objects,bytes,oldest,newest,branch,complete,pinned\n"
        for run in tally.runs.values.sorted(by: { $0.prefix < $1.prefix }) {
            for (term, sum) in run.terms.sorted(by: { $0.key < $1.key }) {
                let fields = [
                    run.prefix, term, "\(sum.objects)", "\(sum.bytes)", date(sum.oldest), date(sum.newest),
                    run.branch ?? "", run.isComplete.map { "\($0)" } ?? "", run.pinReason ?? "",
                ]
                text += fields.map(\.csvField).joined(separator: ",") + "\n"
            }
        }
        for (name, sum) in tally.strays.sorted(by: { $0.key < $1.key }) {
            let fields = ["", name, "\(sum.objects)", "\(sum.bytes)", date(sum.oldest), date(sum.newest), "", "", ""]
            text += fields.map(\.csvField).joined(separator: ",") + "\n"
        }
        return text
    }

    private func date(_ seconds: Int64?) -> String { seconds.map { UTCTimestamp.date(secondsSince1970: $0) } ?? "" }

    /// A document of the format `therock-upload/usage/v1`.
    public var json: String {
        var document = JSONDocument()
        document.add("format", .string("therock-upload/usage/v1"))
        document.add("bucket", .string(bucket))
        document.add("source", .string(source))
        document.add("total", object(tally.total, []))
        document.add("noncurrent", object(tally.noncurrent, []))
        document.add("duplicates", duplicates.map { object($0, []) } ?? .null)
        document.add("runs", tally.runs.values.sorted { $0.prefix < $1.prefix }) { run in
            object(
                run.sum,
                [
                    ("prefix", .string(run.prefix)), ("branch", run.branch.map { .string($0) } ?? .null),
                    ("complete", run.isComplete.map { .flag($0) } ?? .null),
                    ("pinned", run.pinReason.map { .string($0) } ?? .null),
                    (
                        "terms",
                        .array(
                            run.terms.sorted { $0.key < $1.key }.map { object($0.value, [("term", .string($0.key))]) })
                    ),
                ])
        }
        document.add("ages", UsageAge.allCases.filter { tally.ages[$0] != nil }) { age in
            object(tally.ages[age] ?? UsageSum(), [("age", .string(age.rawValue))])
        }
        document.add("strays", tally.strays.sorted { $0.key < $1.key }) { name, sum in
            object(sum, [("name", .string(name))])
        }
        return document.finished
    }

    private func object(_ sum: UsageSum, _ members: [(name: String, value: JSONValue)]) -> JSONValue {
        .object(
            members + [
                ("objects", .integer(Int64(sum.objects))), ("bytes", .integer(sum.bytes)),
                ("oldest", sum.oldest.map { .string(date($0)) } ?? .null),
                ("newest", sum.newest.map { .string(date($0)) } ?? .null),
            ])
    }

    /// A page that needs no network: the map and the tree of a plan's page, over runs and terms.
    public var page: String {
        let terms = sorted(tally.terms.map { ($0.key.isEmpty ? "(no term)" : $0.key, $0.value) }).map(\.0)
        let indices = Dictionary(uniqueKeysWithValues: terms.enumerated().map { ($1, Int64($0)) })
        let total = tally.total
        let rows = runs.flatMap { run in
            run.terms.sorted { $0.key < $1.key }.map { term, sum -> JSONValue in
                let name = term.isEmpty ? "(no term)" : term
                return .array([
                    .integer(indices[name] ?? 0), .string("\(run.prefix)/\(name)".printable),
                    .string(sum.objects.counted("object")), .integer(sum.bytes),
                    .string(sum.newest.map { "newest of \(date($0))" } ?? ""),
                ])
            }
        }
        return PlanPage.page(
            heading: "Usage of s3://\(bucket)",
            summary:
                "\(total.objects.counted("object")), \(total.bytes.byteText), \(runs.count.counted("run")); from \(source)",
            legend: terms, rows: rows)
    }
}

extension String {
    /// The text as a field of a CSV file: RFC 4180, and with what a spreadsheet would take for a formula made text.
    var csvField: String {
        let text = first.map { "=+-@\t\r".contains($0) } == true ? "'" + self : self
        guard text.unicodeScalars.contains(where: { ",\"\n\r".unicodeScalars.contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
