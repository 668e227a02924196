import MarkedYAML
public import RunOutputs

extension PlannedUpload {
    /// The plan as JSON, in the format `therock-upload/plan/v1` (docs/plan-json.md).
    ///
    /// One operation stands on one line, so that plain tools can compare two plans.
    ///
    /// - Parameters:
    ///   - roots: Where each plan's run lives, by the plan's file.
    ///   - write: Takes the next part of the text, which ends with a line break; no part ends inside of an operation.
    public func writeJSON(roots: [String: RunOutputRoot], _ write: (String) -> Void) {
        var document = JSONDocument()
        document.add("format", .string("therock-upload/plan/v1"))
        document.add("rules", rules) { $0.json(root: roots[$0.plan]) }
        document.add("operations", operations, json, passingOn: write)
        document.add("skipped", skipped, json, passingOn: write)
        document.add("leftovers", leftovers, json, passingOn: write)
        document.add("totals", totals.json)
        write(document.finished)
    }

    private func json(_ leftover: SourceFile) -> JSONValue {
        .object([
            ("source", .string(leftover.path.text)),
            ("size", leftover.version.knownSize.map { .integer($0) } ?? .null),
        ])
    }

    private func json(_ operation: UploadOperation) -> JSONValue {
        let rule = rules[operation.rule]
        var members: [(name: String, value: JSONValue)] = [
            ("plan", .string(rule.plan)), ("rule", .string(rule.name)),
            ("line", .integer(Int64(rule.range.lowerBound.line))),
        ]
        switch operation.source {
        case .file(let file): members.append(("source", .string(file.path.text)))
        case .archive(let recipe):
            let files = recipe.members.map { member in
                JSONValue.object([
                    ("name", .string(member.name.text)), ("source", .string(member.file.path.text)),
                    ("size", member.file.version.knownSize.map { .integer($0) } ?? .null),
                ])
            }
            members.append(("source", .null))
            members.append(
                ("archive", .object([("format", .string(recipe.format.rawValue)), ("members", .array(files))])))
        case .index(let recipe):
            let keys = recipe.operations.map { JSONValue.string(operations[$0].destination.key.text) }
            members.append(("source", .null))
            members.append(("index", .object([("title", .string(recipe.title)), ("keys", .array(keys))])))
        }
        members += [
            ("size", operation.size.map { .integer($0) } ?? .null), ("bucket", .string(operation.destination.bucket)),
            ("key", .string(operation.destination.key.text)), ("content_type", .string(operation.contentType)),
            ("existing", .string(rule.existing.rawValue)),
        ]
        return .object(members)
    }

    private func json(_ skipped: SkippedFile) -> JSONValue {
        var members: [(name: String, value: JSONValue)] = [
            ("plan", .string(rules[skipped.rule].plan)), ("rule", .string(rules[skipped.rule].name)),
            ("source", .string(skipped.path.text)), ("size", skipped.size.map { .integer($0) } ?? .null),
        ]
        switch skipped.reason {
        case .symlink: members.append(("reason", .string("symlink")))
        case .special: members.append(("reason", .string("special")))
        case .problem(let problem):
            members += [("reason", .string("problem")), ("problem", .string(problem))]
        case .excluded(let pattern):
            members += [
                ("reason", .string("excluded")), ("pattern", .string(pattern.value)),
                ("line", .integer(Int64(pattern.range.lowerBound.line))),
            ]
        }
        return .object(members)
    }
}

extension PlannedRule {
    fileprivate func json(root: RunOutputRoot?) -> JSONValue {
        var members: [(name: String, value: JSONValue)] = [
            ("plan", .string(plan)), ("rule", .string(name)), ("line", .integer(Int64(range.lowerBound.line))),
            ("status", .string(status.word)),
        ]
        if let reason = status.reason { members.append(("reason", .string(reason))) }
        members.append(("destination", .string(destination.s3URI)))
        if let root { members.append(("prefix", .string(root.prefix))) }
        if !problems.isEmpty { members.append(("problems", .array(problems.map { .string($0.message) }))) }
        return .object(members)
    }
}
