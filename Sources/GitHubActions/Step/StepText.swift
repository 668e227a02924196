import UploadPlanning

/// Outputs as the file of `GITHUB_OUTPUT` holds them.
enum StepOutputText {
    /// Writes outputs.
    ///
    /// - Parameters:
    ///   - outputs: The outputs.
    ///   - generator: Where delimiters of multi-line values come from.
    /// - Returns: `name=value` for values of one line, and `name<<delimiter`, the value and the delimiter for others.
    /// - Throws: ``StepFileError`` for the first name that is illegal.
    static func text(
        _ outputs: [RunSummary.Output], using generator: inout some RandomNumberGenerator
    ) throws(StepFileError) -> String {
        var text = ""
        for output in outputs {
            guard output.name.isOutputName else { throw .illegalName(output.name) }
            if output.value.utf8.contains(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
                let delimiter = delimiter(notIn: output.value, using: &generator)
                text += "\(output.name)<<\(delimiter)\n\(output.value)\n\(delimiter)\n"
            } else {
                text += "\(output.name)=\(output.value)\n"
            }
        }
        return text
    }

    private static func delimiter(notIn value: String, using generator: inout some RandomNumberGenerator) -> String {
        while true {
            let number = UInt128.random(in: .min ... .max, using: &generator)
            let delimiter = "end_\(String(number, radix: 16))"
            if !value.contains(delimiter) { return delimiter }
        }
    }
}

extension String {
    /// Whether an output can have this name: letters, digits, `-` and `_`, and no digit or `-` at its start.
    fileprivate var isOutputName: Bool {
        guard let first = utf8.first, first.isLetter || first == UInt8(ascii: "_") else { return false }
        return utf8.allSatisfy { byte in
            byte.isLetter || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "_")
        }
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
    }
}

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
