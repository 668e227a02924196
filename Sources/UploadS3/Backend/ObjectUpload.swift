import HTTPConnections
import NIOCore
import RunOutputs
import UploadExecution
import UploadPlanning

/// One upload from its first request to its receipt.
struct ObjectUpload: Sendable {
    let backend: S3Backend
    let request: UploadRequest
    let progress: @Sendable (Int64) -> Void
    var client: S3Client { backend.client }
    var configuration: S3Configuration { backend.configuration }

    /// What is at the destination.
    enum Found: Sendable {
        case nothing
        case object(ObjectHead)
        /// The store does not say: without permission to list the bucket, S3 answers 403 for what is not there.
        case hidden(S3Failure)
    }

    init(_ backend: S3Backend, _ request: UploadRequest, _ progress: @escaping @Sendable (Int64) -> Void) {
        self.backend = backend
        self.request = request
        self.progress = progress
    }

    func run() async throws -> UploadReceipt {
        guard try await client.credentials.credentials() != nil else {
            throw StoreError(
                .accessDenied, "no credentials were found",
                hint:
                    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a role; doctor shows where it looked"
            )
        }
        if request.existing == .replace {
            let content = try UploadContent(request.body, in: backend.sources)
            if let expected = request.replaceable { return try await replace(expected, by: content) }
            return try await write(content, .none)
        }
        let listed = await backend.known.answer(for: request.destination)
        if case .object = listed, request.existing == .keep { return UploadReceipt(.kept, sha256: nil) }
        let content = try UploadContent(request.body, in: backend.sources)
        if case .object(let object) = listed, let receipt = try resolveExisting(object, content) { return receipt }
        // An object that another writer removes between our look and our write makes us look again.
        for attempt in 0..<3 {
            let found = try await attempt == 0 ? headDestination(listed) : headDestination()
            if case .object(let head) = found { return try await resolveExisting(head, content) }
            let isAtomic = try await prepareCondition(found)
            do {
                return try await write(content, isAtomic ? .ifAbsent : .none)
            } catch let failure as S3Failure where failure.kind == .preconditionFailed {
                if let receipt = try await settleRefusal(failure, content) { return receipt }
            }
        }
        throw StoreError(.conflict, "other writers create and remove the object again and again")
    }

    /// Deals with an object of a listing, if the listing tells enough: all else deserves a closer look.
    private func resolveExisting(_ object: ListedObject, _ content: UploadContent) throws -> UploadReceipt? {
        guard request.existing == .identical, object.size == content.byteCount, object.etag.isMD5,
            content.bytes != nil
        else { return nil }
        let digests = try content.digests(request.wantsSHA256 ? [.md5, .sha256] : .md5)
        guard let md5 = digests.md5, object.etag == String(hexadecimal: md5) else { return nil }
        return UploadReceipt(
            .identical, sha256: digests.sha256.map { String(hexadecimal: $0) }, etag: object.etag)
    }

    /// Looks for the first time, where a listing has told something.
    private func headDestination(_ listed: DestinationListing.Answer) async throws -> Found {
        // Between the listing and the write there is time for another writer, which the condition takes care of.
        guard case .absent = listed, try await backend.conditions.isSupported(near: request.destination) else {
            return try await headDestination()
        }
        return .nothing
    }

    func headDestination() async throws -> Found {
        do {
            return try await client.head(request.destination).map(Found.object) ?? .nothing
        } catch let failure as S3Failure where failure.kind == .denied {
            return .hidden(failure)
        }
    }

    /// Decides whether the write can be made conditional, and tells the user if it cannot.
    func prepareCondition(_ found: Found) async throws -> Bool {
        guard try await !backend.conditions.isSupported(near: request.destination) else { return true }
        if case .hidden(let failure) = found {
            throw failure.storeError(action: "s3:GetObject", at: request.destination)
        }
        let fact = "\(backend.displayName) ignores conditional writes"
        guard !configuration.requiresAtomicWrites else {
            throw StoreError(
                .destination, "\(fact), and --require-atomic asks for them",
                hint: "leave out --require-atomic to look first and then write")
        }
        backend.note(
            S3Backend.Notice(
                message: "\(fact): existing: \(request.existing.rawValue) looks first and then writes there",
                hint: "an object that another writer creates in between is overwritten"))
        return false
    }

    /// Deals with an object that is at the destination.
    private func resolveExisting(_ head: ObjectHead, _ content: UploadContent) async throws -> UploadReceipt {
        switch request.existing {
        case .keep: return UploadReceipt(.kept, sha256: nil)
        case .fail, .replace:
            throw StoreError(.conflict, "an object exists already, and existing: fail says not to touch it")
        case .identical:
            switch try await compare(head, content) {
            case .identical(let sha256): return UploadReceipt(.identical, sha256: sha256, etag: head.etag)
            case .different(let how):
                throw StoreError(.conflict, "an object with other content exists: \(how)", hint: Self.conflictHint)
            case .undecided(let why), .disputed(sha256: let why):
                throw StoreError(
                    .conflict, "an object exists, and its content cannot be compared: \(why)",
                    hint: Self.conflictHint)
            }
        }
    }

    private static let conflictHint = "nothing was overwritten; remove the object, or use existing: replace"

    /// Deals with a store's word that there is an object after all.
    ///
    /// - Returns: What it means, or `nil` if there is nothing any more.
    private func settleRefusal(_ failure: S3Failure, _ content: UploadContent) async throws -> UploadReceipt? {
        switch try await headDestination() {
        case .nothing: return nil
        case .hidden:
            if request.existing == .keep { return UploadReceipt(.kept, sha256: nil) }
            throw StoreError(
                .conflict, "an object exists, and these credentials may not look at it",
                hint: "allow s3:GetObject on arn:aws:s3:::\(request.destination.bucket)/\(request.destination.key)")
        case .object(let head):
            // The answer to our own write was lost: the object in our way is ours.
            if failure.followsLostAnswer, case .identical(let sha256) = try await compare(head, content) {
                return UploadReceipt(.uploaded, sha256: sha256, etag: head.etag)
            }
            return try await resolveExisting(head, content)
        }
    }

    /// Compares the content with the object at the destination, and reads the object if it must.
    func compare(_ head: ObjectHead, _ content: UploadContent) async throws -> ContentComparison {
        let comparison = try await compareTags(head, content)
        guard case .disputed(let sha256) = comparison else { return comparison }
        let stored = try await backend.sha256(of: request.destination)
        return stored == sha256
            ? .identical(sha256: sha256) : .different("its SHA-256 is \(stored), the file's is \(sha256)")
    }

    private func compareTags(_ head: ObjectHead, _ content: UploadContent) async throws -> ContentComparison {
        try await content.compared(with: head) {
            let asked = try? await client.head(request.destination, part: 1)
            if let size = asked?.size, size < content.byteCount || head.partCount == 1 { return size }
            // A store that does not know parts of objects: suppose that we uploaded it.
            return try PartLayout(byteCount: content.byteCount, preferred: configuration.partSize).partSize
        }
    }

    /// Writes the object; where the answer was lost, the store is asked what became of it.
    func write(_ content: UploadContent, _ condition: WriteCondition) async throws -> UploadReceipt {
        do {
            return try await send(content, condition)
        } catch let failure as S3Failure where failure.mayHaveStored && failure.kind != .preconditionFailed {
            let receipt = await unhindered { () async throws -> UploadReceipt? in
                guard let head = try await client.head(request.destination),
                    case .identical(let sha256) = try await compare(head, content)
                else { return nil }
                return UploadReceipt(.uploaded, sha256: sha256, etag: head.etag)
            }
            if case .some(let receipt?) = receipt { return receipt }
            throw UnknownOutcome(failure.storeError(action: "s3:PutObject", at: request.destination))
        }
    }

    private func send(_ content: UploadContent, _ condition: WriteCondition) async throws -> UploadReceipt {
        if let reader = content.reader, content.byteCount >= max(configuration.multipartThreshold, 1) {
            return try await MultipartOperation(self, content, reader, condition).run()
        }
        return try await putWhole(content, condition)
    }
}

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
            // What is there is our own by now, and nobody else's may be overwritten.
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

    /// Looks whether the store names the bytes that were sent.
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

/// How an object is cut into parts.
struct PartLayout: Hashable, Sendable {
    /// The size of an object.
    let byteCount: Int64
    /// The size of every part but the last.
    let partSize: Int64

    /// S3's limits: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>.
    static let maximumParts: Int64 = 10_000
    static let minimumPartSize: Int64 = 5 << 20
    static let maximumObject: Int64 = 5 << 40

    /// Cuts an object into parts of the preferred size, or of larger ones where there would be too many.
    ///
    /// - Parameters:
    ///   - byteCount: The size of the object.
    ///   - preferred: The size of a part if nothing speaks against it.
    /// - Throws: ``StoreError`` if S3 takes no object of the size.
    init(byteCount: Int64, preferred: Int64) throws(StoreError) {
        guard byteCount <= Self.maximumObject else {
            throw StoreError(
                .destination, "\(byteCount) bytes are more than an object may have (5 TiB)", hint: "split the file")
        }
        self.byteCount = byteCount
        let mebibyte: Int64 = 1 << 20
        let needed = (byteCount + Self.maximumParts - 1) / Self.maximumParts
        partSize = max(preferred, Self.minimumPartSize, (needed + mebibyte - 1) / mebibyte * mebibyte)
    }

    /// The number of parts.
    var count: Int { Int((byteCount + partSize - 1) / partSize) }

    /// The bytes of a part.
    ///
    /// - Parameter number: The part, from 1.
    /// - Returns: Their positions.
    func range(of number: Int) -> Range<Int64> {
        let start = Int64(number - 1) * partSize
        return start..<min(start + partSize, byteCount)
    }
}
