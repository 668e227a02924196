import FoundationEssentials
import MarkedYAML
package import RunOutputs
import UploadPlanning

/// What `finish` says of a run: `receipts/run.json` (docs/receipt.md).
///
/// It holds neither times nor durations: the same receipts and the same objects give the same bytes.
package struct RunRecord: Sendable {
    /// A receipt that counted.
    package struct Receipt: Hashable, Sendable {
        package var name: ReceiptName
        package var key: String
        package var sha256: String
        package var status: String
        package var objects: Int
    }

    /// An object that `finish` wrote.
    package struct Written: Hashable, Sendable, Decodable {
        package var key: String
        package var sha256: String
        package var size: Int64
    }

    /// The version of the format that is written.
    package static let format = "therock-upload/run/v1"
    /// The name of the record below `receipts/`.
    package static let filename = ReceiptListing.recordName

    package var root: RunOutputRoot
    package var run: JobReceipt.Run
    package var attempt: Int
    package var inputs: JobReceipt.Inputs
    /// The requirements' name and the SHA-256 of their file.
    package var requirements: (name: String, sha256: String)?
    package var problems: [RunProblem]
    package var receipts: [Receipt]
    package var objects: Int
    package var bytes: Int64
    package var unclaimed: Int
    /// `SHA256SUMS`.
    package var checksums: Written?
    package var pages: [Written]

    /// Whether nothing is missing.
    package var isComplete: Bool { problems.isEmpty }
    /// The name of the record of this attempt.
    package var filenameOfAttempt: String { "run-\(attempt).json" }

    /// Where a record lies.
    ///
    /// - Throws: ``StoreError`` if the layout has no place for it.
    package static func location(
        _ filename: String, in root: RunOutputRoot
    ) throws(StoreError) -> OutputLocation {
        try root.receiptDirectory.appending(filename)
    }

    /// The record as JSON.
    package var json: String {
        var document = JSONDocument()
        for (name, value) in members {
            if case .array(let elements) = value {
                document.add(name, elements) { $0 }
            } else {
                document.add(name, value)
            }
        }
        return document.finished
    }

    /// The record as the predicate of a statement.
    var predicate: JSONValue { .object(members) }

    private var members: [(name: String, value: JSONValue)] {
        [
            ("format", .string(Self.format)), ("complete", .flag(isComplete)), ("run", run.json),
            ("attempt", .integer(Int64(attempt))), ("tool", inputs.toolJSON), ("inputs", inputs.json),
            ("bucket", .string(root.bucket)), ("prefix", .string(root.prefix)),
            (
                "requirements",
                requirements.map { .object([("name", .string($0.name)), ("sha256", .string($0.sha256))]) } ?? .null
            ),
            ("problems", .array(problems.map(\.json))), ("receipts", .array(receipts.map(\.json))),
            (
                "totals",
                .object([
                    ("receipts", .integer(Int64(receipts.count))), ("objects", .integer(Int64(objects))),
                    ("bytes", .integer(bytes)), ("unclaimed", .integer(Int64(unclaimed))),
                ])
            ), ("checksums", checksums?.json ?? .null), ("pages", .array(pages.map(\.json))),
        ]
    }
}

extension RunProblem {
    fileprivate var json: JSONValue {
        var members: [(name: String, value: JSONValue)] = [
            ("kind", .string(kind.rawValue)), ("name", .string(name)), ("jobs", .array(jobs.map { .string($0) })),
        ]
        if let detail { members.append(("detail", .string(detail))) }
        if let requirement { members.append(("requirement", .string(requirement.value))) }
        return .object(members)
    }
}

extension RunRecord.Receipt {
    fileprivate var json: JSONValue {
        .object([
            ("name", .string(name.name)), ("attempt", .integer(Int64(name.attempt))), ("key", .string(key)),
            ("sha256", .string(sha256)), ("status", .string(status)), ("objects", .integer(Int64(objects))),
        ])
    }
}

extension RunRecord.Written {
    fileprivate var json: JSONValue {
        .object([("key", .string(key)), ("sha256", .string(sha256)), ("size", .integer(size))])
    }
}

/// A record of a run as it is read back.
package struct RecordedRun: Decodable, Sendable {
    /// The numbers.
    package struct Totals: Decodable, Sendable {
        package var receipts: Int
        package var objects: Int
        package var bytes: Int64
    }

    package var format: String
    package var isComplete: Bool
    package var attempt: Int
    package var bucket: String
    package var prefix: String
    package var totals: Totals
    package var checksums: RunRecord.Written?
    package var pages: [RunRecord.Written]

    private enum CodingKeys: String, CodingKey {
        case format, attempt, bucket, prefix, totals, checksums, pages
        case isComplete = "complete"
    }

    /// Reads a record.
    ///
    /// - Parameters:
    ///   - bytes: Its content.
    ///   - root: The run that it must be of.
    /// - Throws: ``StoreError`` with the code ``StoreError/Code/damaged`` if it is none, or of another run.
    package init(_ bytes: [UInt8], of root: RunOutputRoot) throws(StoreError) {
        guard let record = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else {
            throw StoreError(.damaged, "\(RunRecord.filename) is not what `finish` wrote")
        }
        guard record.format == RunRecord.format else {
            throw StoreError(
                .damaged,
                "\(RunRecord.filename) has the format '\(record.format.escapingControlCharacters)', "
                    + "expected '\(RunRecord.format)'", hint: "another version of therock-upload wrote it")
        }
        guard record.bucket == root.bucket, record.prefix == root.prefix else {
            throw StoreError(
                .damaged, "\(RunRecord.filename) is that of another run, and was put here by somebody")
        }
        self = record
    }
}

extension ArtifactBackend {
    /// The most bytes that a record has: what is missing may be a long list.
    private static var largestRecord: Int { 256 << 20 }

    /// Reads the record of a run: one request.
    ///
    /// - Parameter root: Where the run's outputs live.
    /// - Returns: The record and the SHA-256 of its file; `nil` if there is none.
    /// - Throws: ``StoreError`` if the store does not say, or it is not a record; `CancellationError`.
    package func record(of root: RunOutputRoot) async throws -> (record: RecordedRun, sha256: String)? {
        let location = try RunRecord.location(RunRecord.filename, in: root)
        do {
            let bytes = try await contents(of: location, limit: Self.largestRecord)
            return (try RecordedRun(bytes, of: root), bytes.sha256)
        } catch let error as StoreError where error.code == .notFound {
            return nil
        }
    }
}
