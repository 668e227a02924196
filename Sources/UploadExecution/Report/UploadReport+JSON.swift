import RunOutputs
import UploadPlanning

extension UploadReport {
    /// The report as JSON, in the format `therock-upload/report/v1` (docs/report.md).
    ///
    /// One operation stands on one line. Two runs that did the same differ only in the durations.
    public func json() -> String {
        var document = JSONDocument()
        document.add("format", .string("therock-upload/report/v1"))
        document.add("destination", .string(backend))
        document.add("status", .string(status.rawValue))
        document.add("rules", rules.indices, ruleJSON)
        document.add("operations", operations.indices, operationJSON)
        document.add("totals", totalsJSON)
        document.add("duration_ms", .integer(duration.milliseconds))
        return document.finished
    }

    private func ruleJSON(_ index: Int) -> JSONValue {
        let rule = planned.rules[index]
        var members: [(name: String, value: JSONValue)] = [
            ("plan", .string(rule.plan)), ("rule", .string(rule.name)), ("outcome", .string(rules[index].word)),
        ]
        switch rules[index] {
        case .conditionNotMet(let reason), .nothingSelected(let reason): members.append(("reason", .string(reason)))
        case .heldBack(let other): members.append(("held_back_by", .string(planned.rules[other].name)))
        case .succeeded, .failed, .bestEffortFailed, .interrupted: break
        }
        members.append(("best_effort", .flag(rule.bestEffort)))
        if !rule.problems.isEmpty { members.append(("problems", .array(rule.problems.map { .string($0.message) }))) }
        return .object(members)
    }

    private func operationJSON(_ index: Int) -> JSONValue {
        let operation = planned.operations[index]
        let result = operations[index]
        var members: [(name: String, value: JSONValue)] = [
            ("plan", .string(planned.rules[operation.rule].plan)),
            ("rule", .string(planned.rules[operation.rule].name)),
            ("source", operation.source.json),
            ("bucket", .string(operation.destination.bucket)),
            ("key", .string(operation.destination.key.text)),
            ("content_type", .string(operation.contentType)),
            ("outcome", .string(result.outcome.rawValue)),
            ("size", (result.byteCount ?? operation.size).map { .integer($0) } ?? .null),
        ]
        if let sha256 = result.sha256 { members.append(("sha256", .string(sha256))) }
        if let etag = result.etag { members.append(("etag", .string(etag))) }
        if let error = result.error { members.append(("error", error.json)) }
        members.append(("duration_ms", .integer(result.duration.milliseconds)))
        return .object(members)
    }

    var totalsJSON: JSONValue {
        let counts = OperationResult.Outcome.allCases.map { outcome in
            (name: outcome.rawValue, value: JSONValue.integer(Int64(count(of: outcome))))
        }
        return .object(
            [("operations", .integer(Int64(operations.count)))] + counts + [("bytes_uploaded", .integer(bytesUploaded))]
        )
    }
}

extension UploadOperation.Source {
    /// A file's path, or `null` for an object that is made.
    fileprivate var json: JSONValue {
        if case .file(let file) = self { .string(file.path.text) } else { .null }
    }
}

extension UploadError {
    fileprivate var json: JSONValue {
        var members = [(name: "code", value: JSONValue.string(code.rawValue)), ("message", .string(message))]
        if let hint { members.append(("hint", .string(hint))) }
        return .object(members)
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
