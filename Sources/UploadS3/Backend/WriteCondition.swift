import FoundationEssentials
import NIOCore
import RunOutputs
import Synchronization
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
    /// - Throws: ``StoreError``, ``StoreError/Code/conflict`` if something else is there; what the client throws.
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

    /// Deals with what is there if it is not the object that may be replaced.
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

/// Whether a store keeps its hands off an object that exists when it is asked to with `If-None-Match: *`.
///
/// AWS does. Others may answer "200 OK" and have overwritten, so a store that is not known is tried out, once for each
/// bucket: a small object is written on the condition twice, and removed. A store that honours the condition refuses the
/// second time. The object's name is always the same, so that what a killed run left behind is found and removed.
final class ConditionalWriteProbe: Sendable {
    /// From this age on, the trial's object is a leftover and not another run's trial.
    private static let oldestTrial = 60.0

    private let client: S3Client
    private let answers = Mutex<[String: Task<Bool, any Error>]>([:])

    init(_ client: S3Client) { self.client = client }

    /// Finds out whether conditions are honoured.
    ///
    /// - Parameter location: An object that will be written: the trial's object is put beside it.
    /// - Returns: Whether they are.
    /// - Throws: Why the trial's object could not be written.
    func isSupported(near location: OutputLocation) async throws -> Bool {
        if client.configuration.isAWS { return true }
        let answer = answers.withLock { answers in
            let answer = answers[location.bucket] ?? Task { try await probe(near: location) }
            answers[location.bucket] = answer
            return answer
        }
        do {
            return try await answer.value
        } catch {
            // The next upload may try again.
            answers.withLock { $0[location.bucket] = nil }
            throw error
        }
    }

    private func probe(near location: OutputLocation) async throws -> Bool {
        let key = location.key.text
        let folder = key.utf8.firstIndex(of: UInt8(ascii: "/")).map { key[...$0] } ?? ""
        let marker = OutputLocation(
            bucket: location.bucket, key: ExactString("\(folder).therock-upload-condition-trial"))
        let text = "A trial of conditional writes by therock-upload. It may be removed.\n"
        let content = try UploadContent(.bytes(Array(text.utf8)), in: SourceDirectories())
        let digests = try content.digests([.sha256, .md5])
        let headers =
            client.configuration.checksumHeaders(digests) + [("content-type", "text/plain"), ("if-none-match", "*")]
        let body = RequestBody.bytes(content.bytes ?? ByteBuffer(), sha256: client.configuration.signedHash(digests))
        do {
            _ = try await client.put(marker, headers: headers, body: body)
        } catch let failure as S3Failure where failure.kind == .notImplemented {
            return false
        } catch let failure as S3Failure where failure.kind == .preconditionFailed && failure.followsLostAnswer {
            // Our own first write, whose answer was lost.
        } catch let failure as S3Failure where failure.kind == .preconditionFailed {
            await removeLeftover(marker)
            return true
        }
        let isHonoured: Bool
        do {
            _ = try await client.put(marker, headers: headers, body: body)
            isHonoured = false
        } catch let failure as S3Failure where failure.kind == .preconditionFailed {
            isHonoured = true
        }
        try? await client.delete(marker)
        return isHonoured
    }

    /// Removes the object of a run that was killed in the middle of its trial.
    private func removeLeftover(_ marker: OutputLocation) async {
        guard let written = (try? await client.head(marker))?.modified,
            client.time.now().timeIntervalSince(written) > Self.oldestTrial
        else { return }
        try? await client.delete(marker)
    }
}
