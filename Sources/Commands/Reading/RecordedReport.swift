import FoundationEssentials
import RunOutputs
import UploadExecution

/// A report that `apply --report` wrote, as far as `verify` needs it.
struct RecordedReport: Decodable {
    struct Operation: Decodable {
        var bucket: String
        var key: String
        var outcome: String
        var size: Int64?
        var sha256: String?
        var etag: String?
    }

    struct Rule: Decodable {
        var rule: String
        var outcome: String
        var isBestEffort: Bool
        var problems: [String]?

        private enum CodingKeys: String, CodingKey {
            case rule, outcome, problems
            case isBestEffort = "best_effort"
        }
    }

    var format: String
    var status: String
    var rules: [Rule]
    var operations: [Operation]

    /// The format that is read.
    static let format = "therock-upload/report/v1"
    /// No report of a real run is larger: a million operations have some 300 bytes each.
    private static let maximumSize = 512 << 20

    /// Reads a report.
    ///
    /// - Parameters:
    ///   - path: The file; `-` is standard input.
    ///   - context: Reads it.
    /// - Throws: ``UnreadableFile`` if it cannot be read, or is not a report.
    init(path: String, _ context: Context) throws(UnreadableFile) {
        let bytes = try context.readSmallFile(path, limit: Self.maximumSize)
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch {
            throw UnreadableFile(path: path, reason: "it is not a report that `apply --report` wrote")
        }
        guard format == Self.format else {
            throw UnreadableFile(path: path, reason: "its format is '\(format)', expected '\(Self.format)'")
        }
    }

    /// Whether the upload did all that it had to.
    var isSuccess: Bool { status == UploadReport.Status.succeeded.rawValue }

    /// Why the upload did not do all that it had to, by rule.
    var failedRules: [String] {
        rules.filter { !$0.isBestEffort }.flatMap { rule in
            (rule.problems ?? []).map { "rule '\(rule.rule)' failed: \($0)" }
        }
    }

    /// The objects that the upload left at their destinations.
    var stored: [ExpectedObject] {
        operations.compactMap { operation in
            guard let outcome = OperationResult.Outcome(rawValue: operation.outcome), outcome.isStored else {
                return nil
            }
            let location = OutputLocation(bucket: operation.bucket, key: ExactString(operation.key))
            // A kept object may have other content.
            let isOurs = outcome != .kept
            let content: ExpectedObject.Content =
                if isOurs, let sha256 = operation.sha256 {
                    .digest(sha256: sha256, size: operation.size, etag: operation.etag)
                } else {
                    .unknown(size: isOurs ? operation.size : nil)
                }
            return ExpectedObject(location: location, content: content)
        }
    }
}

/// A statement of `finish`, bare or in an envelope.
enum RecordedStatement {
    /// No statement of 1,024 subjects is larger, whatever is in its predicate.
    private static let maximumSize = 256 << 20

    /// Reads what a statement is about.
    ///
    /// - Parameters:
    ///   - path: The file: a statement, or an envelope that holds one.
    ///   - key: The file of the public key that must have signed it; `nil` if nobody must.
    ///   - context: Reads both.
    /// - Returns: Names below the run, and digests.
    /// - Throws: ``UnreadableFile``; ``WrongSignature`` if the key did not sign it.
    static func subjects(
        _ path: String, key: String?, _ context: Context
    ) throws -> [(name: String, sha256: String)] {
        let bytes = try context.readSmallFile(path, limit: maximumSize)
        let envelope = try? SignedEnvelope(bytes)
        if let key {
            let key = try StatementKey(file: key, context)
            guard let envelope, envelope.isSigned(by: key) else {
                throw WrongSignature(path: path, isSigned: envelope?.signatures.isEmpty == false)
            }
        }
        do throws(StoreError) {
            if let envelope, envelope.payloadType != RunStatement.payloadType {
                throw StoreError(.damaged, "it holds '\(envelope.payloadType)', not a statement")
            }
            let subjects = try RunStatement.subjects(of: envelope?.payload ?? bytes)
            guard !subjects.isEmpty else { throw StoreError(.damaged, "it is about nothing that has a SHA-256") }
            return subjects
        } catch {
            throw UnreadableFile(path: path, reason: "\(error)")
        }
    }
}

/// A statement that the key did not sign.
struct WrongSignature: Error, CustomStringConvertible {
    var path: String
    var isSigned: Bool

    var description: String {
        isSigned ? "'\(path)' was signed by another key, or was changed since" : "'\(path)' is not signed"
    }
}
