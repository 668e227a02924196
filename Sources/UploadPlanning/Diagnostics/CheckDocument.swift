/// The descriptions of the checks: `docs/checks.md` when the tool was built.
public enum CheckDocument {
    /// The description of one check.
    public struct Entry: Hashable, Sendable {
        /// The check.
        public var code: DiagnosticCode
        /// What it is about, in one phrase.
        public var title: String
        /// A bad plan, the message, the reason and the fix, in Markdown.
        public var text: String
    }

    /// The whole document.
    public static let text = String(decoding: PackageResources.checks_md, as: UTF8.self)

    /// All entries, in the order of the document.
    public static let entries: [Entry] = {
        var entries: [Entry] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let (code, title) = heading(line) {
                entries.append(Entry(code: code, title: title, text: ""))
            } else if !entries.isEmpty {
                entries[entries.count - 1].text += line + "\n"
            }
        }
        for index in entries.indices { entries[index].text = entries[index].text.trimmed }
        return entries
    }()

    /// The entry of one check.
    public static func entry(for code: DiagnosticCode) -> Entry? { entries.first { $0.code == code } }

    /// Finds an entry by what people type, `tu12` for `TU012` too.
    ///
    /// - Parameter name: The code.
    /// - Returns: The entry.
    /// - Throws: ``Diagnostic`` if there is no such code.
    public static func entry(named name: String) throws(Diagnostic) -> Entry {
        let digits = name.uppercased().drop { $0 == "T" || $0 == "U" }
        let padded = "TU" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
        if let code = DiagnosticCode(rawValue: padded), let entry = entry(for: code) { return entry }
        var unknown = Diagnostic(severity: .error, code: .unknownName, message: "there is no check '\(name)'")
        unknown.help = ["checks are \(DiagnosticCode.allCases.map(\.rawValue).joined(separator: ", "))"]
        throw unknown
    }

    /// Reads `## TU012: a destination lacks an argument`.
    private static func heading(_ line: Substring) -> (DiagnosticCode, String)? {
        guard line.hasPrefix("## TU"), let colon = line.firstIndex(of: ":"),
            let code = DiagnosticCode(rawValue: String(line[..<colon].dropFirst(3)))
        else { return nil }
        return (code, String(line[line.index(after: colon)...].drop { $0 == " " }))
    }
}

extension String {
    fileprivate var trimmed: String {
        let lines = split(separator: "\n", omittingEmptySubsequences: false)
        let first = lines.firstIndex { !$0.isEmpty } ?? lines.endIndex
        let last = lines.lastIndex { !$0.isEmpty } ?? first
        return lines.isEmpty || first == lines.endIndex ? "" : lines[first...last].joined(separator: "\n") + "\n"
    }
}
