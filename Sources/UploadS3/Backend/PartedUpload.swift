import RunOutputs
import UploadExecution
import UploadPlanning

/// One upload in parts: begun or taken up again, filled, and completed or given up.
struct PartedUpload: Sendable {
    let upload: Upload
    let reader: SourceReader
    let layout: PartLayout
    let ifAbsent: Bool
    /// The SHA-256 that the file beside the source says it has.
    let announced: String?
    private let headers: ObjectHeaders
    var client: S3Client { upload.client }
    var configuration: S3Configuration { upload.configuration }
    var location: OutputLocation { upload.request.destination }

    /// Prepares an upload.
    ///
    /// - Parameters:
    ///   - upload: What is uploaded and where.
    ///   - reader: The file.
    ///   - ifAbsent: Whether the store is asked to refuse if an object exists.
    /// - Throws: ``UploadError`` if the file is too large, or properties cannot be sent.
    init(_ upload: Upload, _ reader: SourceReader, ifAbsent: Bool) throws(UploadError) {
        self.upload = upload
        self.reader = reader
        self.ifAbsent = ifAbsent
        layout = try PartLayout(byteCount: reader.file.version.size, preferred: upload.configuration.partSize)
        announced = reader.announcedSHA256()
        var headers = try ObjectHeaders(upload.request)
        if let announced { headers.addDigest(announced) }
        self.headers = headers
    }

    /// Carries the upload out.
    func run() async throws -> UploadReceipt {
        var takesUp = true
        var attempt = 0
        while true {
            attempt += 1
            let (parted, held) = try await begin(takesUp: takesUp)
            do {
                let sent = try await sendParts(to: parted, held: held)
                try await complete(parted, sent)
                // The properties of an upload are those it was begun with, perhaps by a run with another plan.
                if !held.isEmpty, let head = try await client.head(location), !headers.agree(with: head), !ifAbsent {
                    takesUp = false
                    upload.progress(-layout.byteCount)
                    continue
                }
                return UploadReceipt(.uploaded, sha256: sent.sha256)
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

    private func complete(_ parted: MultipartUpload, _ sent: SentParts) async throws {
        try reader.checkUnchanged()
        if let announced, let sha256 = sent.sha256, announced != sha256 {
            throw UploadError(
                .sourceChanged, "the file has SHA-256 \(sha256), its .sha256sum file says \(announced)",
                hint: "make the checksum file again, or the file")
        }
        var conditions: [(name: String, value: String)] = ifAbsent ? [("if-none-match", "*")] : []
        if configuration.effectiveChecksums == .crc32 {
            conditions += [("x-amz-checksum-crc32", sent.crc32.base64), ("x-amz-checksum-type", "FULL_OBJECT")]
        }
        if configuration.isAWS { conditions.append(("x-amz-mp-object-size", "\(layout.byteCount)")) }
        do {
            let answer = try await client.complete(parted, parts: sent.parts, headers: conditions)
            guard let document = answer.document, let crc32 = document["ChecksumCRC32"]?.text, !crc32.contains("-")
            else { return }
            guard crc32 == sent.crc32.base64 else {
                throw UploadError(
                    .unavailable, "the store has CRC32 \(crc32) of what was sent, not \(sent.crc32.base64)")
            }
        } catch let failure as S3Failure where failure.kind == .noSuchUpload && failure.followsLostAnswer {
            // Perhaps an attempt before this one completed it, and the answer was lost.
            guard let head = try await client.head(location), sent.isContent(of: head, begun: parted.begun) else {
                throw failure
            }
        }
    }

    /// Removes the parts from the store, also when the task was cancelled.
    private func giveUp(_ parted: MultipartUpload) async {
        let client = client
        // A task of its own: requests of a cancelled task are not sent. What cannot be removed now is found again by
        // the next run.
        await Task { try? await client.abort(parted) }.value
    }
}

extension S3Failure {
    /// Whether the upload's parts are lost, or another writer was at the object: all parts are sent again.
    fileprivate var asksForNewUpload: Bool {
        kind == .noSuchUpload || kind == .invalidPart || kind == .writersMet
    }
}
