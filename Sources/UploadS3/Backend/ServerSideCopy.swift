public import RunOutputs
public import UploadExecution
import UploadPlanning

/// One object that the store copies itself: its bytes do not come here.
struct ServerSideCopy: Sendable {
    let backend: S3Backend
    let source: OutputLocation
    let destination: OutputLocation
    /// What the destination's layout says about the copy.
    let properties: PlaceProperties
    private var client: S3Client { backend.client }

    /// How many parts of one object are copied at once.
    private static let window = 8

    /// Carries the copy out, unless the same content is there already.
    func run() async throws -> UploadReceipt {
        guard let head = try await client.head(source) else { throw StoreError(absent: source) }
        if let there = try await client.head(destination) { return try await keep(there, like: head) }
        let wanted = try await wanted(of: head)
        do {
            try await copy(head, wanted)
        } catch let failure as S3Failure where failure.kind == .preconditionFailed {
            if let copy = try await proven(head, wanted) { return receipt(.uploaded, of: copy) }
            throw StoreError(
                .conflict, "the source changed, or another writer created the object",
                hint: "look at both objects, and copy again")
        }
        guard let copy = try await proven(head, wanted) else {
            throw StoreError(.damaged, "the copy is not what the source is", hint: "remove it, and copy again")
        }
        return receipt(.uploaded, of: copy)
    }

    private func receipt(_ outcome: UploadReceipt.Outcome, of copy: ObjectHead) -> UploadReceipt {
        UploadReceipt(outcome, sha256: copy.sha256, etag: copy.etag, crc32: copy.crc32)
    }

    /// Leaves an object that is there as it is, if it has the same content.
    private func keep(_ there: ObjectHead, like head: ObjectHead) async throws -> UploadReceipt {
        var comparison = StoredObject(source, head).comparison(with: StoredObject(destination, there))
        if comparison == nil { comparison = try await backend.compare(StoredObject(source, head), with: destination) }
        switch comparison {
        case .identical, nil:
            try await place(there)
            return receipt(.identical, of: there)
        case .absent:
            throw StoreError(.unavailable, "the object was removed while it was looked at", hint: "copy again")
        case .different(let how), .undecided(let how):
            throw StoreError(
                .conflict, "an object with other content exists: \(how)",
                hint: "nothing was overwritten; remove the object if it may go")
        }
    }

    /// What a copy is to be besides its content.
    struct Wanted: Sendable {
        /// The source's headers, with what the destination says instead.
        var properties: [String: String]
        /// The source's tags without ours, and ours for the destination; `nil` where nobody tells the source's.
        var tags: [String: String]?
        /// Whether a plain copy has other headers, or other tags.
        var changesProperties: Bool
        var changesTags: Bool
        var storageClass: String?

        /// Properties, tags and class as headers.
        var headers: [(name: String, value: String)] { propertyHeaders + tagHeaders + classHeaders }
        var propertyHeaders: [(name: String, value: String)] {
            properties.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        }
        var tagHeaders: [(name: String, value: String)] {
            guard let tags, !tags.isEmpty else { return [] }
            return [("x-amz-tagging", SignableRequest.canonicalQuery(tags.map { (name: $0.key, value: $0.value) }))]
        }
        var classHeaders: [(name: String, value: String)] { storageClass.map { [("x-amz-storage-class", $0)] } ?? [] }
    }

    private func wanted(of head: ObjectHead) async throws -> Wanted {
        let tags = try await tags(of: head)
        let copied = RetentionTag.copied(tags ?? [:], retention: properties.retention)
        var headers = head.properties
        if let cacheControl = properties.cacheControl { headers["cache-control"] = cacheControl }
        return Wanted(
            properties: headers, tags: tags == nil && copied.isEmpty ? nil : copied,
            changesProperties: headers != head.properties, changesTags: copied != tags ?? [:],
            storageClass: properties.storageClass)
    }

    /// The source's tags; `nil` if these credentials may not see them.
    private func tags(of head: ObjectHead) async throws -> [String: String]? {
        // AWS does not count tags for those who may not read them; other stores that count none have none.
        guard head.tagCount ?? (client.configuration.isAWS ? 1 : 0) > 0 else { return [:] }
        if head.tagCount == nil, properties.retention == nil, head.size <= backend.configuration.copyThreshold {
            // A plain copy takes the tags along, or is refused.
            return nil
        }
        do {
            return try await client.tags(of: source)
        } catch let failure as S3Failure where failure.kind == .denied && head.tagCount == nil {
            backend.note(
                S3Backend.Notice(
                    message:
                        "tags of objects in \(source.bucket) are not copied, if there are any: they cannot be read",
                    hint: "allow s3:GetObjectTagging"))
            return nil
        }
    }

    /// Sees to it that an object which is there is kept as long as the destination says.
    private func place(_ head: ObjectHead) async throws {
        guard properties.retention?.isLimited == true || head.tagCount ?? 0 > 0 else { return }
        let tags: [String: String]
        do {
            tags = try await client.tags(of: destination)
        } catch let failure as S3Failure where failure.isUnknownRequest && head.tagCount == nil {
            backend.note(.noTags)
            return
        }
        let placed = RetentionTag.placed(tags, retention: properties.retention)
        if placed != tags { try await client.setTags(placed, of: destination) }
    }

    private func copy(_ head: ObjectHead, _ wanted: Wanted) async throws {
        guard head.size > backend.configuration.copyThreshold else { return try await copyWhole(head, wanted) }
        do {
            try await copyInParts(head, wanted)
        } catch let failure as S3Failure where failure.kind == .notImplemented && head.size <= Self.maximumWhole {
            // Not every store copies parts.
            try await copyWhole(head, wanted)
        }
    }

    /// The largest object that S3 copies at once: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>.
    private static let maximumWhole: Int64 = 5 << 30

    /// What the destination holds, if it is what the source held, as far as the store keeps checksums of both.
    private func proven(_ head: ObjectHead, _ wanted: Wanted) async throws -> ObjectHead? {
        guard let copy = try await client.head(destination) else { return nil }
        switch StoredObject(source, head).comparison(with: StoredObject(destination, copy)) {
        case .identical: break
        // Of the same size, and the store copied the version that was asked for.
        case nil: break
        case .absent, .different, .undecided: return nil
        }
        if let tags = wanted.tags, let count = copy.tagCount ?? (isUncounted(head) ? nil : 0), count != tags.count {
            throw StoreError(
                .damaged, "the copy has \(count.counted("tag")), and should have \(tags.count)",
                hint: "set them, or remove the copy and copy again")
        }
        if copy.tagCount == nil, wanted.tags?[RetentionTag.retain] != nil { backend.note(.noTags) }
        if copy.properties != wanted.properties { backend.note(.lostProperties) }
        return copy
    }

    /// Whether an object without a number of tags may have some: on AWS for those who may not read them, elsewhere where
    /// the source has none either.
    private func isUncounted(_ head: ObjectHead) -> Bool { client.configuration.isAWS || head.tagCount == nil }

    /// The headers that name the source, in the version that was looked at.
    private func sourceHeaders(_ head: ObjectHead) -> [(name: String, value: String)] {
        [
            ("x-amz-copy-source", "\(source.bucket)/\(source.key.text.percentEncodedPath)"),
            ("x-amz-copy-source-if-match", "\"\(head.etag)\""),
        ]
    }

    private func copyWhole(_ head: ObjectHead, _ wanted: Wanted) async throws {
        var request = S3Request(
            method: "PUT", bucket: destination.bucket, key: destination.key,
            headers: sourceHeaders(head) + wanted.classHeaders, expectedDocument: "CopyObjectResult",
            storesObject: true)
        if wanted.changesTags { request.headers += [("x-amz-tagging-directive", "REPLACE")] + wanted.tagHeaders }
        if wanted.changesProperties {
            request.headers += [("x-amz-metadata-directive", "REPLACE")] + wanted.propertyHeaders
        }
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

    private func copyInParts(_ head: ObjectHead, _ wanted: Wanted) async throws {
        let layout = try PartLayout(byteCount: head.size, preferred: backend.configuration.copyPartSize)
        var headers = wanted.headers
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
        try await (1...layout.count).boundedMap(limit: Self.window) { number in
            let range = layout.range(of: number)
            let headers =
                sourceHeaders(head) + [
                    ("x-amz-copy-source-range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")
                ]
            return try await client.copyPart(number, of: upload, headers: headers, range: range)
        }
    }
}

extension S3Backend {
    /// Lets the store copy an object, in parts if it is large.
    ///
    /// Metadata and tags are the source's, but for what the destination says: how long the copy is kept, its storage
    /// class, and how long caches may keep it. A store that loses metadata of copies is told of in ``notices``.
    ///
    /// - Parameters:
    ///   - source: The object.
    ///   - destination: Where the copy goes.
    ///   - properties: What the destination's layout says about the copy.
    /// - Returns: What was done.
    /// - Throws: ``StoreError``, ``StoreError/Code/conflict`` if something else is there; `CancellationError`.
    public func copy(
        _ source: OutputLocation, to destination: OutputLocation, properties: PlaceProperties
    ) async throws -> UploadReceipt {
        let copy = ServerSideCopy(backend: self, source: source, destination: destination, properties: properties)
        do {
            return try await copy.run()
        } catch let failure as S3Failure {
            throw failure.storeError(
                action: "s3:GetObject and s3:GetObjectTagging on the source, and s3:PutObject and s3:PutObjectTagging",
                at: destination)
        }
    }
}

extension S3Backend.Notice {
    /// A store that keeps no tags.
    static let noTags = Self(
        message: "the store keeps no tags: nothing of it expires by `retain`",
        hint: "remove old runs by other means")
    /// A store that loses headers.
    static let lostProperties = Self(
        message: "the store did not keep all metadata of what it copied", hint: "compare the copies with their sources")
}

extension S3Failure {
    /// Whether the store may not know the request: it is refused as such, or answered with something else.
    var isUnknownRequest: Bool { kind == .notImplemented || kind == .foreign || kind == .transient }
}
