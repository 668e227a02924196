import FoundationEssentials
import RunOutputs
import Synchronization
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

/// All parts of an object, sent, and the digests of the whole.
struct SentParts: Sendable {
    var parts: [UploadedPart] = []
    /// The SHA-256 of the whole in hexadecimal, where it was computed.
    var sha256: String?
    /// The CRC-32 of the whole.
    var crc32 = CRC32()
    /// The MD5 of each part in the order of the parts, where it was computed.
    var md5: [[UInt8]] = []
    /// The size of the whole.
    var byteCount: Int64 = 0
    /// Whether the tag of a part says that the store may hold something else.
    var isDoubtful: Bool { parts.contains(where: \.isDoubtful) }

    /// Whether an object is made of these parts.
    ///
    /// - Parameters:
    ///   - head: What the store says of the object.
    ///   - begun: When the upload was begun.
    /// - Returns: Whether the digests agree; where the store keeps none that can be compared, whether the object
    ///   has appeared since.
    func isContent(of head: ObjectHead, begun: Date?) -> Bool {
        guard head.size == byteCount else { return false }
        if head.isCRC32Verified, let stored = head.crc32 { return stored == crc32.base64 }
        if !head.isTagOpaque, head.partCount == parts.count, md5.count == parts.count {
            return head.etag.lowercased() == UploadContent.tag(ofParts: md5)
        }
        if let stored = head.crc32 { return stored == crc32.base64 }
        guard let begun, let modified = head.modified else { return false }
        return modified >= begun
    }
}

extension MultipartOperation {
    /// How many parts of one file are on their way at once.
    private static let window = 8

    /// Sends the parts that the store does not hold.
    ///
    /// The file is read in order, once for the digests, which must come before a part's bytes, and part by part a
    /// second time, from the page cache, while the parts are sent side by side.
    ///
    /// - Parameters:
    ///   - parted: The upload.
    ///   - held: The parts that the store holds, by number.
    /// - Returns: All parts.
    /// - Throws: What the client throws, and ``StoreError`` for the source.
    func sendParts(to parted: MultipartUpload, held: [Int: UploadedPart]) async throws -> SentParts {
        var selection = configuration.digestsOfRequest
        // Without a CRC-32 of a part, its entity tag tells whether it is the same.
        if configuration.effectiveChecksums != .crc32 || !held.isEmpty { selection.insert(.md5) }
        let isHashed = upload.request.wantsSHA256 && upload.request.sha256 == nil
        var whole = isHashed ? ContentDigests.Hasher(.sha256) : nil
        var sent = SentParts(byteCount: layout.byteCount)
        try await withThrowingTaskGroup(of: UploadedPart.self) { group in
            var underWay = 0
            for number in 1...layout.count {
                let range = layout.range(of: number)
                let digests = try reader.digests(of: range, selection, into: &whole)
                sent.crc32.append(digests.crc32, byteCount: digests.byteCount)
                if let md5 = digests.md5 { sent.md5.append(md5) }
                if let part = held[number], part.holds(digests, isVerified: configuration.isAWS) {
                    upload.progress(digests.byteCount)
                    sent.parts.append(part)
                    continue
                }
                if underWay >= min(Self.window, configuration.concurrency), let part = try await group.next() {
                    sent.parts.append(part)
                    underWay -= 1
                }
                underWay += 1
                group.addTask { try await send(number, range, digests, to: parted) }
            }
            for try await part in group { sent.parts.append(part) }
        }
        sent.sha256 = whole?.finalize().sha256.map { String(hexadecimal: $0) } ?? upload.request.sha256
        return sent
    }

    /// Sends one part, and again if its entity tag says that the store holds something else.
    private func send(
        _ number: Int, _ range: Range<Int64>, _ digests: ContentDigests, to parted: MultipartUpload
    ) async throws -> UploadedPart {
        let part = FilePart(reader: reader, range: range, progress: upload.progress)
        let crc32 = configuration.effectiveChecksums == .crc32 ? digests.crc32.base64 : nil
        var sent = UploadedPart(number: number, etag: "", size: digests.byteCount, crc32: crc32)
        for attempt in 1...ObjectUpload.attemptsAgainstDamage {
            let answer: S3Response
            do {
                answer = try await client.uploadPart(
                    number, of: parted, headers: configuration.checksumHeaders(digests),
                    body: .file(part, sha256: configuration.signedHash(digests)))
            } catch var failure as S3Failure where attempt > 1 && failure.kind == .notImplemented {
                // Some stores keep parts and let nobody replace one: a new upload it is.
                failure.kind = .invalidPart
                throw failure
            }
            sent.etag = answer["etag"] ?? ""
            sent.isDoubtful = try isDamaged(answer, digests, range)
            let meaning = upload.backend.partTags.load(ordering: .relaxed)
            guard sent.isDoubtful, meaning != .other else { return sent }
            // Where no tag was an MD5 so far, none may be: the whole object is read when it is complete.
            if meaning == .unknown, attempt > 1 { return sent }
            if attempt < ObjectUpload.attemptsAgainstDamage { upload.progress(-digests.byteCount) }
        }
        throw S3Failure(
            kind: .damaged,
            message: "part \(number) arrived damaged: its MD5 in the store is \(sent.etag.withoutQuotes)",
            hint: "something between here and the store changes data")
    }

    /// Whether the entity tag of a part looks like the MD5 of something else.
    private func isDamaged(
        _ answer: S3Response, _ digests: ContentDigests, _ range: Range<Int64>
    ) throws -> Bool {
        guard !configuration.isAWS, let etag = answer.plainTag else { return false }
        var none: ContentDigests.Hasher?
        let md5 = try digests.md5 ?? reader.digests(of: range, [.md5, .noCRC32], into: &none).md5
        guard let md5, etag == String(hexadecimal: md5) else { return true }
        upload.backend.partTags.store(.md5, ordering: .relaxed)
        return false
    }

    /// Reads a complete object whose parts had tags that may mean something else.
    ///
    /// - Throws: ``StoreError`` if it is not what was sent.
    func readBack(_ sent: SentParts) async throws {
        let stored = try await upload.backend.sha256(of: location)
        let expected: String
        if let sha256 = sent.sha256 {
            expected = sha256
        } else {
            var whole: ContentDigests.Hasher? = ContentDigests.Hasher([.sha256, .noCRC32])
            _ = try reader.digests(of: 0..<layout.byteCount, .noCRC32, into: &whole)
            expected = whole?.finalize().sha256.map { String(hexadecimal: $0) } ?? ""
        }
        guard stored == expected else {
            throw StoreError(
                .damaged, "the store holds something else than was sent: SHA-256 \(stored), not \(expected)",
                hint: ObjectUpload.damageHint)
        }
        upload.backend.partTags.store(.other, ordering: .relaxed)
    }
}

/// What the entity tags of parts mean in a store that is not known.
enum PartTags: UInt8, AtomicRepresentable, Sendable {
    /// None was compared so far.
    case unknown
    /// They are MD5s: one that differs tells of damage.
    case md5
    /// They look like MD5s and are none.
    case other
}

extension UploadedPart {
    /// Whether the part has the content of digests.
    ///
    /// - Parameters:
    ///   - digests: The digests.
    ///   - isVerified: Whether the store has compared the part's checksum, and does not just repeat it.
    /// - Returns: Whether it has.
    fileprivate func holds(_ digests: ContentDigests, isVerified: Bool) -> Bool {
        guard size == digests.byteCount else { return false }
        let tag = etag.withoutQuotes.lowercased()
        if let crc32, isVerified || !tag.isMD5 { return crc32 == digests.crc32.base64 }
        return digests.md5.map { tag == String(hexadecimal: $0) } ?? false
    }
}
