import RunOutputs
public import UploadPlanning

extension LifecycleComparison {
    /// The difference for people: a line for each rule, and what comes of it.
    ///
    /// - Parameters:
    ///   - prunes: Whether rules that nothing asks for go.
    ///   - style: Whether to use colour.
    /// - Returns: The lines.
    public func text(pruning prunes: Bool, style: TextStyle) -> String {
        let names = entries.map(\.id) + others.map { $0.id.isEmpty ? "(no name)" : $0.id }
        let width = names.map(\.count).max() ?? 0
        func line(_ symbol: String, _ name: String, _ words: String) -> String {
            "  \(symbol) \(Self.row(name, width, words))"
        }
        var text = entries.map { entry in
            let what = entry.words
            switch entry.state {
            case .missing: return line(style.paint("+", .green), entry.id, what)
            case .same: return line("=", entry.id, what)
            case .different:
                return line(style.paint("~", .yellow), entry.id, "\(what): \(entry.detail ?? "")")
            case .unused:
                let words =
                    prunes
                    ? "nothing asks for it: removed, and what has its tag is kept for ever"
                    : "nothing asks for it any more: kept, since objects may have its tag (--prune removes it)"
                return line(style.paint(prunes ? "-" : "?", prunes ? .red : .yellow), entry.id, words)
            }
        }.joined()
        for name in names.dropFirst(entries.count) {
            text += line("·", name, "the bucket's own, left as it is")
        }
        return text + summary(pruning: prunes) + "\n"
    }

    /// The rules that are asked for, whatever a bucket has: a line for each.
    public var wantedText: String {
        let width = entries.map(\.id.count).max() ?? 0
        let lines = entries.map { "  " + Self.row($0.id, width, $0.words) }
        return lines.isEmpty ? "No rules: nothing is retained for a number of days.\n" : lines.joined()
    }

    /// A name in a column of a width, and what is said of it.
    private static func row(_ name: String, _ width: Int, _ words: String) -> String {
        "\(name.printable)\(String(repeating: " ", count: width - name.count))  \(words)\n"
    }

    /// The numbers, in one line.
    private func summary(pruning prunes: Bool) -> String {
        func count(_ state: State) -> Int { entries.count { $0.state == state } }
        var parts = [
            "\(count(.missing)) to add", "\(count(.different)) to change", "\(count(.same)) as they should be",
        ]
        if count(.unused) > 0 { parts.append("\(count(.unused)) \(prunes ? "to remove" : "of no use")") }
        return parts.joined(separator: " · ") + " · \(others.count) of the bucket's own"
    }

    /// The comparison for programs.
    ///
    /// - Parameter bucket: The bucket's name; `nil` if none was asked.
    /// - Returns: A document of the format `therock-upload/lifecycle/v1`.
    public func json(bucket: String?) -> String {
        var document = JSONDocument()
        document.add("format", .string("therock-upload/lifecycle/v1"))
        document.add("bucket", bucket.map { .string($0) } ?? .null)
        document.add("rules", entries) { entry in
            var members: [(name: String, value: JSONValue)] = [
                ("id", .string(entry.id)), ("state", .string(entry.state.rawValue)),
                ("days", entry.days.map { .integer(Int64($0)) } ?? .null),
            ]
            if let detail = entry.detail { members.append(("detail", .string(detail))) }
            return .object(members)
        }
        document.add("others", others) { .string($0.id) }
        return document.finished
    }

    /// The rules that are asked for, as `aws s3api put-bucket-lifecycle-configuration` reads them.
    ///
    /// The bucket's own rules are not among them, and that command would remove them.
    public var awsDocument: String {
        var document = JSONDocument()
        document.add("Rules", wantedRules) { rule in
            .object([
                ("ID", .string(rule.id)), ("Status", .string("Enabled")),
                (
                    "Filter",
                    .object([
                        (
                            "Tag",
                            .object([("Key", .string(RetentionTag.retain)), ("Value", .string(rule.tagValue))])
                        )
                    ])
                ), ("Expiration", .object([("Days", .integer(Int64(rule.days)))])),
            ])
        }
        return document.finished
    }
}

extension LifecycleComparison.Entry {
    /// What the rule does.
    fileprivate var words: String {
        days.map { "removes what is tagged \(RetentionTag.retain)=\($0)d after \($0.counted("day"))" } ?? ""
    }
}
