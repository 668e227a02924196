import HTTPConnections
import NIOCore
import RunOutputs
import UploadExecution

extension ObjectUpload {
    /// How often an object that arrived damaged is sent before it counts as failed.
    static let attemptsAgainstDamage = 3

    static let damageHint =
        "something between here and the store changes data; the object in the store is damaged: remove it, or upload again"

    /// Stores the object in one request, and again if the store's entity tag says that it holds something else.
    ///
    /// - Parameters:
    ///   - content: The bytes.
    ///   - condition: What the store is asked to refuse.
    /// - Returns: The receipt.
    /// - Throws: What the client throws, and ``StoreError`` for the source.
    func putWhole(_ content: UploadContent, _ condition: WriteCondition) async throws -> UploadReceipt {
        let digests = try content.digests(configuration.digestsOfRequest.union(.sha256))
        let sha256 = String(hexadecimal: digests.sha256 ?? [])
        var headers = try ObjectHeaders(request, of: content)
        headers.addDigest(sha256)
        let values = headers.values + configuration.checksumHeaders(digests)
        var conditions = condition.headers
        var damage = ""
        for _ in 0..<Self.attemptsAgainstDamage {
            let answer = try await put(content, headers: values + conditions, configuration.signedHash(digests))
            let etag = answer["etag"] ?? ""
            do {
                guard let found = try await self.damage(in: answer, content, digests) else {
                    return UploadReceipt(
                        .uploaded, sha256: sha256, etag: etag.withoutQuotes, crc32: answer["x-amz-checksum-crc32"],
                        versionID: answer["x-amz-version-id"])
                }
                damage = found
            } catch is CancellationError {
                throw UnknownOutcome(.notCompared)
            }
            progress(-content.byteCount)
            // What stands there is our own by now, and nobody else's may be overwritten.
            if condition != .none { conditions = [("if-match", etag)] }
        }
        throw StoreError(
            .damaged, "the store holds something else than was sent, \(Self.attemptsAgainstDamage) times: \(damage)",
            hint: Self.damageHint)
    }

    private func put(
        _ content: UploadContent, headers: [(name: String, value: String)], _ hash: String?
    ) async throws -> S3Response {
        if let reader = content.reader {
            let part = FilePart(reader: reader, range: 0..<content.byteCount, progress: progress)
            return try await client.put(request.destination, headers: headers, body: .file(part, sha256: hash))
        }
        let body = RequestBody.bytes(content.bytes ?? ByteBuffer(), sha256: hash)
        let answer = try await client.put(request.destination, headers: headers, body: body)
        progress(content.byteCount)
        return answer
    }

    /// Looks whether the store speaks of the bytes that were sent.
    ///
    /// - Returns: How it shows that it holds others, or `nil`.
    private func damage(
        in answer: S3Response, _ content: UploadContent, _ digests: ContentDigests
    ) async throws -> String? {
        if let crc32 = answer["x-amz-checksum-crc32"], crc32 != digests.crc32.base64 {
            return "its CRC32 is \(crc32), that of the content \(digests.crc32.base64)"
        }
        // AWS has compared the checksum, and its tags are not always MD5s.
        guard !configuration.isAWS, let etag = answer.plainTag else { return nil }
        let known = try digests.md5 ?? content.digests([.md5, .noCRC32]).md5
        guard let md5 = known.map({ String(hexadecimal: $0) }), md5 != etag else { return nil }
        // Not every store's tag is an MD5: what it holds tells.
        let sha256 = String(hexadecimal: digests.sha256 ?? [])
        let stored: String
        do {
            stored = try await backend.sha256(of: request.destination)
        } catch let error as StoreError where error.code == .notFound {
            return "nothing is there"
        }
        return stored == sha256 ? nil : "its MD5 is \(etag), that of the content \(md5)"
    }
}

extension S3Response {
    /// The entity tag in lower case, if it has the form of an MD5 of what was sent and nothing says that it is none.
    var plainTag: String? {
        guard let etag = self["etag"]?.withoutQuotes, etag.isMD5, !http.headers.areOfOpaqueTag else { return nil }
        return etag.lowercased()
    }
}

extension StoreError {
    /// The run was cancelled between a write and the look at what the store made of it.
    static let notCompared = StoreError(
        .unavailable, "it was stored, and the run was stopped before it was compared")
}
