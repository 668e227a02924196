import NIOCore
import RunOutputs
import UploadExecution

extension Upload {
    /// Stores the object in one request.
    ///
    /// - Parameters:
    ///   - content: The bytes.
    ///   - ifAbsent: Whether the store is asked to refuse if an object exists.
    /// - Returns: The receipt.
    /// - Throws: What the client throws, and ``UploadError`` for the source.
    func putWhole(_ content: UploadContent, ifAbsent: Bool) async throws -> UploadReceipt {
        let digests = try content.digests(configuration.digestsOfRequest.union(.sha256))
        let sha256 = String(hexadecimal: digests.sha256 ?? [])
        var headers = try ObjectHeaders(request)
        headers.addDigest(sha256)
        var values = headers.values + configuration.checksumHeaders(digests)
        if ifAbsent { values.append(("if-none-match", "*")) }
        let hash = configuration.signedHash(digests)
        if let reader = content.reader {
            let part = FilePart(reader: reader, range: 0..<content.byteCount, progress: progress)
            let answer = try await client.put(request.destination, headers: values, body: .file(part, sha256: hash))
            try await confirm(answer, digests)
        } else {
            let body = RequestBody.bytes(content.bytes ?? ByteBuffer(), sha256: hash)
            let answer = try await client.put(request.destination, headers: values, body: body)
            progress(content.byteCount)
            try await confirm(answer, digests)
        }
        return UploadReceipt(.uploaded, sha256: sha256)
    }

    /// Checks that the store speaks of the bytes that were sent.
    private func confirm(_ answer: S3Answer, _ digests: ContentDigests) async throws {
        if let crc32 = answer["x-amz-checksum-crc32"], crc32 != digests.crc32.base64 {
            throw UploadError(
                .unavailable, "the store has CRC32 \(crc32) of what was sent, not \(digests.crc32.base64)")
        }
        guard let md5 = digests.md5, let etag = answer["etag"]?.withoutQuotes, etag.isMD5,
            etag.lowercased() != String(hexadecimal: md5)
        else { return }
        // Not every store's tag is an MD5, and the store has checked Content-MD5; but it must mean what it says.
        guard let head = try await client.head(request.destination), head.size == digests.byteCount,
            head.etag == etag || head.etag.lowercased() == String(hexadecimal: md5)
        else {
            throw UploadError(
                .unavailable, "the store answered with the tag of something else, and does not hold what was sent",
                hint: "run the upload again")
        }
    }
}
