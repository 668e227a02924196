import UploadPlanning

/// The entries of a summary that fit into a step's summary, and a word on those that do not.
struct StepSummaryText {
    /// The most bytes that GitHub takes for one step; of a larger summary it shows nothing
    /// ([Adding a job summary](https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands)).
    static let limit = 1 << 20

    /// What to append to the summary.
    private(set) var text = ""
    /// What was cut, for the log; `nil` if everything fits.
    private(set) var notice: String?

    /// Takes entries from the first on while they fit.
    ///
    /// - Parameters:
    ///   - entries: The entries in Markdown.
    ///   - room: How many bytes the summary may still grow.
    init(_ entries: [String], room: Int) {
        let paragraphs = entries.map(RunSummary.paragraph)
        // One byte for a line break that whoever wrote before may have left out.
        let room = room - 1
        if paragraphs.reduce(0, { $0 + $1.utf8.count }) <= room {
            text = paragraphs.joined()
            return
        }
        var kept = 0
        for paragraph in paragraphs {
            let note = Self.note(cut: entries.count - kept - 1, of: entries.count)
            guard text.utf8.count + paragraph.utf8.count + note.utf8.count <= room else { break }
            text += paragraph
            kept += 1
        }
        let note = Self.note(cut: entries.count - kept, of: entries.count)
        if text.utf8.count + note.utf8.count <= room { text += note }
        let first = entries[kept].split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        notice = """
            the step's summary is full (\(Int64(Self.limit).byteText)): \(entries.count - kept) of \
            \(entries.count.counted("entry", plural: "entries")) left out, from '\(first.prefix(60).description.printable)' on
            """
    }

    private static func note(cut: Int, of count: Int) -> String {
        RunSummary.paragraph("_\(cut) of \(count) entries are left out here: a step's summary holds 1 MiB at most._")
    }
}
