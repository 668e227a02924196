import RunOutputs

/// What one line of a listing says.
struct ListingLine: Hashable, Sendable {
    var path: String
    /// The kind of file, or `nil` for a directory.
    var kind: FileEntry.Kind?
    var size: Int64?
    /// Nanoseconds since 1970.
    var modified: Int64?
    var nameIsUTF8 = true
}

/// The forms of lines that listings have.
enum ListingFormat: CaseIterable {
    /// `-rw-r--r-- user/group 1234 2025-11-11 16:18 path`: `tar -tv`.
    case tar
    /// `path 1234 1762877928.0000000000`: `find -printf '%p %s %T@\n'`.
    case pathSizeTime
    /// `1234 path`: `find -printf '%s %p\n'`.
    case sizePath
    /// `1234<TAB>path`, or the path alone: `tar -t`, `find -type f`.
    case plain
}

extension ListingLine {
    /// Reads a line in a format, or returns `nil` if it does not have it.
    init?(_ line: String, _ format: ListingFormat) {
        switch format {
        case .tar: self.init(tar: line)
        case .pathSizeTime: self.init(pathSizeTime: line)
        case .sizePath: self.init(sizePath: line)
        case .plain: self.init(plain: line)
        }
    }

    init(plain line: String) {
        let tab = line.utf8.firstIndex(of: UInt8(ascii: "\t"))
        if let tab, let size = Int64(line[..<tab]), size >= 0 {
            self.init(path: String(line[line.utf8.index(after: tab)...]), size: size)
        } else {
            self.init(path: line, size: nil)
        }
    }

    private init(path: String, size: Int64?, modified: Int64? = nil) {
        self.path = path
        self.size = size
        self.modified = modified
        kind = path.utf8.last == UInt8(ascii: "/") ? nil : .file
    }

    private init?(sizePath line: String) {
        let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let size = Int64(parts[0]), size >= 0, !parts[1].isEmpty else { return nil }
        self.init(path: String(parts[1]), size: size)
    }

    private init?(pathSizeTime line: String) {
        let fields = line.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count >= 3, let time = fields[fields.count - 1].nanoseconds,
            let size = Int64(fields[fields.count - 2]), size >= 0
        else { return nil }
        self.init(path: fields.dropLast(2).joined(separator: " "), size: size, modified: time)
    }

    /// Mode, owner, size, date and time stand before the name, with any number of blanks between them.
    private init?(tar line: String) {
        let fields = line.split(separator: " ", maxSplits: 5)
        guard fields.count == 6, fields[0].isMode, fields[1].contains("/"), let size = Int64(fields[2]),
            fields[3].utf8.count(where: { $0 == UInt8(ascii: "-") }) == 2, fields[4].contains(":")
        else { return nil }
        var name = String(fields[5])
        switch fields[0].utf8.first {
        case UInt8(ascii: "d"): kind = nil
        case UInt8(ascii: "l"):
            kind = .symlink
            name = name.cut(before: " -> ")
        case UInt8(ascii: "h"):
            kind = .file
            name = name.cut(before: " link to ")
        case UInt8(ascii: "-"): kind = .file
        default: kind = .special
        }
        path = name.unescapingTar
        self.size = size
    }
}

extension Substring {
    /// Reads `1762877928.5` or `1762877928.5000000000`; there must be a fraction, which tells it from a size.
    fileprivate var nanoseconds: Int64? {
        let parts = split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let seconds = Int64(parts[0]), !parts[1].isEmpty,
            parts[1].allSatisfy({ $0.isASCII && $0.isNumber })
        else { return nil }
        let digits = parts[1].prefix(9)
        guard let fraction = Int64(digits + String(repeating: "0", count: 9 - digits.count)) else { return nil }
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? nil : product + fraction
    }

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

    /// The name behind GNU tar's escapes: `\\`, `\n`, `\303\251`.
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
