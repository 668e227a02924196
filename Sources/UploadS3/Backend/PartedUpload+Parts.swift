import FoundationEssentials
import UploadExecution

/// All parts of an object, sent, and the digests of the whole.
struct SentParts: Sendable {
    /// The parts.
    var parts: [UploadedPart] = []
    /// The SHA-256 of the whole in hexadecimal, where it was computed.
    var sha256: String?
    /// The CRC-32 of the whole.
    var crc32 = CRC32()
    /// The MD5 of each part in the order of the parts, where it was computed.
    var md5: [[UInt8]] = []
    /// The size of the whole.
    var byteCount: Int64 = 0

    /// Whether an object is made of these parts.
    ///
    /// - Parameters:
    ///   - head: What the store says of the object.
    ///   - begun: When the upload was begun.
    /// - Returns: Whether the digests agree; where the store keeps none that can be compared, whether the object
    ///   has appeared since.
    func isContent(of head: ObjectHead, begun: Date?) -> Bool {
        guard head.size == byteCount else { return false }
        if let stored = head.crc32 { return stored == crc32.base64 }
        if !head.isTagOpaque, head.partCount != nil { return head.etag.lowercased() == UploadContent.tag(ofParts: md5) }
        guard let begun, let modified = head.modified else { return false }
        return modified >= begun
    }
}

extension PartedUpload {
    /// How many parts of one file are on their way at once.
    private static let window = 8

    /// Sends the parts that the store does not hold.
    ///
    /// The file is read in order, once for the digests, which must stand before a part's bytes, and part by part a
    /// second time, from the page cache, while the parts are sent side by side.
    ///
    /// - Parameters:
    ///   - parted: The upload.
    ///   - held: The parts that the store holds, by number.
    /// - Returns: All parts.
    /// - Throws: What the client throws, and ``UploadError`` for the source.
    func sendParts(to parted: MultipartUpload, held: [Int: UploadedPart]) async throws -> SentParts {
        var selection = configuration.digestsOfRequest
        // Without a CRC-32 of a part, its entity tag tells whether it is the same.
        if configuration.effectiveChecksums != .crc32 || !held.isEmpty { selection.insert(.md5) }
        let isHashed = upload.request.wantsSHA256 || announced != nil
        var whole = isHashed ? ContentDigests.Hasher(.sha256) : nil
        var sent = SentParts(byteCount: layout.byteCount)
        try await withThrowingTaskGroup(of: UploadedPart.self) { group in
            var underWay = 0
            for number in 1...layout.count {
                let range = layout.range(of: number)
                let digests = try reader.digests(of: range, selection, into: &whole)
                sent.crc32.append(digests.crc32, byteCount: digests.byteCount)
                if let md5 = digests.md5 { sent.md5.append(md5) }
                if let part = held[number], part.holds(digests) {
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
        sent.sha256 = whole?.finalize().sha256.map { String(hexadecimal: $0) }
        return sent
    }

    private func send(
        _ number: Int, _ range: Range<Int64>, _ digests: ContentDigests, to parted: MultipartUpload
    ) async throws -> UploadedPart {
        let part = FilePart(reader: reader, range: range, progress: upload.progress)
        let etag = try await client.uploadPart(
            number, of: parted, headers: configuration.checksumHeaders(digests),
            body: .file(part, sha256: configuration.signedHash(digests)))
        let crc32 = configuration.effectiveChecksums == .crc32 ? digests.crc32.base64 : nil
        return UploadedPart(number: number, etag: etag, size: digests.byteCount, crc32: crc32)
    }
}

extension UploadedPart {
    /// Whether the part has the content of digests.
    fileprivate func holds(_ digests: ContentDigests) -> Bool {
        guard size == digests.byteCount else { return false }
        if let crc32 { return crc32 == digests.crc32.base64 }
        return digests.md5.map { etag.withoutQuotes.lowercased() == String(hexadecimal: $0) } ?? false
    }
}
