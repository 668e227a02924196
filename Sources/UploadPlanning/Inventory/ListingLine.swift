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
