import RunOutputs
import UploadExecution
import UploadPlanning

/// One upload in parts: begun or taken up again, filled, and completed or given up.
struct MultipartOperation: Sendable {
    let upload: ObjectUpload
    let reader: SourceReader
    let layout: PartLayout
    let condition: WriteCondition
    private let headers: ObjectHeaders
    var client: S3Client { upload.client }
    var configuration: S3Configuration { upload.configuration }
    var location: OutputLocation { upload.request.destination }

    /// Prepares an upload.
    ///
    /// - Parameters:
    ///   - upload: What is uploaded and where.
    ///   - content: Its bytes.
    ///   - reader: The file that holds them.
    ///   - condition: What the store is asked to refuse.
    /// - Throws: ``StoreError`` if the file is too large, or properties cannot be sent.
    init(
        _ upload: ObjectUpload, _ content: UploadContent, _ reader: SourceReader, _ condition: WriteCondition
    ) throws(StoreError) {
        self.upload = upload
        self.reader = reader
        self.condition = condition
        layout = try PartLayout(byteCount: reader.file.version.size, preferred: upload.configuration.partSize)
        var headers = try ObjectHeaders(upload.request, of: content)
        if let sha256 = upload.request.sha256 { headers.addDigest(sha256) }
        self.headers = headers
    }

    /// Carries the upload out.
    func run() async throws -> UploadReceipt {
        var takesUp = canTakeUp
        var attempt = 0
        while true {
            attempt += 1
            let (parted, held) = try await begin(takesUp: takesUp)
            do {
                let sent = try await sendParts(to: parted, held: held)
                var receipt = try await complete(parted, sent)
                guard try await isRight(sent, withProperties: held.isEmpty) else {
                    takesUp = false
                    upload.progress(-layout.byteCount)
                    continue
                }
                if !canTakeUp { await removeLeftovers() }
                receipt.sha256 = sent.sha256
                return receipt
            } catch {
                await giveUp(parted)
                guard attempt < 3, let failure = error as? S3Failure,
                    // Some stores keep parts and let nobody replace one.
                    failure.asksForNewUpload || failure.kind == .notImplemented && !held.isEmpty
                else { throw error }
                takesUp = false
            }
        }
    }

    /// Looks at the complete object where there are doubts about it.
    ///
    /// - Parameters:
    ///   - sent: What was sent.
    ///   - withProperties: Whether this run began the upload, and gave it its properties.
    /// - Returns: Whether it has the properties of the plan.
    /// - Throws: ``StoreError`` if it has another content; ``UnknownOutcome`` if the task is cancelled.
    private func isRight(_ sent: SentParts, withProperties: Bool) async throws -> Bool {
        do {
            // The properties of an upload are those it was begun with, perhaps by a run with another plan.
            if !withProperties, let head = try await client.head(location), !headers.agree(with: head) { return false }
            if sent.isDoubtful { try await readBack(sent) }
            return true
        } catch is CancellationError {
            throw UnknownOutcome(.notCompared)
        }
    }

    /// Whether an upload that an earlier run began may become this object.
    ///
    /// A store does not tell what properties an upload was begun with before it is an object. Then it is too late for a
    /// rule that must not overwrite, and even then tags and the storage class do not show everywhere.
    private var canTakeUp: Bool {
        let properties = upload.request.properties
        return upload.request.existing == .replace && properties.tags.isEmpty && properties.storageClass == nil
    }

    private func begin(takesUp: Bool) async throws -> (MultipartUpload, [Int: UploadedPart]) {
        if takesUp, let leftover = try await takeUp() { return leftover }
        var headers = headers.values
        if configuration.effectiveChecksums == .crc32 {
            headers += [("x-amz-checksum-algorithm", "CRC32"), ("x-amz-checksum-type", "FULL_OBJECT")]
        }
        return (try await client.createMultipartUpload(location, headers: headers), [:])
    }

    /// Looks for uploads that an earlier run left behind: takes up the latest whose parts fit, gives up the others.
    private func takeUp() async throws -> (MultipartUpload, [Int: UploadedPart])? {
        var found: (MultipartUpload, [Int: UploadedPart])?
        do {
            for leftover in try await client.incompleteUploads(of: location) {
                let parts = try await client.parts(of: leftover)
                let fits = parts.allSatisfy {
                    1...layout.count ~= $0.number && $0.size == Int64(layout.range(of: $0.number).count)
                }
                if found == nil, fits, !parts.isEmpty {
                    found = (leftover, Dictionary(parts.map { ($0.number, $0) }) { $1 })
                } else {
                    try await client.abort(leftover)
                }
            }
        } catch let failure as S3Failure where !failure.isTransient {
            // Not everybody may list, and not every store can: then there is nothing to take up.
        }
        return found
    }

    /// Gives up what earlier runs left behind and this one must not take up.
    ///
    /// Not before the object is there: another run may be at work, and each would end the other's upload.
    private func removeLeftovers() async {
        guard let leftovers = try? await client.incompleteUploads(of: location) else { return }
        for leftover in leftovers { try? await client.abort(leftover) }
    }

    /// Makes the object of its parts.
    ///
    /// - Returns: What the store says of it.
    private func complete(_ parted: MultipartUpload, _ sent: SentParts) async throws -> UploadReceipt {
        try reader.checkUnchanged()
        var conditions = condition.headers
        if configuration.effectiveChecksums == .crc32 {
            conditions += [("x-amz-checksum-crc32", sent.crc32.base64), ("x-amz-checksum-type", "FULL_OBJECT")]
        }
        if configuration.isAWS { conditions.append(("x-amz-mp-object-size", "\(layout.byteCount)")) }
        do {
            let answer = try await client.complete(parted, parts: sent.parts, headers: conditions)
            var receipt = UploadReceipt(
                .uploaded, sha256: nil, etag: answer.document?["ETag"]?.text.withoutQuotes,
                versionID: answer["x-amz-version-id"])
            guard let crc32 = answer.document?["ChecksumCRC32"]?.text, !crc32.contains("-") else { return receipt }
            guard crc32 == sent.crc32.base64 else {
                throw StoreError(
                    .damaged, "the store has CRC32 \(crc32) of what was sent, not \(sent.crc32.base64)")
            }
            receipt.crc32 = crc32
            return receipt
        } catch let failure as S3Failure where failure.kind == .noSuchUpload && failure.followsLostAnswer {
            // Perhaps an attempt before this one completed it, and the answer was lost.
            guard let head = try await client.head(location), sent.isContent(of: head, begun: parted.begun) else {
                throw failure
            }
            return UploadReceipt(.uploaded, sha256: nil, etag: head.etag, crc32: head.crc32)
        }
    }

    /// Removes the parts from the store, also when the task was cancelled.
    private func giveUp(_ parted: MultipartUpload) async {
        let client = client
        // What cannot be removed now is found again by the next run.
        _ = await unhindered { try await client.abort(parted) }
    }
}

extension S3Failure {
    /// Whether the upload's parts are lost, or another writer was at the object: all parts are sent again.
    fileprivate var asksForNewUpload: Bool {
        kind == .noSuchUpload || kind == .invalidPart || kind == .writersMet
    }
}
