import RunOutputs

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

    /// The size; of a device the two numbers that stand there instead count as none: `1,3` or `1, 3`.
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
        // Elsewhere the day may stand before the month.
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
