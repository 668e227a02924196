import RunOutputs

extension PlanSnapshot {
    /// The snapshot as a lock file: the same bytes for the same layout, one object to a line, made to be committed.
    public var lockText: String {
        var text = Self.lockHeader
        for entry in entries {
            let source = entry.isGenerated ? "(\(entry.source))" : entry.source.text.lockEscaped
            let properties = entry.properties.map { "\($0.name)=\($0.value)".lockEscaped }
            text += ([entry.rule, entry.key.text.lockEscaped, source] + properties).joined(separator: "\t") + "\n"
            for content in entry.contents { text += "\t\(content.text.lockEscaped)\n" }
        }
        return text
    }

    private static let lockHeader = """
        # therock-upload lock v1
        # What the plan uploads, below the run's prefix: rule, key, source, properties; members of archives and pages
        # are indented. Written by `therock-upload diff --lock`, checked by it, reviewed by people.

        """

    /// Why a text is no lock file.
    public struct InvalidLock: Error, Hashable, Sendable, CustomStringConvertible {
        /// The line, from 1.
        public var line: Int

        /// The problem in words.
        public var description: String { "line \(line) is no line of a lock file; remove the file to write it anew" }
    }

    /// Reads a lock file.
    ///
    /// - Parameter lock: The text.
    /// - Throws: ``InvalidLock`` for the first line that cannot be read.
    public init(lock: String) throws(InvalidLock) {
        var entries: [Entry] = []
        for (index, line) in lock.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("#") || line.isEmpty { continue }
            if line.hasPrefix("\t") {
                guard !entries.isEmpty else { throw InvalidLock(line: index + 1) }
                entries[entries.count - 1].contents.append(ExactString(line.dropFirst().lockUnescaped))
                continue
            }
            guard let entry = Entry(lockLine: line) else { throw InvalidLock(line: index + 1) }
            entries.append(entry)
        }
        self.init(entries: entries)
    }
}

extension PlanSnapshot.Entry {
    fileprivate init?(lockLine line: Substring) {
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
        guard fields.count >= 3 else { return nil }
        rule = String(fields[0])
        key = ExactString(fields[1].lockUnescaped)
        isGenerated = fields[2].hasPrefix("(") && fields[2].hasSuffix(")")
        source = ExactString(isGenerated ? String(fields[2].dropFirst().dropLast()) : fields[2].lockUnescaped)
        contents = []
        properties = []
        for field in fields.dropFirst(3) {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            properties.append(.init(name: parts[0].lockUnescaped, value: parts[1].lockUnescaped))
        }
    }
}

extension String {
    /// The text without characters that end a field or a line, and without what looks like another kind of field.
    fileprivate var lockEscaped: String {
        let needsEscape = { (scalar: Unicode.Scalar) in
            scalar == "\t" || scalar == "\n" || scalar == "\\" || scalar == "\r"
        }
        var text = ""
        if hasPrefix("(") { text = "\\(" }
        for scalar in hasPrefix("(") ? unicodeScalars.dropFirst() : unicodeScalars[...] {
            guard needsEscape(scalar) else {
                text.unicodeScalars.append(scalar)
                continue
            }
            switch scalar {
            case "\t": text += "\\t"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            default: text += "\\\\"
            }
        }
        return text
    }
}

extension Substring {
    fileprivate var lockUnescaped: String {
        guard utf8.contains(UInt8(ascii: "\\")) else { return String(self) }
        var text = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in unicodeScalars {
            if isEscaped {
                switch scalar {
                case "t": text.append("\t")
                case "n": text.append("\n")
                case "r": text.append("\r")
                default: text.append(scalar)
                }
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else {
                text.append(scalar)
            }
        }
        return String(text)
    }
}
