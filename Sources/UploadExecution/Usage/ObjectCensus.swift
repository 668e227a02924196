import FoundationEssentials
package import RunLifetime
package import RunOutputs

/// Counts the objects of a bucket in one pass, from whatever names them.
package struct ObjectCensus {
    /// What was counted.
    package private(set) var tally: UsageTally
    private let duplicates: DuplicateSpool
    private let layout: Layout
    private let bucket: String
    private let releaseType: String
    /// Whether anything told the content of an object.
    private var tellsContents = false

    /// Starts with nothing.
    ///
    /// - Parameters:
    ///   - root: A run of the bucket, which tells layout, bucket and release type.
    ///   - spoolDirectory: Where temporary files are made.
    ///   - now: Now, in seconds since 1970.
    package init(besides root: RunOutputRoot, spoolDirectory: String, now: Int64) {
        (layout, bucket, releaseType) = (root.layout, root.bucket, root.releaseType)
        let some = RunOutputRoot(foundAt: "run", in: bucket, releaseType: releaseType, layout: layout)
        let receipts = (try? some.receiptDirectory.key.text.dropFirst("run/".count)).map(String.init) ?? "receipts"
        tally = UsageTally(layout, receipts: receipts, now: now)
        duplicates = DuplicateSpool(in: spoolDirectory)
    }

    private mutating func add(_ key: String, _ size: Int64, _ modified: Int64?, content: String?) throws {
        tally.add(key, size: size, modified: modified)
        guard let content, !content.isEmpty, size > 0 else { return }
        tellsContents = true
        try duplicates.add(content, size: size)
    }

    /// Counts what a listing tells.
    ///
    /// - Parameter listing: The listing of the bucket.
    /// - Throws: What the listing throws, or ``StoreError`` if a temporary file cannot be written.
    package mutating func take(_ listing: ObjectListing) async throws {
        for try await case .object(let object) in listing {
            try add(
                object.location.key.text, object.size, object.modified.map { $0 / 1_000_000_000 }, content: object.etag)
        }
    }

    /// Counts what an inventory tells.
    ///
    /// - Parameter inventory: The inventory.
    /// - Throws: ``InvalidInventory``, or ``StoreError`` if a temporary file cannot be written; `CancellationError`.
    package mutating func take(_ inventory: InventoryManifest) async throws {
        try await inventory.forEachRow { row in
            guard !row.isDeleteMarker else { return }
            guard row.isLatest else {
                return tally.add(row.key, size: row.size, modified: row.modified, isCurrent: false)
            }
            try add(row.key, row.size, row.modified, content: row.etag)
        }
    }

    /// Counts what the receipts of all runs tell, one run after the other.
    ///
    /// - Parameters:
    ///   - backend: The store.
    ///   - concurrency: How many receipts are read at once.
    /// - Throws: ``StoreError`` or ``UnreadableReceipt``; `CancellationError`.
    package mutating func takeReceipts(in backend: any ArtifactBackend, concurrency: Int) async throws {
        for prefix in try await runs(in: backend) {
            let root = RunOutputRoot(foundAt: prefix, in: bucket, releaseType: releaseType, layout: layout)
            let receipts = try await backend.receipts(
                backend.receiptListing(of: root), of: root, concurrency: concurrency)
            var failure: (any Error)?
            receipts.forEachStored(in: bucket) { object in
                do {
                    try add(object.location.key.text, object.size, nil, content: object.sha256)
                } catch {
                    failure = error
                }
                return failure == nil
            }
            if let failure { throw failure }
        }
    }

    /// The prefixes of all runs, found by listing directories as deep as prefixes are.
    private func runs(in backend: any ArtifactBackend) async throws -> [String] {
        let prefixes = RunPrefixes(layout)
        var open = [OutputLocation(bucket: bucket, key: "")]
        var found: [String] = []
        for _ in 0..<prefixes.longest {
            var deeper: [OutputLocation] = []
            for place in open {
                for try await case .prefix(let prefix) in backend.list(place, .oneLevel) {
                    let isRun = prefixes.prefix(of: prefix.key.text + "/object") == prefix.key.text
                    if isRun { found.append(prefix.key.text) } else { deeper.append(prefix) }
                }
            }
            open = deeper
        }
        return found.sorted()
    }

    /// Reads what is written down of the runs that were counted: whether they are complete, what they built, and why they
    /// are pinned.
    ///
    /// - Parameters:
    ///   - backend: The store.
    ///   - concurrency: How many runs are looked at at once.
    /// - Throws: ``StoreError`` if the store does not say; `CancellationError`.
    package mutating func readRecords(in backend: any ArtifactBackend, concurrency: Int) async throws {
        let wanted = tally.runs.values.filter { $0.hasRecord || $0.hasPin }.sorted { $0.prefix < $1.prefix }
        let (bucket, releaseType, layout) = (bucket, releaseType, layout)
        let read = try await wanted.boundedMap(limit: max(1, concurrency)) { run in
            let root = RunOutputRoot(foundAt: run.prefix, in: bucket, releaseType: releaseType, layout: layout)
            return try await Self.withRecords(run, root, backend)
        }
        for run in read { tally.runs[run.prefix] = run }
    }

    private struct Record: Decodable {
        struct Run: Decodable { var ref: String? }
        var complete: Bool
        var run: Run
    }

    private static func withRecords(
        _ run: UsageTally.Run, _ root: RunOutputRoot, _ backend: any ArtifactBackend
    ) async throws -> UsageTally.Run {
        var run = run
        if run.hasRecord {
            let location = try RunRecord.location(RunRecord.filename, in: root)
            let bytes = try await backend.contents(of: location, limit: 256 << 20)
            guard let record = try? JSONDecoder().decode(Record.self, from: Data(bytes)) else {
                throw StoreError(.damaged, "\(location.key) is not what `finish` wrote")
            }
            run.isComplete = record.complete
            run.branch = record.run.ref.map { $0.hasPrefix("refs/heads/") ? String($0.dropFirst(11)) : $0 }
        }
        if run.hasPin {
            let record = try await PinRecord.read(PinRecord.location(in: root), in: backend)?.record
            run.pinReason = record.flatMap { $0.isPinned ? $0.reason : nil }
        }
        return run
    }

    /// What is there more than once; `nil` if nothing told contents.
    ///
    /// - Throws: ``StoreError`` if a temporary file cannot be read.
    package func duplicated() throws -> UsageSum? { tellsContents ? try duplicates.duplicates() : nil }
}
