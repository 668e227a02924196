import RunOutputs
import UploadExecution

/// What a store is asked to refuse.
enum WriteCondition: Hashable, Sendable {
    /// Nothing.
    case none
    /// To write if an object exists.
    case ifAbsent
    /// To write over anything but the object with this entity tag.
    case ifMatch(String)

    /// The headers that ask for it.
    var headers: [(name: String, value: String)] {
        switch self {
        case .none: []
        case .ifAbsent: [("if-none-match", "*")]
        case .ifMatch(let etag): [("if-match", "\"\(etag)\"")]
        }
    }
}

extension ObjectUpload {
    /// Stores the object over one other, and over nothing else.
    ///
    /// - Parameters:
    ///   - expected: The object that may be replaced.
    ///   - content: What to store.
    /// - Returns: The receipt.
    /// - Throws: ``StoreError``, ``StoreError/Code/conflict`` if something else stands there; what the client throws.
    func replace(_ expected: ReplaceableObject, by content: UploadContent) async throws -> UploadReceipt {
        let found = try await headDestination()
        if let receipt = try await resolveExisting(found, expected, content) { return receipt }
        let isAtomic = try await prepareCondition(found)
        do {
            return try await write(content, isAtomic ? .ifMatch(expected.etag ?? "") : .none)
        } catch let failure as S3Failure where failure.kind == .preconditionFailed || failure.kind == .notFound {
            let head = try await headDestination()
            if failure.followsLostAnswer, case .object(let head) = head,
                case .identical(let sha256) = try await compare(head, content)
            {
                return UploadReceipt(.uploaded, sha256: sha256, etag: head.etag)
            }
            if let receipt = try await resolveExisting(head, expected, content) { return receipt }
            throw StoreError(.conflict, Self.replacedMeanwhile, hint: Self.replacedHint)
        }
    }

    /// Deals with what stands there if it is not the object that may be replaced.
    private func resolveExisting(
        _ found: Found, _ expected: ReplaceableObject, _ content: UploadContent
    ) async throws -> UploadReceipt? {
        guard case .object(let head) = found else {
            throw StoreError(
                .conflict, "the object that was to be replaced is gone, or these credentials may not look at it",
                hint: Self.replacedHint)
        }
        if head.etag == expected.etag { return nil }
        guard case .identical(let sha256) = try await compare(head, content) else {
            throw StoreError(.conflict, Self.replacedMeanwhile, hint: Self.replacedHint)
        }
        return UploadReceipt(.identical, sha256: sha256, etag: head.etag)
    }

    private static let replacedMeanwhile = "another writer has replaced the object since it was read"
    private static let replacedHint = "nothing was overwritten; run the command again"
}
