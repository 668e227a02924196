import RunOutputs

/// What one line of a listing says.
struct ListingLine: Hashable, Sendable {
    var path: String
    /// The kind of file, or `nil` for a directory.
    var kind: FileEntry.Kind?
    /// In bytes; `nil` where the listing does not say.
    var size: Int64?
    /// Nanoseconds since 1970.
    var modified: Int64?
    var nameIsUTF8 = true
}

/// What a line of a listing comes to.
enum ListingMeaning {
    /// It tells of a file or directory.
    case entry(ListingLine)
    /// It belongs to the form and tells of nothing: a heading, a total.
    case decoration
}

extension ListingLine {
    /// Reads `path`, a directory where it ends with a slash.
    init(plain line: String) { self.init(path: line, size: nil) }

    init(path: String, size: Int64?, modified: Int64? = nil) {
        self.path = path
        self.size = size
        self.modified = modified
        kind = path.endsLikeDirectory ? nil : .file
    }

    /// Reads `1234<TAB>path`; a directory needs no size.
    init?(sizeTabPath line: String) {
        guard let tab = line.utf8.firstIndex(of: UInt8(ascii: "\t")) else {
            guard line.endsLikeDirectory else { return nil }
            self.init(plain: line)
            return
        }
        guard let size = line[..<tab].fileSize else { return nil }
        self.init(path: String(line[line.utf8.index(after: tab)...]), size: size)
    }

    /// Reads `1234 path`.
    init?(sizePath line: String) {
        var fields = ListingFields(line)
        guard !line.hasPrefix(" "), let size = fields.next()?.fileSize, let path = fields.name else { return nil }
        self.init(path: path, size: size)
    }

    /// Reads `path 1234 1762877928.5`.
    init?(pathSizeTime line: String) {
        guard line.utf8.last?.isDigit == true else { return nil }
        let fields = line.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count >= 3, let time = fields[fields.count - 1].nanoseconds,
            let size = fields[fields.count - 2].fileSize
        else { return nil }
        self.init(path: fields.dropLast(2).joined(separator: " "), size: size, modified: time)
    }

    /// Reads `f 1234 path`, with blanks or tabs between, and `f 1234 1762877928.5 path` where `hasTime`.
    init?(typeSizePath line: String, hasTime: Bool) {
        var fields = ListingFields(line)
        guard let type = fields.next(), type.utf8.count == 1, let letter = type.utf8.first,
            let size = fields.next()?.fileSize
        else { return nil }
        var time: Int64?
        if hasTime {
            guard let nanoseconds = fields.next()?.nanoseconds else { return nil }
            time = nanoseconds
        }
        guard let path = fields.name, let kind = FileEntry.Kind.Letter(letter) else { return nil }
        self.init(path: path, kind: kind.kind, size: kind == .regular ? size : nil, modified: time)
    }

    /// Reads `2025-11-11 16:18:48       1234 path`, as `aws s3 ls --recursive` writes it; a key that ends with a slash
    /// is a directory.
    init?(bucket line: String) {
        var fields = ListingFields(line)
        guard fields.next()?.isDate == true, fields.next()?.isTime == true, let size = fields.next()?.fileSize,
            let path = fields.name
        else { return nil }
        self.init(path: path, size: size)
    }

    /// Reads `     1234  2025-11-11 16:18   path`, as `unzip -l` writes it.
    init?(zip line: String) {
        var fields = ListingFields(line)
        guard let size = fields.next()?.fileSize, fields.next()?.isDate == true, fields.next()?.isTime == true else {
            return nil
        }
        fields.skipBlanks(3)
        guard let path = fields.name else { return nil }
        self.init(path: path, size: size)
    }
}

extension FileEntry.Kind {
    /// The letters that `find -printf %y` and the first column of `ls -l` give to kinds of files.
    enum Letter: Hashable {
        case directory, regular, symlink, special

        init?(_ letter: UInt8) {
            switch letter {
            case UInt8(ascii: "d"): self = .directory
            case UInt8(ascii: "f"), UInt8(ascii: "-"), UInt8(ascii: "h"): self = .regular
            case UInt8(ascii: "l"): self = .symlink
            case UInt8(ascii: "b"), UInt8(ascii: "c"), UInt8(ascii: "p"), UInt8(ascii: "s"), UInt8(ascii: "D"):
                self = .special
            default: return nil
            }
        }

        var kind: FileEntry.Kind? {
            switch self {
            case .directory: nil
            case .regular: .file
            case .symlink: .symlink
            case .special: .special
            }
        }
    }
}

/// The fields of a line, from left to right: separated by blanks or tabs, with a name at the end that may hold some.
struct ListingFields {
    private var rest: Substring.UTF8View

    init(_ line: String) { rest = line[...].utf8 }

    /// The next field; of the blanks behind it the first one is taken with it.
    mutating func next() -> Substring? {
        rest = rest.drop { $0.isBlank }
        let field = rest.prefix { !$0.isBlank }
        guard !field.isEmpty else { return nil }
        rest = rest[field.endIndex...].dropFirst()
        return Substring(field)
    }

    /// Drops up to a number of blanks, less the one that ``next()`` took: the columns before a name.
    mutating func skipBlanks(_ count: Int) {
        for _ in 1..<count where rest.first?.isBlank == true { rest = rest.dropFirst() }
    }

    /// What is left, unless it is nothing.
    var name: String? { rest.isEmpty ? nil : String(Substring(rest)) }
}

extension Substring {
    /// A number of bytes, in digits alone.
    var fileSize: Int64? { utf8.allSatisfy(\.isDigit) ? Int64(self) : nil }

    /// Reads `1762877928.5` or `1762877928.5000000000`; there must be a fraction, which tells it from a size.
    var nanoseconds: Int64? {
        let parts = split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let seconds = Int64(parts[0]), !parts[1].isEmpty, parts[1].utf8.allSatisfy(\.isDigit)
        else { return nil }
        let digits = parts[1].prefix(9)
        guard let fraction = Int64(digits + String(repeating: "0", count: 9 - digits.count)) else { return nil }
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? nil : product + fraction
    }

    /// Whether it looks like `2025-11-11`, or `11-11-2025` as some builds of `unzip` write it.
    var isDate: Bool {
        let parts = split(separator: "-", omittingEmptySubsequences: false)
        return parts.count == 3 && parts.allSatisfy { (2...4).contains($0.utf8.count) && $0.utf8.allSatisfy(\.isDigit) }
    }

    /// Whether it looks like `16:18`, `16:18:48` or `16:18:48.000000000`.
    var isTime: Bool {
        let parts = split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count) else { return false }
        return parts.allSatisfy { part in
            (1...12).contains(part.utf8.count)
                && part.utf8.allSatisfy { $0.isDigit || $0 == UInt8(ascii: ".") }
        }
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}

extension String {
    /// Whether the path ends as those of directories do, on Windows too.
    fileprivate var endsLikeDirectory: Bool { utf8.last == UInt8(ascii: "/") || utf8.last == UInt8(ascii: "\\") }
}

/// The programs whose lines begin with the mode of a file: they put other columns behind it.
enum ModeForm {
    /// `-rw-r--r-- user/group 1234 2025-11-11 16:18 path`.
    case gnuTar
    /// `-rw-r--r--  0 user   group    1234 Nov 11 16:18 path`; `ls -l` of one directory has the same columns.
    case bsdTar
    /// The columns of `bsdTar` behind inode and blocks, and `ls -l` with other styles of time.
    case list
}

extension ListingLine {
    /// Reads a line that begins with a mode, such as `drwxr-xr-x`.
    init?(_ line: String, mode form: ModeForm) {
        var fields = ListingFields(line)
        guard var mode = fields.next() else { return nil }
        if form == .list, mode.fileSize != nil {
            // `find -ls`: inode and blocks come first.
            guard fields.next()?.fileSize != nil, let behind = fields.next() else { return nil }
            mode = behind
        }
        guard mode.isMode, let letter = mode.utf8.first.flatMap(FileEntry.Kind.Letter.init) else { return nil }
        if form == .gnuTar {
            guard fields.next()?.utf8.contains(UInt8(ascii: "/")) == true else { return nil }
        } else {
            guard fields.next()?.fileSize != nil, fields.next() != nil, fields.next() != nil else { return nil }
        }
        guard let amount = fields.next(), let size = Self.size(amount, letter, &fields),
            Self.skipTime(&fields, form), let name = fields.name
        else { return nil }
        self.init(
            path: Self.path(name, letter, mode.utf8.first == UInt8(ascii: "h"), form), kind: letter.kind,
            size: letter == .regular ? size : nil)
    }

    /// The size; of a device the two numbers that are there instead count as none: `1,3` or `1, 3`.
    private static func size(
        _ field: Substring, _ letter: FileEntry.Kind.Letter, _ fields: inout ListingFields
    ) -> Int64? {
        if let size = field.fileSize { return size }
        let numbers = field.split(separator: ",", omittingEmptySubsequences: false)
        guard letter == .special, numbers.count == 2, numbers[0].fileSize != nil else { return nil }
        if numbers[1].isEmpty { return fields.next()?.fileSize.map { _ in 0 } }
        return numbers[1].fileSize.map { _ in 0 }
    }

    /// Reads over `2025-11-11 16:18`, a zone behind it, or `Nov 11 16:18` and `Nov 11  2025`.
    private static func skipTime(_ fields: inout ListingFields, _ form: ModeForm) -> Bool {
        guard let first = fields.next() else { return false }
        if first.isDate {
            guard let time = fields.next(), time.isTime else { return false }
            guard form != .gnuTar, time.utf8.contains(UInt8(ascii: ".")) else { return true }
            // `ls --full-time` writes the zone, `+0000`.
            let zone = fields.next()
            return zone?.utf8.count == 5 && zone?.dropFirst().fileSize != nil
        }
        guard form != .gnuTar, let second = fields.next(), let third = fields.next() else { return false }
        let isDay = { (text: Substring) in (1...2).contains(text.utf8.count) && text.fileSize != nil }
        // Elsewhere the day may come before the month.
        guard isDay(first) != isDay(second) else { return false }
        return third.isTime || (third.utf8.count == 4 && third.fileSize != nil)
    }

    /// The name without what links lead to, and without escapes.
    private static func path(
        _ name: String, _ letter: FileEntry.Kind.Letter, _ isHardLink: Bool, _ form: ModeForm
    ) -> String {
        var name = name
        if letter == .symlink { name = name.cut(before: " -> ") }
        if isHardLink { name = name.cut(before: " link to ") }
        return form == .list ? name : name.unescapingTar
    }
}

extension Substring {
    /// Whether it looks like `drwxr-xr-x`, perhaps with a mark for access lists behind it.
    fileprivate var isMode: Bool {
        guard (10...11).contains(utf8.count), let first = utf8.first, "-dlhbcps".utf8.contains(first) else {
            return false
        }
        return utf8.dropFirst().prefix(9).allSatisfy("rwxsStT-".utf8.contains)
    }
}

extension String {
    fileprivate func cut(before separator: String) -> String {
        guard let range = utf8.indices.first(where: { self[$0...].utf8.starts(with: separator.utf8) }) else {
            return self
        }
        return String(self[..<range])
    }

    /// The name behind tar's escapes: `\\`, `\n`, `\303\251`.
    fileprivate var unescapingTar: String {
        guard utf8.contains(UInt8(ascii: "\\")) else { return self }
        let bytes = Array(utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let digits = bytes[index...].dropFirst().prefix(3)
            let octal = String(decoding: digits, as: UTF8.self)
            if bytes[index] != UInt8(ascii: "\\") || index + 1 == bytes.count {
                result.append(bytes[index])
                index += 1
            } else if digits.count == 3, let byte = UInt8(octal, radix: 8) {
                result.append(byte)
                index += 4
            } else {
                result.append(bytes[index + 1] == UInt8(ascii: "n") ? UInt8(ascii: "\n") : bytes[index + 1])
                index += 2
            }
        }
        return String(escapingInvalidUTF8: result)
    }
}
