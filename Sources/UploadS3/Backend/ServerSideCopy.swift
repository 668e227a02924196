public import RunOutputs
public import UploadExecution

/// One object that the store copies itself: its bytes do not come here.
struct ServerSideCopy: Sendable {
    let backend: S3Backend
    let source: OutputLocation
    let destination: OutputLocation
    private var client: S3Client { backend.client }

    /// How many parts of one object are copied at once.
    private static let window = 8

    /// Carries the copy out, unless the same content is there already.
    func run() async throws -> UploadReceipt {
        guard let head = try await client.head(source) else { throw UploadError(absent: source) }
        switch try await backend.compare(StoredObject(source, head), with: destination) {
        case .absent: break
        case .identical: return UploadReceipt(.identical, sha256: head.sha256)
        case .different(let how), .undecided(let how):
            throw UploadError(
                .conflict, "an object with other content exists: \(how)",
                hint: "nothing was overwritten; remove the object if it may go")
        }
        do {
            try await copy(head)
        } catch let failure as S3Failure where failure.kind == .preconditionFailed {
            if try await isThere(head) { return UploadReceipt(.uploaded, sha256: head.sha256) }
            throw UploadError(
                .conflict, "the source changed, or another writer created the object",
                hint: "look at both objects, and copy again")
        }
        guard try await isThere(head) else {
            throw UploadError(.damaged, "the copy is not what the source is", hint: "remove it, and copy again")
        }
        return UploadReceipt(.uploaded, sha256: head.sha256)
    }

    private func copy(_ head: ObjectHead) async throws {
        guard head.size > backend.configuration.copyThreshold else { return try await copyWhole(head) }
        do {
            try await copyInParts(head)
        } catch let failure as S3Failure where failure.kind == .notImplemented && head.size <= Self.maximumWhole {
            // Not every store copies parts.
            try await copyWhole(head)
        }
    }

    /// The largest object that S3 copies at once: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>.
    private static let maximumWhole: Int64 = 5 << 30

    /// Whether the destination holds what the source held, as far as the store keeps checksums of both.
    private func isThere(_ head: ObjectHead) async throws -> Bool {
        guard let copy = try await client.head(destination) else { return false }
        switch StoredObject(source, head).evidence(against: StoredObject(destination, copy)) {
        case .identical: return true
        // Of the same size, and the store copied the version that was asked for.
        case nil: return true
        case .absent, .different, .undecided: return false
        }
    }

    /// The headers that name the source, in the version that was looked at.
    private func sourceHeaders(_ head: ObjectHead) -> [(name: String, value: String)] {
        [
            ("x-amz-copy-source", "\(source.bucket)/\(source.key.text.percentEncodedPath)"),
            ("x-amz-copy-source-if-match", "\"\(head.etag)\""),
        ]
    }

    private func copyWhole(_ head: ObjectHead) async throws {
        var request = S3Request(
            method: "PUT", bucket: destination.bucket, key: destination.key, headers: sourceHeaders(head),
            expectedDocument: "CopyObjectResult", storesObject: true)
        guard backend.configuration.isAWS else {
            _ = try await client.send(request)
            return
        }
        let unconditional = request
        request.headers.append(("if-none-match", "*"))
        do {
            _ = try await client.send(request)
        } catch let failure as S3Failure where failure.kind == .notImplemented {
            // Not every region takes the condition here; that nothing is there was looked at before.
            _ = try await client.send(unconditional)
        }
    }

    private func copyInParts(_ head: ObjectHead) async throws {
        let layout = try PartLayout(byteCount: head.size, preferred: backend.configuration.copyPartSize)
        var headers = head.properties.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        var conditions: [(name: String, value: String)] = backend.configuration.isAWS ? [("if-none-match", "*")] : []
        if let crc32 = head.crc32 {
            headers += [("x-amz-checksum-algorithm", "CRC32"), ("x-amz-checksum-type", "FULL_OBJECT")]
            conditions += [("x-amz-checksum-crc32", crc32), ("x-amz-checksum-type", "FULL_OBJECT")]
        }
        let upload = try await client.createMultipartUpload(destination, headers: headers)
        do {
            let parts = try await copyParts(of: head, layout, to: upload)
            _ = try await client.complete(upload, parts: parts, headers: conditions)
        } catch {
            let client = client
            _ = await unhindered { try await client.abort(upload) }
            throw error
        }
    }

    private func copyParts(
        of head: ObjectHead, _ layout: PartLayout, to upload: MultipartUpload
    ) async throws -> [UploadedPart] {
        try await withThrowingTaskGroup(of: UploadedPart.self) { group in
            var parts: [UploadedPart] = []
            for number in 1...layout.count {
                if number > Self.window, let part = try await group.next() { parts.append(part) }
                let range = layout.range(of: number)
                let headers =
                    sourceHeaders(head) + [
                        ("x-amz-copy-source-range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")
                    ]
                group.addTask { try await client.copyPart(number, of: upload, headers: headers, range: range) }
            }
            for try await part in group { parts.append(part) }
            return parts
        }
    }
}

extension S3Backend {
    /// Lets the store copy an object, in parts if it is large.
    ///
    /// - Parameters:
    ///   - source: The object.
    ///   - destination: Where the copy goes.
    /// - Returns: What was done.
    /// - Throws: ``UploadError``, ``UploadError/Code/conflict`` if something else is there; `CancellationError`.
    public func copy(_ source: OutputLocation, to destination: OutputLocation) async throws -> UploadReceipt {
        do {
            return try await ServerSideCopy(backend: self, source: source, destination: destination).run()
        } catch let failure as S3Failure {
            throw failure.uploadError(action: "s3:GetObject on the source and s3:PutObject", at: destination)
        }
    }
}
