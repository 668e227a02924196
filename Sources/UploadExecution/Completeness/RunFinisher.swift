package import RunOutputs
package import UploadPlanning

/// Joins the receipts of a run, proves its objects, and says whether it is complete.
///
/// Everything that it writes is written only over what it read before, so that of two that run at once one wins as a
/// whole; and `run.json` comes last, so that it never claims more than is there.
package struct RunFinisher: Sendable {
    /// What is asked of it.
    package struct Request: Sendable {
        package var run: JobReceipt.Run
        /// Which attempt of the run this is.
        package var attempt: Int
        /// What it is made with.
        package var inputs: JobReceipt.Inputs
        /// What the run must hold.
        package var required: [RequiredOutput] = []
        /// The requirements' name and the SHA-256 of their file.
        package var requirements: (name: String, sha256: String)?
        /// Plans, of which the pages over the whole run are written.
        package var plans: [BoundPlan] = []
        /// Whether nothing is written.
        package var isDryRun = false

        package init(run: JobReceipt.Run, attempt: Int, inputs: JobReceipt.Inputs) {
            self.run = run
            self.attempt = attempt
            self.inputs = inputs
        }
    }

    /// What came of it.
    package struct Outcome: Sendable {
        /// What is said of the run.
        package var record: RunRecord
        /// What was found.
        package var findings: RunExamination.Findings
        /// Files below `receipts/` that are not receipts.
        package var strangers: [OutputLocation]
        /// The subjects of a statement about the run, as long as they are few: names below the run and digests.
        package var subjects: [(name: String, sha256: String)]
    }

    private let backend: any UploadBackend & ArtifactBackend
    private let root: RunOutputRoot
    private let concurrency: Int
    private let spoolDirectory: String
    private let secrets: KnownSecrets

    /// How often receipts that arrive meanwhile make it start again.
    private static let mostRounds = 5
    /// The most receipts that are read at once: each is in memory as text.
    private static let receiptsAtOnce = 16
    /// The most subjects that GitHub attests in one statement.
    package static let mostSubjects = 1024

    /// Makes one.
    ///
    /// - Parameters:
    ///   - backend: The store.
    ///   - root: Where the run's outputs live.
    ///   - concurrency: How many objects are looked at at once.
    ///   - spoolDirectory: Where temporary files are made.
    ///   - secrets: What is taken out of the record.
    package init(
        backend: any UploadBackend & ArtifactBackend, root: RunOutputRoot, concurrency: Int, spoolDirectory: String,
        secrets: KnownSecrets
    ) {
        self.backend = backend
        self.root = root
        self.concurrency = concurrency
        self.spoolDirectory = spoolDirectory
        self.secrets = secrets
    }

    /// Finishes the run.
    ///
    /// - Parameter request: What is asked.
    /// - Returns: What came of it.
    /// - Throws: ``StoreError`` or ``UnreadableReceipt`` if that cannot be told, or another writer was faster;
    ///   ``UnknownOutcome``; `CancellationError`.
    package func finish(_ request: Request) async throws -> Outcome {
        for _ in 0..<Self.mostRounds {
            if let outcome = try await round(request) { return outcome }
        }
        throw StoreError(
            .unavailable, "jobs of the run keep leaving receipts",
            hint: "run finish when all jobs have ended: `needs:` all of them")
    }

    /// One look at the run; `nil` if receipts arrived meanwhile.
    private func round(_ request: Request) async throws -> Outcome? {
        let listing = try await backend.receiptListing(of: root)
        let previous = listing.record == nil ? nil : try await backend.record(of: root)
        let receipts = try await backend.receipts(listing, of: root, concurrency: Self.receiptsAtOnce)
        guard !receipts.receipts.isEmpty || !request.required.isEmpty else {
            throw StoreError(
                .notFound, "the run holds no receipts, and nothing says what it must hold",
                hint: "check the run's id, upload with --receipt, or pass --require FILE")
        }
        let checksumKey = try root.checksumList.key
        var list = try ChecksumList(of: root, in: spoolDirectory)
        defer { list.remove() }
        var subjects: [(name: String, sha256: String)] = []
        let examination = RunExamination(backend: backend, root: root, receipts: receipts, concurrency: concurrency)
        var listed: [StoredObject] = []
        let directories = request.plans.flatMap(\.listedDirectories).map { $0.key.text + "/" }
        let written = { (key: ExactString) in
            key == checksumKey || request.plans.contains { $0.writesRunPage(at: key) }
        }
        let findings = try await examination.findings(requirements: request.required, written: written) { proven in
            let key = proven.object.location.key
            try list.add(key, sha256: proven.sha256)
            if directories.contains(where: { key.text.utf8.starts(with: $0.utf8) }) { listed.append(proven.object) }
            if subjects.count <= Self.mostSubjects {
                subjects.append((key.text.relativePath(from: root.prefix), proven.sha256))
            }
        }
        if findings.isOutdated { return nil }
        var record = record(request, receipts, findings)
        if !request.isDryRun {
            let pages = try await pages(of: request.plans, listing: listed)
            for page in pages { try list.add(page.location.key, sha256: page.bytes.sha256) }
            record.pages = pages.map { page in
                .init(key: page.location.key.text, sha256: page.bytes.sha256, size: Int64(page.bytes.count))
            }
            let body = try list.finished()
            record.checksums = .init(key: checksumKey.text, sha256: try await body.sha256, size: body.byteCount)
            try await checkAttempt(of: record, listing)
            for page in pages {
                try await write(
                    .bytes(page.bytes), at: page.location.key, page.contentType, page.properties, over: findings.written
                )
            }
            try await write(
                body, at: checksumKey, "text/plain",
                ObjectProperties(of: root.properties(of: .checksums)),
                over: findings.written)
            try await write(record, over: previous.map { ($0.sha256, listing.record?.etag) })
        }
        if subjects.count > Self.mostSubjects {
            subjects = record.checksums.map { [("SHA256SUMS", $0.sha256)] } ?? []
        }
        return Outcome(record: record, findings: findings, strangers: receipts.strangers, subjects: subjects)
    }

    private func record(
        _ request: Request, _ receipts: RunReceipts, _ findings: RunExamination.Findings
    ) -> RunRecord {
        RunRecord(
            root: root, run: request.run, attempt: request.attempt, inputs: request.inputs,
            requirements: request.requirements, problems: findings.problems,
            receipts: receipts.receipts.map { receipt in
                .init(
                    name: receipt.name, key: receipt.location.key.text, sha256: receipt.sha256,
                    status: receipt.status, objects: receipt.table.count)
            }, objects: findings.objects, bytes: findings.bytes, unclaimed: findings.unclaimed, pages: [])
    }

    /// A page over the whole run, made.
    private struct MadePage {
        var location: OutputLocation
        var bytes: [UInt8]
        var contentType: String
        var properties: ObjectProperties
    }

    private func pages(of plans: [BoundPlan], listing objects: [StoredObject]) async throws -> [MadePage] {
        var made: [MadePage] = []
        for page in plans.flatMap({ $0.runPages(listing: objects.map(\.location)) }) {
            let listed = page.entries.map { index in
                IndexedObject(
                    location: objects[index].location, size: objects[index].size, modified: objects[index].modified)
            }
            let bytes = try await IndexPageMaker().makeIndex(page.recipe, for: page.location, listing: listed)
            made.append(
                MadePage(
                    location: page.location, bytes: bytes, contentType: page.contentType, properties: page.properties))
        }
        return made.sorted { $0.location.key < $1.location.key }
    }

    /// Writes an object over what the listing showed there, or where it showed nothing.
    private func write(
        _ body: UploadBody, at key: ExactString, _ contentType: String,
        _ properties: ObjectProperties = ObjectProperties(), over known: [ExactString: StoredObject]
    ) async throws {
        let location = OutputLocation(bucket: root.bucket, key: key)
        var request = UploadRequest(
            body: body, destination: location, contentType: contentType, properties: properties)
        if let old = known[key] {
            // A directory has no tags: there the content tells.
            let sha256 = old.etag?.isEmpty == false ? "" : try await backend.sha256(of: location)
            request.replaceable = ReplaceableObject(etag: old.etag, sha256: sha256)
        } else {
            request.existing = .identical
        }
        _ = try await send(request)
    }

    /// Makes sure, before anything is written, that no other finish of this attempt found something else.
    private func checkAttempt(of record: RunRecord, _ listing: ReceiptListing) async throws {
        let location = try RunRecord.location(record.filenameOfAttempt, in: root)
        guard listing.records.contains(location) else { return }
        let there = try await backend.sha256(of: location)
        guard there != bytes(of: record).sha256 else { return }
        throw StoreError(
            .conflict, "\(location.key): another finish of this attempt found something else", hint: Self.attemptHint)
    }

    private static let attemptHint = "pass another --run-attempt; nothing was written"

    private func bytes(of record: RunRecord) -> [UInt8] {
        Array(secrets.redacted(record.json).utf8)
    }

    /// Writes the record of this attempt, and then that of the run.
    private func write(_ record: RunRecord, over previous: (sha256: String, etag: String?)?) async throws {
        let bytes = self.bytes(of: record)
        let ofAttempt = try RunRecord.location(record.filenameOfAttempt, in: root)
        let properties = ObjectProperties(of: root.properties(of: .receipts))
        _ = try await send(
            UploadRequest(
                body: .bytes(bytes), destination: ofAttempt, contentType: "application/json", properties: properties,
                existing: .identical))
        var request = try UploadRequest(
            body: .bytes(bytes), destination: RunRecord.location(RunRecord.filename, in: root),
            contentType: "application/json", properties: properties)
        if let previous {
            request.replaceable = ReplaceableObject(etag: previous.etag, sha256: previous.sha256)
        } else {
            request.existing = .identical
        }
        _ = try await send(request)
    }

    private func send(_ request: UploadRequest) async throws -> UploadReceipt {
        do {
            return try await backend.upload(request) { _ in }
        } catch let error as StoreError where error.code == .conflict {
            let key = request.destination.key
            let isOfAttempt = key.text.hasSuffix(".json") && !key.text.hasSuffix("/" + RunRecord.filename)
            throw StoreError(
                .conflict, "\(key): \(error.message)",
                hint: isOfAttempt
                    ? "another finish wrote the record of this attempt, and found something else; pass another "
                        + "--run-attempt"
                    : "another finish of the run is at work, or was since this one began; run it again")
        }
    }
}

extension UploadBody {
    /// The SHA-256 of the bytes in lower-case hexadecimal.
    fileprivate var sha256: String {
        get async throws { try await unsafe ContentReader(self, in: SourceDirectories()).read { _ in } }
    }
}
