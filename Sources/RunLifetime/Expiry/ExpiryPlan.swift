public import RunOutputs
public import UploadPlanning

/// Which runs would go, and why others stay.
///
/// Nothing here removes anything: that is the bucket's own.
public struct ExpiryPlan: Sendable {
    /// What is kept.
    public struct Policy: Hashable, Sendable {
        /// So many of the newest runs; `nil` for none.
        public var last: Int?
        /// What was written within so many days; `nil` for nothing.
        public var days: Int?
        /// Only runs of this branch may go; `nil` for all runs.
        public var branch: String?

        public init(last: Int?, days: Int?, branch: String?) {
            self.last = last
            self.days = days
            self.branch = branch
        }
    }

    public struct Entry: Hashable, Sendable {
        public var run: UsageTally.Run
        /// Why it stays; `nil` if it would go.
        public var stays: String?
        /// What of it no `retain` of the layout ends: the bucket's rules leave that.
        public var unclaimed = UsageSum()
    }

    /// The runs, the newest first.
    public let entries: [Entry]
    /// What belongs to no run.
    public let strays: UsageSum

    /// Decides.
    ///
    /// - Parameters:
    ///   - tally: What the bucket holds.
    ///   - policy: What is kept.
    ///   - root: A run of the bucket, whose layout says what it retains.
    public init(_ tally: UsageTally, _ policy: Policy, in root: RunOutputRoot) {
        var rank = 0
        let limit = policy.days.map { tally.now - Int64($0) * UTCTimestamp.secondsOfDay }
        // Of runs of one second the one with the greater id is the newer.
        let runs = tally.runs.values.map { (run: $0, newest: $0.sum.newest) }.sorted {
            ($0.newest ?? .max, $0.run.prefix.utf8.count, $0.run.prefix)
                > ($1.newest ?? .max, $1.run.prefix.utf8.count, $1.run.prefix)
        }
        entries = runs.map { run, newest in
            func stays() -> String? {
                if let branch = policy.branch, run.branch != branch {
                    return run.branch.map { "of branch \($0)" } ?? "its branch is not known"
                }
                rank += 1
                if let reason = run.pinReason { return "pinned: \(reason)" }
                guard let newest else { return "its age is not known" }
                if let last = policy.last, rank <= last { return "one of the newest \(last)" }
                if let limit, newest > limit { return "written within \(policy.days ?? 0) days" }
                return nil
            }
            var entry = Entry(run: run, stays: stays())
            for (name, sum) in run.terms {
                let retention = root.layout.term(named: name).flatMap { root.properties(of: $0).retention }
                if retention?.isLimited != true { entry.unclaimed.add(sum) }
            }
            return entry
        }
        strays = tally.strays.values.reduce(into: UsageSum()) { $0.add($1) }
    }

    /// The runs that would go.
    public var going: [Entry] { entries.filter { $0.stays == nil } }

    /// The plan for people.
    ///
    /// - Parameter style: Whether to use colour.
    /// - Returns: A line for each run, and what it comes to.
    public func text(style: TextStyle) -> String {
        let width = entries.map(\.run.prefix.count).max() ?? 0
        var text = ""
        for entry in entries {
            let (run, sum) = (entry.run, entry.run.sum)
            let date = sum.newest.map { UTCTimestamp.date(secondsSince1970: $0) } ?? "?         "
            let symbol = entry.stays == nil ? style.paint("-", .red) : "="
            text +=
                "  \(symbol) \(run.prefix.printable)\(String(repeating: " ", count: width - run.prefix.count))  \(date)  "
                + "\(sum.objects.counted("object")), \(sum.bytes.byteText)"
                + (entry.stays.map { "  \($0.printable)" } ?? "") + "\n"
        }
        let gone = going.reduce(into: UsageSum()) { $0.add($1.run.sum) }
        let unclaimed = going.reduce(into: UsageSum()) { $0.add($1.unclaimed) }
        text +=
            "Would go: \(going.count.counted("run")), \(gone.objects.counted("object")), \(gone.bytes.byteText). "
            + "Stay: \(entries.count - going.count). Nothing was removed: that is the bucket's own.\n"
        if unclaimed.objects > 0 {
            text +=
                "Of what would go, \(unclaimed.objects.counted("object")), \(unclaimed.bytes.byteText), is in places without "
                + "`retain`: no lifecycle rule of the layout removes it.\n"
        }
        if strays.objects > 0 {
            text +=
                "Outside of any run: \(strays.objects.counted("object")), \(strays.bytes.byteText) that no rule claims "
                + "(`usage` shows where).\n"
        }
        return text
    }

    /// A document of the format `therock-upload/expire/v1`.
    public var json: String {
        var document = JSONDocument()
        document.add("format", .string("therock-upload/expire/v1"))
        document.add("runs", entries) { entry in
            let sum = entry.run.sum
            return .object([
                ("prefix", .string(entry.run.prefix)), ("goes", .flag(entry.stays == nil)),
                ("stays", entry.stays.map { .string($0) } ?? .null),
                ("newest", sum.newest.map { .string(UTCTimestamp.date(secondsSince1970: $0)) } ?? .null),
                ("objects", .integer(Int64(sum.objects))), ("bytes", .integer(sum.bytes)),
                ("unclaimed_objects", .integer(Int64(entry.unclaimed.objects))),
                ("unclaimed_bytes", .integer(entry.unclaimed.bytes)),
            ])
        }
        document.add(
            "strays",
            .object([("objects", .integer(Int64(strays.objects))), ("bytes", .integer(strays.bytes))]))
        return document.finished
    }
}
