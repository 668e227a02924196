import UploadExecution

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
