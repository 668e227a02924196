package import RunOutputs
import UploadPlanning

/// What became of copies, as a receipt tells it to `finish`.
public struct CopyRecord: Sendable {
    struct Object: Sendable {
        var key: ExactString
        var size: Int64
        var outcome: OperationResult.Outcome
        var sha256: String?
        var etag: String?
        var error: StoreError?
    }

    /// Where the copies came from.
    private let source: RunOutputRoot
    private let objects: [Object]

    /// The name of the rule that receipts of copies name: there is no plan.
    static let ruleName = "copy"

    /// Joins steps and what became of them.
    ///
    /// - Parameters:
    ///   - units: What was to be copied.
    ///   - outcomes: What became of it, in the same order.
    ///   - source: The run that was copied from.
    ///   - digests: What receipts of that run tell of its objects. A digest counts as long as the object has the entity tag
    ///     that it had then.
    package init(
        _ units: [CopyUnit], _ outcomes: [[CopyOutcome]], from source: RunOutputRoot,
        digests: [ExactString: (sha256: String, etag: String)]
    ) {
        self.source = source
        objects = zip(units, outcomes).flatMap { unit, outcomes in
            zip(unit.steps, outcomes).map { step, outcome in
                var object = Object(
                    key: step.destination.key, size: step.source.size, outcome: outcome.inReceipt)
                if let digest = digests[step.source.location.key], digest.etag == step.source.etag {
                    object.sha256 = digest.sha256
                }
                switch outcome {
                case .copied(let receipt), .identical(let receipt): object.etag = receipt.etag
                case .failed(let error): object.error = error
                case .wouldCopy, .notTried: break
                }
                return object
            }
        }
    }

    var sortedObjects: [Object] { objects.sorted { $0.key < $1.key } }

    var status: UploadReport.Status {
        let errors = objects.compactMap(\.error)
        if errors.isEmpty { return objects.allSatisfy(\.outcome.isStored) ? .succeeded : .interrupted }
        return errors.allSatisfy { $0.code == .conflict } ? .conflict : .failed
    }

    var rule: JSONValue {
        let word = status == .succeeded ? "succeeded" : status == .interrupted ? "interrupted" : "failed"
        return .object([
            ("plan", .string("s3://\(source.bucket)/\(source.prefix)")), ("rule", .string(Self.ruleName)),
            ("outcome", .string(word)), ("best_effort", .flag(false)),
        ])
    }

    var totals: JSONValue {
        let counts = OperationResult.Outcome.allCases.map { outcome in
            (name: outcome.rawValue, value: JSONValue.integer(Int64(objects.count { $0.outcome == outcome })))
        }
        let bytes = objects.reduce(Int64(0)) { $0 + ($1.outcome == .uploaded ? $1.size : 0) }
        return .object(
            [("operations", .integer(Int64(objects.count)))] + counts + [("bytes_uploaded", .integer(bytes))])
    }
}

extension CopyRecord.Object {
    var json: JSONValue {
        var members: [(name: String, value: JSONValue)] = [
            ("key", .string(key.text)), ("outcome", .string(outcome.rawValue)), ("size", .integer(size)),
        ]
        if let sha256 { members.append(("sha256", .string(sha256))) }
        if let etag, !etag.isEmpty { members.append(("etag", .string(etag))) }
        members.append(("rule", .string(CopyRecord.ruleName)))
        // The store keeps the source's.
        members.append(("content_type", .string("")))
        if let error { members.append(("error", .string(error.code.rawValue))) }
        return .object(members)
    }
}

extension CopyOutcome {
    fileprivate var inReceipt: OperationResult.Outcome {
        switch self {
        case .copied: .uploaded
        case .identical: .identical
        case .failed: .failed
        case .wouldCopy, .notTried: .notAttempted
        }
    }
}
