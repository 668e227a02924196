import RunOutputs

extension PlanRecord {
    /// The format of lock files that this version writes and reads.
    public static let lockFormat = 2

    /// The record as a lock file: the same bytes for the same behaviour, one fact or object to a line, made to be
    /// committed.
    public var lockText: String {
        var text = Self.lockHeader
        text += LockLine.text(["@made", "layout=\(versions.layout)", "policy=\(versions.policy)"])
        for behaviour in behaviours {
            text += LockLine.text(["@plan", behaviour.name.lockEscaped])
            for fact in behaviour.facts {
                let path = fact.path.map(\.lockKey).joined(separator: "/")
                text += LockLine.text([path] + fact.values.map(\.lockEscaped))
            }
        }
        for scenario in scenarios {
            switch scenario.situation {
            case .files: text += "@files\n"
            case .test(let name): text += LockLine.text(["@test", name.lockEscaped])
            }
            for failure in scenario.failures {
                text += LockLine.text(["!\(failure.rule)", failure.reason.lockEscaped])
            }
            for entry in scenario.snapshot.entries { text += entry.lockText }
        }
        return text
    }

    private static let lockMark = "# therock-upload lock v"

    private static let lockHeader = """
        \(lockMark)\(lockFormat)
        # What plans do: after @plan what the file says, after @files and each @test what is uploaded below the run's
        # prefix (rule, key, source, properties; members of archives and pages are indented; rules that fail after !).
        # Written by `therock-upload diff --lock FILE --update-lock`, checked without it, reviewed by people.

        """

    /// Why a text is not a lock file.
    public struct InvalidLock: Error, Equatable, Sendable, CustomStringConvertible {
        /// The line, from 1; `nil` where the file as a whole is wrong.
        public var line: Int?
        /// What is wrong, and what to do about it.
        public var problem: String

        public var description: String { (line.map { "line \($0) " } ?? "the lock file ") + problem }

        fileprivate static let advice = "review what changed, and rewrite the file with --update-lock"
    }

    /// Reads a lock file, with any line breaks and with or without a byte order mark.
    ///
    /// - Parameter lock: The text.
    /// - Throws: ``InvalidLock`` for the first line that cannot be read, and for a file without anything to compare.
    public init(lock: String) throws(InvalidLock) {
        var scalars = lock.unicodeScalars[...]
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        let lines = scalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            Substring(line.last == "\r" ? line.dropLast() : line)
        }
        try Self.checkForm(lines)
        var reader = LockReader()
        for (index, line) in lines.enumerated() where !line.isEmpty && !line.hasPrefix("#") {
            guard reader.read(line) else {
                throw InvalidLock(line: index + 1, problem: "is not a line of a lock file; \(InvalidLock.advice)")
            }
        }
        self = reader.record
        guard !isEmpty else { throw InvalidLock(line: nil, problem: "is empty; \(InvalidLock.advice)") }
    }

    /// Refuses other formats, and what a merge left behind.
    private static func checkForm(_ lines: [Substring]) throws(InvalidLock) {
        let marks = ["<<<<<<< ", "||||||| ", ">>>>>>> "]
        if let index = lines.firstIndex(where: { line in line == "=======" || marks.contains { line.hasPrefix($0) } }) {
            throw InvalidLock(
                line: index + 1,
                problem: "is a mark of a merge: resolve the conflict in the plan, then \(InvalidLock.advice)")
        }
        guard let first = lines.first, first.hasPrefix(lockMark), let format = Int(first.dropFirst(lockMark.count))
        else {
            let isEmpty = lines.allSatisfy(\.isEmpty)
            throw InvalidLock(
                line: isEmpty ? nil : 1,
                problem: "\(isEmpty ? "is empty" : "does not begin as lock files do"); \(InvalidLock.advice)")
        }
        guard format == lockFormat else {
            let reason =
                format < lockFormat
                ? "knows where objects go and not what rules do; "
                : "was written by a newer version of the tool; use that version, or "
            throw InvalidLock(
                line: 1,
                problem:
                    "says format \(format), this version reads format \(lockFormat): it \(reason)\(InvalidLock.advice)"
            )
        }
    }
}

/// Reads the lines of a lock file into a record.
private struct LockReader {
    private enum Section { case none, plan, objects }

    var record = PlanRecord(versions: .init(layout: "", policy: ""), behaviours: [], scenarios: [])
    private var section = Section.none

    /// Takes a line, and answers whether it is one of a lock file.
    mutating func read(_ line: Substring) -> Bool {
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
        switch fields[0] {
        case "@made": return readVersions(fields.dropFirst())
        case "@plan":
            guard fields.count == 2 else { return false }
            record.behaviours.append(Behaviour(name: fields[1].lockUnescaped, facts: []))
            section = .plan
        case "@files":
            record.scenarios.append(.init(.files, PlanSnapshot(entries: [])))
            section = .objects
        case "@test":
            guard fields.count == 2 else { return false }
            record.scenarios.append(.init(.test(fields[1].lockUnescaped), PlanSnapshot(entries: [])))
            section = .objects
        default:
            switch section {
            case .none: return false
            case .plan: return readFact(fields)
            case .objects: return readObject(line, fields)
            }
        }
        return true
    }

    private mutating func readVersions(_ fields: ArraySlice<Substring>) -> Bool {
        for field in fields {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return false }
            switch parts[0] {
            case "layout": record.versions.layout = String(parts[1])
            case "policy": record.versions.policy = String(parts[1])
            default: return false
            }
        }
        return true
    }

    private mutating func readFact(_ fields: [Substring]) -> Bool {
        guard !fields[0].isEmpty else { return false }
        record.behaviours[record.behaviours.count - 1].facts.append(
            .init(path: fields[0].lockPath, values: fields.dropFirst().map(\.lockUnescaped)))
        return true
    }

    private mutating func readObject(_ line: Substring, _ fields: [Substring]) -> Bool {
        let last = record.scenarios.count - 1
        if fields[0].hasPrefix("!") {
            guard fields.count == 2 else { return false }
            record.scenarios[last].failures.append(
                .init(rule: String(fields[0].dropFirst()), reason: fields[1].lockUnescaped))
            return true
        }
        if fields[0].isEmpty {
            let count = record.scenarios[last].snapshot.entries.count
            guard count > 0 else { return false }
            record.scenarios[last].snapshot.entries[count - 1].contents.append(
                ExactString(line.dropFirst().lockUnescaped))
            return true
        }
        guard let entry = PlanSnapshot.Entry(lockFields: fields) else { return false }
        record.scenarios[last].snapshot.entries.append(entry)
        return true
    }
}

private enum LockLine {
    static func text(_ fields: [String]) -> String { fields.joined(separator: "\t") + "\n" }
}

extension PlanSnapshot.Entry {
    fileprivate var lockText: String {
        let source = isGenerated ? "(\(source))" : source.text.lockEscaped
        let properties = properties.map { "\($0.name)=\($0.value)".lockEscaped }
        return LockLine.text([rule, key.text.lockEscaped, source] + properties)
            + contents.map { "\t\($0.text.lockEscaped)\n" }.joined()
    }

    fileprivate init?(lockFields fields: [Substring]) {
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

    /// The text as one key of a path.
    fileprivate var lockKey: String {
        lockEscaped.unicodeScalars.map { $0 == "/" ? "\\/" : String($0) }.joined()
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

    /// The keys of a path: slashes separate them, but for those that are escaped.
    fileprivate var lockPath: [String] {
        var keys: [String] = []
        var start = startIndex
        var isEscaped = false
        for index in unicodeScalars.indices {
            if isEscaped {
                isEscaped = false
            } else if unicodeScalars[index] == "\\" {
                isEscaped = true
            } else if unicodeScalars[index] == "/" {
                keys.append(self[start..<index].lockUnescaped)
                start = unicodeScalars.index(after: index)
            }
        }
        return keys + [self[start...].lockUnescaped]
    }
}
