import MarkedYAML
public import RunOutputs

extension PlannedUpload {
    /// The plan as JSON, in the format `therock-upload/plan/v1` (docs/plan-json.md).
    ///
    /// Each operation takes one line, so that plain tools can compare two plans.
    ///
    /// - Parameters:
    ///   - roots: Where each plan's run lives, by the plan's file.
    ///   - write: Takes the next part of the text, which ends with a line break; no part ends inside of an operation.
    public func writeJSON(roots: [String: RunOutputRoot], _ write: (String) -> Void) {
        var document = JSONDocument()
        document.add("format", .string("therock-upload/plan/v1"))
        document.add("rules", rules) { $0.json(root: roots[$0.plan]) }
        let rules = rules.map { rule in
            let line = JSONValue.integer(Int64(rule.range.lowerBound.line))
            return JSONMembers.rendered([("plan", .string(rule.plan)), ("rule", .string(rule.name)), ("line", line)])
        }
        document.addObjects("operations", passingOn: write) { addObject in
            for part in operations.parts {
                switch part {
                case .individual(let operations):
                    for operation in operations {
                        addObject { members in
                            members.add(rendered: rules[operation.rule])
                            describe(operation, in: &members)
                        }
                    }
                case .directory(let upload): describe(upload, rule: rules[upload.rule], addObject)
                }
            }
        }
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

    private func describe(_ operation: UploadOperation, in members: inout JSONMembers) {
        let source: JSONValue = if case .file(let file) = operation.source { .string(file.path.text) } else { .null }
        members.add("source", source)
        switch operation.source {
        case .file: break
        case .archive(let recipe): members.add("archive", json(recipe))
        case .index(let recipe):
            members.add("index") { members in
                members.add("title", .string(recipe.title))
                members.add("keys", strings: recipe.operations.lazy.map { operations.destination(at: $0).key.text })
            }
        }
        members.add("size", operation.size.map { .integer($0) } ?? .null)
        members.add("bucket", .string(operation.destination.bucket))
        members.add("key", .string(operation.destination.key.text))
        members.add("content_type", .string(operation.contentType))
        members.add("existing", .string(rules[operation.rule].existing.rawValue))
    }

    /// Describes an operation for each file of a directory, of which there may be a million: none is made.
    private func describe(
        _ upload: DirectoryUpload, rule: [UInt8], _ addObject: ((inout JSONMembers) -> Void) -> Void
    ) {
        let bucket = JSONMembers.rendered([("bucket", .string(upload.destination.bucket))])
        let existing = JSONMembers.rendered([("existing", .string(rules[upload.rule].existing.rawValue))])
        let (pathStart, keyStart) = (upload.pathStart, upload.keyStart)
        for entry in upload.entries {
            addObject { members in
                members.add(rendered: rule)
                members.add("source", pathStart, entry.path.text)
                members.add("size", entry.version.knownSize.map { .integer($0) } ?? .null)
                members.add(rendered: bucket)
                members.add("key", keyStart, upload.name(of: entry))
                members.add("content_type", .string(upload.contentType(of: entry)))
                members.add(rendered: existing)
            }
        }
    }

    private func json(_ recipe: ArchiveRecipe) -> JSONValue {
        let files = recipe.members.map { member in
            JSONValue.object([
                ("name", .string(member.name.text)), ("source", .string(member.file.path.text)),
                ("size", member.file.version.knownSize.map { .integer($0) } ?? .null),
            ])
        }
        return .object([("format", .string(recipe.format.rawValue)), ("members", .array(files))])
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
