import RunOutputs
import UploadPlanning

extension JobReceipt {
    /// Writes the receipt (docs/receipt.md), an object to a line, without ever holding it as a whole.
    ///
    /// - Parameter write: Takes the next part of the text.
    /// - Throws: What `write` throws.
    func write(_ write: (String) throws -> Void) throws {
        var document = JSONDocument()
        document.add("format", .string(Self.format))
        document.add("name", .string(name.name))
        document.add("attempt", .integer(Int64(name.attempt)))
        document.add("run", run.json)
        document.add("tool", inputs.toolJSON)
        document.add("inputs", inputs.json)
        document.add("bucket", .string(root.bucket))
        document.add("prefix", .string(root.prefix))
        switch content {
        case .upload(let report):
            document.add("status", .string(report.status.rawValue))
            document.add("rules", report.rules.indices, report.receiptRule)
            let order = report.operations.indices.sorted {
                report.planned.operations[$0].destination.key < report.planned.operations[$1].destination.key
            }
            try document.add("objects", order, report.receiptObject, passingOn: write)
            document.add("totals", report.totalsJSON)
        case .copies(let record):
            document.add("status", .string(record.status.rawValue))
            document.add("rules", [record], \.rule)
            try document.add("objects", record.sortedObjects, \.json, passingOn: write)
            document.add("totals", record.totals)
        }
        try write(document.finished)
    }
}

extension UploadReport {
    fileprivate func receiptRule(_ index: Int) -> JSONValue {
        let rule = planned.rules[index]
        var members: [(name: String, value: JSONValue)] = [
            ("plan", .string(rule.plan.withoutDirectories)), ("rule", .string(rule.name)),
            ("outcome", .string(rules[index].word)), ("best_effort", .flag(rule.bestEffort)),
        ]
        if case .heldBack(let other) = rules[index] {
            members.append(("held_back_by", .string(planned.rules[other].name)))
        }
        if !rule.problems.isEmpty { members.append(("problems", .integer(Int64(rule.problems.count)))) }
        return .object(members)
    }

    fileprivate func receiptObject(_ index: Int) -> JSONValue {
        let operation = planned.operations[index]
        let result = operations[index]
        var members: [(name: String, value: JSONValue)] = [
            ("key", .string(operation.destination.key.text)), ("outcome", .string(result.outcome.rawValue)),
            ("size", (result.byteCount ?? operation.size).map { .integer($0) } ?? .null),
        ]
        if let sha256 = result.sha256 { members.append(("sha256", .string(sha256))) }
        if let etag = result.etag { members.append(("etag", .string(etag))) }
        if let crc32 = result.crc32 { members.append(("crc32", .string(crc32))) }
        if let version = result.versionID { members.append(("version_id", .string(version))) }
        members.append(("rule", .string(planned.rules[operation.rule].name)))
        members.append(("content_type", .string(operation.contentType)))
        if let error = result.error { members.append(("error", .string(error.code.rawValue))) }
        return .object(members)
    }
}

extension JobReceipt.Run {
    var json: JSONValue {
        let members = [
            ("repository", repository), ("id", id), ("platform", platform), ("job", job), ("commit", commit),
            ("ref", ref), ("event", event),
        ]
        return .object(members.compactMap { name, value in value.map { (name: name, value: .string($0)) } })
    }
}

extension JobReceipt.Inputs {
    var toolJSON: JSONValue {
        .object([("version", .string(toolVersion))] + (toolCommit.map { [("commit", .string($0))] } ?? []))
    }

    var json: JSONValue {
        .object([
            (
                "plans",
                .array(
                    plans.map { plan in
                        .object([
                            ("plan", .string(plan.name.withoutDirectories)), ("sha256", .string(plan.sha256)),
                        ])
                    })
            ),
            ("policy", policy.map { .string($0) } ?? .null), ("layout", layout.map { .string($0) } ?? .null),
        ])
    }
}

extension String {
    /// The file's name alone if the path is absolute: where a machine keeps its files is nobody's business.
    fileprivate var withoutDirectories: String {
        hasPrefix("/") ? split(separator: "/").last.map(String.init) ?? "" : self
    }
}
