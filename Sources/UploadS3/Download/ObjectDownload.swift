import HTTPConnections
import NIOCore
public import RunOutputs
import Synchronization
public import UploadExecution
import UploadPlanning

/// One download from its first request to its receipt.
struct ObjectDownload: Sendable {
    let backend: S3Backend
    let request: DownloadRequest
    private let progress: ProgressTally
    private var client: S3Client { backend.client }

    /// How many parts of all objects are on their way at once.
    private static let window = 8

    init(backend: S3Backend, request: DownloadRequest, progress: @escaping @Sendable (Int64) -> Void) {
        self.backend = backend
        self.request = request
        self.progress = ProgressTally(progress)
    }

    func run() async throws -> DownloadReceipt {
        backend.downloads.add(1, ordering: .relaxed)
        defer { backend.downloads.subtract(1, ordering: .relaxed) }
        var attempt = 0
        while true {
            attempt += 1
            guard let head = try await client.head(request.location) else {
                throw StoreError(absent: request.location)
            }
            let layout = try PartLayout(
                byteCount: head.size,
                preferred: backend.ignoresRanges.load(ordering: .relaxed)
                    ? max(head.size, 1) : backend.configuration.partSize)
            let version = head.etag.isEmpty ? nil : "therock-download/v1 \(head.size) \(layout.partSize) \(head.etag)"
            let file = try PartialFile(at: request.path, version: version)
            do {
                let digests = ArrivalDigests(of: file, selection(for: head))
                let resumed = try await fetch(head, layout, into: file, digests)
                let (sha256, evidence) = try await verify(
                    file, digests.finish(byteCount: head.size), against: head)
                try file.publish()
                return DownloadReceipt(
                    byteCount: head.size, sha256: sha256, evidence: evidence, resumedByteCount: resumed)
            } catch let failure as S3Failure where failure.kind == .preconditionFailed && attempt < 3 {
                // Another version of the object: what arrived is of no use.
                file.discard()
                progress.takeBack()
            } catch let failure as S3Failure where failure.kind == .rangesIgnored && layout.count > 1 {
                // The server sends whole objects only: this one, and those that follow, are taken as they come.
                backend.ignoresRanges.store(true, ordering: .relaxed)
                file.discard()
                progress.takeBack()
            } catch let error as StoreError where error.code == .damaged {
                file.discard()
                // Parts that an interrupted run left may be what is damaged.
                guard !file.completeParts.isEmpty, attempt < 3 else { throw error }
                progress.takeBack()
            } catch {
                // Nothing of it could be taken up again.
                if layout.count < 2 || version == nil { file.discard() }
                throw error
            }
        }
    }

    /// Fetches the parts that are missing.
    ///
    /// - Returns: How many bytes an interrupted run had left behind.
    private func fetch(
        _ head: ObjectHead, _ layout: PartLayout, into file: PartialFile, _ digests: ArrivalDigests
    ) async throws -> Int64 {
        guard head.size > 0 else { return 0 }
        var resumed: Int64 = 0
        try await withThrowingTaskGroup(of: Void.self) { group in
            var underWay = 0
            for number in 1...layout.count {
                let range = layout.range(of: number)
                if file.completeParts.contains(number) {
                    resumed += Int64(range.count)
                    progress.add(Int64(range.count))
                    try digests.complete(range)
                    continue
                }
                // Few parts of each where there are many objects: then most of it arrives in order.
                let share = max(1, Self.window / max(1, backend.downloads.load(ordering: .relaxed)))
                while underWay >= share {
                    try await group.next()
                    underWay -= 1
                }
                underWay += 1
                group.addTask {
                    let sink = DownloadSink(file, digests, range, isPart: layout.count > 1) { progress.add($0) }
                    _ = try await client.get(
                        request.location, range: layout.count == 1 ? nil : range, etag: head.etag, sink: sink)
                    try file.complete(part: number)
                    try digests.complete(range)
                }
            }
            try await group.waitForAll()
        }
        return resumed
    }

    /// Whether anybody keeps a SHA-256 or a CRC-32 of the object.
    private func knowsDigest(_ head: ObjectHead) -> Bool {
        request.sha256 != nil || head.sha256 != nil || head.crc32 != nil
    }

    private func selection(for head: ObjectHead) -> ContentDigests.Selection {
        let selection = knowsDigest(head) ? .sha256 : ContentComparison.digests(for: head)
        return head.crc32 == nil ? selection.union(.noCRC32) : selection
    }

    /// Compares what arrived with everything that is known of the object.
    private func verify(
        _ file: PartialFile, _ digests: ContentDigests, against head: ObjectHead
    ) async throws -> (sha256: String, DownloadReceipt.Evidence) {
        let written = try file.written()
        guard written.version.size == head.size else {
            throw StoreError(.damaged, "\(written.version.size) of \(head.size) bytes are on the disk")
        }
        let sha256 = String(hexadecimal: digests.sha256 ?? [])
        guard knowsDigest(head) else {
            let content = try UploadContent(.file(written), in: backend.sources)
            switch try await content.compared(with: head, by: digests, partSize: partSize(of: head)) {
            case .identical: return (sha256, .store)
            case .different(let how):
                throw StoreError(.damaged, "what arrived is not what the store says it holds: \(how)")
            case .undecided, .disputed: return (sha256, .size)
            }
        }
        try request.check(sha256)
        if let stored = head.crc32, stored != digests.crc32.base64 {
            throw StoreError(.damaged, "what arrived has CRC32 \(digests.crc32.base64), the store says \(stored)")
        }
        if let stored = head.sha256, stored != sha256 {
            // Metadata is anybody's word: where the store's own tag says that this is the object, it is.
            var head = head
            head.sha256 = nil
            let content = try UploadContent(.file(written), in: backend.sources)
            guard case .identical = try await content.compared(with: head, partSize: partSize(of: head)) else {
                throw StoreError(.damaged, "what arrived has SHA-256 \(sha256), its metadata says \(stored)")
            }
        }
        return (sha256, request.sha256 != nil ? .announced : .store)
    }

    private func partSize(of head: ObjectHead) -> () async throws -> Int64? {
        {
            let part = try? await client.head(request.location, part: 1)
            // A store that does not know parts of objects describes the whole one.
            return part.flatMap { $0.size < head.size || head.partCount == 1 ? $0.size : nil }
        }
    }
}

/// What a download has reported as arrived.
private final class ProgressTally: Sendable {
    private let progress: @Sendable (Int64) -> Void
    private let sum = Mutex<Int64>(0)

    init(_ progress: @escaping @Sendable (Int64) -> Void) { self.progress = progress }

    func add(_ count: Int64) {
        sum.withLock { $0 += count }
        progress(count)
    }

    /// Reports everything as not arrived: the download starts again.
    func takeBack() { add(-sum.withLock { $0 }) }
}

extension S3Backend {
    /// Writes the content of one object to a file: large ones in parts, several at once.
    ///
    /// - Parameters:
    ///   - request: The object and where it goes.
    ///   - progress: Told how many more bytes have arrived.
    /// - Returns: What arrived.
    /// - Throws: ``StoreError``, or `CancellationError` when the task was cancelled.
    public func download(
        _ request: DownloadRequest, progress: @escaping @Sendable (Int64) -> Void
    ) async throws -> DownloadReceipt {
        do {
            return try await ObjectDownload(backend: self, request: request, progress: progress).run()
        } catch let failure as S3Failure {
            throw failure.readError(at: request.location)
        }
    }

    /// Reads the content of one object in order, one part in memory at a time.
    ///
    /// - Parameters:
    ///   - location: The object.
    ///   - consume: Takes the next bytes.
    /// - Throws: ``StoreError``, `CancellationError`, or what `consume` throws.
    public func read(_ location: OutputLocation, _ consume: (UnsafeRawBufferPointer) throws -> Void) async throws {
        do {
            guard let head = try await client.head(location) else { throw StoreError(absent: location) }
            var offset: Int64 = 0
            while offset < head.size {
                let range = offset..<min(offset + Self.readSize, head.size)
                let bytes = try await client.get(location, range: range, etag: head.etag).http.body
                guard bytes.count == range.count else {
                    throw StoreError(.unavailable, "\(bytes.count) of \(range.count) bytes arrived")
                }
                try unsafe bytes.withUnsafeBytes(consume)
                offset = range.upperBound
            }
        } catch let failure as S3Failure {
            throw failure.readError(at: location)
        }
    }

    /// Reads a small object in one request.
    ///
    /// - Parameters:
    ///   - location: The object.
    ///   - limit: The most bytes that it may have.
    /// - Returns: Its content.
    /// - Throws: ``StoreError``, or `CancellationError` when the task was cancelled.
    public func contents(of location: OutputLocation, limit: Int) async throws -> [UInt8] {
        do {
            // One byte more than it may have tells what is too large, without sending all of it.
            let bytes = try await client.start(of: location, byteCount: Int64(limit) + 1)
            guard bytes.count <= limit else { throw StoreError(tooLarge: limit) }
            return bytes
        } catch let failure as S3Failure {
            throw failure.readError(at: location)
        }
    }

    private static let readSize: Int64 = 8 << 20
}
