import FoundationEssentials
import RunOutputs
import UploadPlanning

/// A statement about a finished run, as an [in-toto Statement](https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md).
package enum RunStatement {
    /// What kind of thing the statement says: the predicate is the run's record.
    package static let predicateType = "https://github.com/ROCm/therock-upload/docs/receipt.md#run-v1"
    /// The media type of the statement in an envelope.
    package static let payloadType = "application/vnd.in-toto+json"

    /// Makes a statement.
    ///
    /// - Parameter outcome: What `finish` found. Its subjects are the run's objects, or `SHA256SUMS` where they are many.
    /// - Returns: The statement as JSON.
    /// - Throws: ``StoreError`` if nothing can be stated.
    package static func json(of outcome: RunFinisher.Outcome) throws(StoreError) -> String {
        guard !outcome.subjects.isEmpty else {
            throw StoreError(.other, "a statement needs a subject, and the run holds no object that a receipt names")
        }
        let subjects = outcome.subjects.map { name, sha256 in
            JSONValue.object([
                ("name", .string(name)), ("digest", .object([("sha256", .string(sha256))])),
            ])
        }
        var document = JSONDocument()
        document.add("_type", .string("https://in-toto.io/Statement/v1"))
        document.add("subject", subjects) { $0 }
        document.add("predicateType", .string(predicateType))
        document.add("predicate", outcome.record.predicate)
        return document.finished
    }

    /// The subjects of a statement as it is read back.
    private struct Recorded: Decodable {
        struct Subject: Decodable {
            var name: String
            var digest: [String: String]
        }

        var type: String
        var subject: [Subject]
        var predicateType: String

        private enum CodingKeys: String, CodingKey {
            case subject, predicateType
            case type = "_type"
        }
    }

    /// Reads the subjects of a statement.
    ///
    /// - Parameter bytes: The statement.
    /// - Returns: Names and digests.
    /// - Throws: ``StoreError`` with the code ``StoreError/Code/damaged`` if it is none.
    package static func subjects(of bytes: [UInt8]) throws(StoreError) -> [(name: String, sha256: String)] {
        guard let recorded = try? JSONDecoder().decode(Recorded.self, from: Data(bytes)),
            recorded.type == "https://in-toto.io/Statement/v1"
        else { throw StoreError(.damaged, "it is not an in-toto Statement v1") }
        return recorded.subject.compactMap { subject in
            subject.digest["sha256"].map { (name: subject.name, sha256: $0) }
        }
    }
}
