import RunOutputs

/// A listing whose lines do not all have one form.
public struct UnreadableListing: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line, from 1.
    public var line: Int
    /// What is wrong with it, as the end of a sentence.
    public var problem: String

    /// The problem in words.
    public var description: String { "line \(line) \(problem)" }
}

extension TreeListing {
    /// Reads a recorded listing.
    ///
    /// One path stands on each line, relative to where the plan's paths start; `ListingForm` has the forms. All lines
    /// have one form: which, the whole listing tells. A path that ends with `/`, or that other paths go through, is a
    /// directory. Lines may end with a zero byte instead (`find -print0`), and names that are not UTF-8 are kept
    /// escaped. Where no path holds a `/`, backslashes separate segments as on Windows.
    ///
    /// - Parameter bytes: The listing, in UTF-8, or in UTF-16 behind a byte order mark.
    /// - Throws: ``UnreadableListing`` for a line that has another form than the others.
    public init(parsing bytes: [UInt8]) throws(UnreadableListing) {
        let lines = Self.lines(bytes.inUTF8)
        var nearest: (form: ListingForm, parsed: ParsedLines)?
        for form in ListingForm.allCases where form != .plain {
            let parsed = Self.parse(lines, form)
            guard parsed.count > 0 else { continue }
            if parsed.odd == nil {
                self.init(form.keepsSeparators ? parsed.entries.withSlashes : parsed.entries)
                return
            }
            if nearest.map({ parsed.isNearer(than: $0.parsed) }) ?? true { nearest = (form, parsed) }
        }
        if let nearest { throw Self.mixture(of: nearest.form, nearest.parsed, lines) }
        self.init(Self.parse(lines, .plain).entries.withSlashes)
    }

    private typealias Line = (text: String, isUTF8: Bool, number: Int)

    /// What the lines of a listing say in one form.
    private struct ParsedLines {
        var entries: [ListingLine] = []
        /// How many lines have the form, and could not have just any other.
        var count = 0
        /// The first of them.
        var first: Int?
        /// The first line that does not have the form, and how many do not.
        var odd: Int?
        var oddCount = 0

        func isNearer(than other: Self) -> Bool { (count, -oddCount) > (other.count, -other.oddCount) }
    }

    /// The listings of which it is known after so many lines that they do not have a form.
    private static let sample = 100_000

    private static func parse(_ lines: [Line], _ form: ListingForm) -> ParsedLines {
        var parsed = ParsedLines()
        var reader = ListingReader(form)
        for (index, line) in lines.enumerated() {
            switch reader.read(line.text) {
            case .entry(var entry):
                entry.nameIsUTF8 = line.isUTF8
                parsed.entries.append(entry)
                // What any path may look like says nothing of the form.
                guard !form.isShared(line.text) else { continue }
                parsed.count += 1
                parsed.first = parsed.first ?? index
            case .decoration: continue
            case nil:
                parsed.odd = parsed.odd ?? index
                parsed.oddCount += 1
                if parsed.count == 0, index >= sample { return parsed }
            }
        }
        return parsed
    }

    /// Says which line has another form than most.
    private static func mixture(of form: ListingForm, _ parsed: ParsedLines, _ lines: [Line]) -> UnreadableListing {
        if let first = parsed.first, parsed.count < parsed.oddCount {
            let line = lines[first]
            return UnreadableListing(
                line: line.number,
                problem: "looks like \(form.example), and most lines do not: '\(line.text.shortened)'; "
                    + "write `./` before a path that only looks so")
        }
        let line = lines[parsed.odd ?? 0]
        return UnreadableListing(
            line: line.number,
            problem: "does not have the form of \(form.example), as the other lines are: '\(line.text.shortened)'")
    }

    private static func lines(_ bytes: [UInt8]) -> [Line] {
        let ending = bytes.contains(0) ? 0 : UInt8(ascii: "\n")
        var number = 0
        return bytes.split(separator: ending, omittingEmptySubsequences: false).compactMap { line in
            number += 1
            let line = ending != 0 && line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard !line.isEmpty else { return nil }
            if let text = String(validating: line, as: UTF8.self) { return (text, true, number) }
            return (String(escapingInvalidUTF8: Array(line)), false, number)
        }
    }
}

extension ListingForm {
    /// Whether a line of this form is one of plain paths just as well: a directory, or a heading that ends with `:`.
    fileprivate func isShared(_ line: String) -> Bool {
        switch self {
        case .sizeTabPath: !line.utf8.contains(UInt8(ascii: "\t"))
        case .recursiveList: line.utf8.last == UInt8(ascii: ":")
        default: false
        }
    }
}

extension [ListingLine] {
    /// The lines with `/` between segments: where no path of a listing holds one, it was made on Windows.
    fileprivate var withSlashes: [ListingLine] {
        let (slash, backslash) = (UInt8(ascii: "/"), UInt8(ascii: "\\"))
        guard contains(where: { $0.path.utf8.contains(backslash) }),
            !contains(where: { $0.path.utf8.contains(slash) || !$0.nameIsUTF8 })
        else { return self }
        return map { line in
            var line = line
            line.path = String(decoding: line.path.utf8.map { $0 == backslash ? slash : $0 }, as: UTF8.self)
            return line
        }
    }
}

extension [UInt8] {
    /// The bytes without a byte order mark, and in UTF-8 where the mark says that they are UTF-16.
    fileprivate var inUTF8: [UInt8] {
        if starts(with: [0xEF, 0xBB, 0xBF]) { return Array(dropFirst(3)) }
        let isLittle = starts(with: [0xFF, 0xFE])
        guard isLittle || starts(with: [0xFE, 0xFF]) else { return self }
        let units = stride(from: 2, to: count - 1, by: 2).map { index in
            isLittle
                ? UInt16(self[index]) | UInt16(self[index + 1]) << 8
                : UInt16(self[index]) << 8 | UInt16(self[index + 1])
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }
}

extension String {
    /// The beginning of the text, without what could steer a terminal.
    fileprivate var shortened: String { String(prefix(80)).printable }
}
