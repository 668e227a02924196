import Crypto
import FoundationEssentials
import LocalFiles
public import RunOutputs
import SystemPackage
import UploadPlanning

/// Fetches artifacts: downloads, verifies and extracts them, and puts them in place when all are good.
///
/// Each archive is extracted beside its place as soon as it has arrived, while others are still on their way, and then
/// removed, so that the disk never holds all archives besides their contents. If one cannot be had, is damaged or is not
/// safe to extract, nothing is put in place; what is extracted waits in a hidden directory, and another fetch takes it
/// from there.
public struct ArtifactFetcher: Sendable {
    let backend: any ArtifactBackend
    let outputDirectory: String
    let mode: FetchMode
    /// Whether archives are removed after they were extracted.
    public var deletesArchives = true
    /// How many archives are downloaded, or wait to be extracted, at once, whatever their size.
    public var downloads = 8
    /// How many may be if they are small: of them a download is mostly waiting for answers.
    public var smallDownloads = 64
    /// How many bytes small archives may have together.
    private static let smallByteCount: Int64 = 64 << 20
    /// How many archives to extract at once.
    public var extractions = 2
    /// What an archive may hold.
    public var limits = ExtractionLimits()
    /// What is done about links that lead out of the directory that an archive is extracted into.
    public var links = LinkPolicy.refuse
    /// The SHA-256 of archives as receipts name them, by key: it counts where there is no checksum file.
    public var receiptDigests: [ExactString: String] = [:]
    /// Whether an archive without a checksum file, and that no receipt names, is an error.
    public var requiresChecksum = false
    /// What it means that two artifacts hold different files under one path, where all become one tree.
    public var overlaps = OverlapPolicy.refuse
    /// Told what happens, from any task.
    public var onEvent: @Sendable (FetchEvent) -> Void = { _ in }

    /// Makes a fetcher.
    ///
    /// - Parameters:
    ///   - backend: Where the artifacts are.
    ///   - outputDirectory: Where they go; it is made if it is missing.
    ///   - mode: What is done with the archives.
    public init(backend: any ArtifactBackend, outputDirectory: String, mode: FetchMode) {
        self.backend = backend
        self.outputDirectory = outputDirectory
        self.mode = mode
    }

    /// Fetches artifacts.
    ///
    /// When the task is cancelled, nothing is put in place, and downloads can be taken up later.
    ///
    /// - Parameter artifacts: The artifacts.
    /// - Returns: What became of each.
    public func run(_ artifacts: [SelectedArtifact]) async -> FetchReport {
        let start = ContinuousClock.now
        var results = artifacts.map { FetchedArtifact($0, .interrupted) }
        var report = FetchReport(artifacts: results, duration: .zero)
        do throws(StagingDirectory.Failure) {
            let staging = try open()
            defer { staging.leave() }
            let finished = try staging.recover()
            if let finished = all(artifacts, finished) {
                results = finished
            } else {
                await fetch(artifacts, staging, into: &results)
                if results.allSatisfy({ $0.outcome == .downloaded || $0.outcome == .present }) {
                    report.equalFiles = try place(results, staging)
                    staging.remove()
                }
            }
        } catch {
            report.placementError = error.error
            report.isHalfPlaced = error.remains == .part
        }
        report.artifacts = results
        report.duration = ContinuousClock.now - start
        return report
    }

    private func open() throws(StagingDirectory.Failure) -> StagingDirectory {
        do throws(StoreError) {
            return try StagingDirectory(in: outputDirectory)
        } catch {
            throw StagingDirectory.Failure(error: error, remains: .nothing)
        }
    }

    /// What became of all artifacts if they are exactly those that an earlier fetch has left half in place.
    private func all(_ artifacts: [SelectedArtifact], _ finished: [String: StagingNote]) -> [FetchedArtifact]? {
        guard !artifacts.isEmpty, artifacts.count == finished.count else { return nil }
        let all = artifacts.compactMap { artifact in
            finished[artifact.name.stem].flatMap { present(artifact, $0) }
        }
        guard all.count == artifacts.count else { return nil }
        for (index, fetched) in all.enumerated() { announce(index, fetched) }
        return all
    }

    /// What a task did.
    private enum Step: Sendable {
        case downloaded(Int, FetchedArtifact)
        case extracted(Int, FetchedArtifact)
        /// It stood there extracted already.
        case found(Int, FetchedArtifact)
    }

    private func fetch(
        _ artifacts: [SelectedArtifact], _ staging: StagingDirectory, into results: inout [FetchedArtifact]
    ) async {
        await withTaskGroup(of: Step.self) { group in
            var next = 0
            var waiting: [Int] = []
            var (downloading, extracting) = (0, 0)
            // Of those that are downloaded or wait.
            var byteCount: Int64 = 0
            func hasRoom(for artifact: SelectedArtifact) -> Bool {
                let count = downloading + waiting.count
                let isSmall = byteCount + artifact.object.size <= Self.smallByteCount
                return count < downloads || count < smallDownloads && isSmall
            }
            while true {
                while next < artifacts.count, hasRoom(for: artifacts[next]), !Task.isCancelled {
                    let index = next
                    byteCount += artifacts[index].object.size
                    group.addTask {
                        if let found = staged(artifacts[index], staging) { return .found(index, found) }
                        return .downloaded(index, await download(artifacts[index], index))
                    }
                    (next, downloading) = (next + 1, downloading + 1)
                }
                while extracting < extractions, !waiting.isEmpty {
                    let index = waiting.removeFirst()
                    byteCount -= artifacts[index].object.size
                    let fetched = results[index]
                    group.addTask { .extracted(index, await extract(fetched, staging)) }
                    extracting += 1
                }
                guard let step = await group.next() else { break }
                switch step {
                case .downloaded(let index, let fetched):
                    downloading -= 1
                    results[index] = fetched
                    onEvent(.downloaded(index, fetched))
                    if fetched.error == nil, fetched.outcome != .interrupted, mode != .archives {
                        waiting.append(index)
                    } else {
                        byteCount -= artifacts[index].object.size
                    }
                case .extracted(let index, let fetched):
                    extracting -= 1
                    results[index] = fetched
                    onEvent(.extracted(index, fetched))
                case .found(let index, let fetched):
                    downloading -= 1
                    byteCount -= artifacts[index].object.size
                    results[index] = fetched
                    announce(index, fetched)
                }
            }
        }
    }

    /// Tells of an artifact that is extracted already.
    private func announce(_ index: Int, _ fetched: FetchedArtifact) {
        onEvent(.progressed(index, byteCount: fetched.artifact.object.size))
        onEvent(.downloaded(index, fetched))
        onEvent(.extracted(index, fetched))
    }

    private func path(_ artifact: SelectedArtifact) -> String { "\(outputDirectory)/\(artifact.name.filename)" }

    private func place(
        _ results: [FetchedArtifact], _ staging: StagingDirectory
    ) throws(StagingDirectory.Failure) -> Int {
        guard mode != .archives else { return 0 }
        // A build tree is made by one artifact after the other, as a build would.
        let overlaps = mode == .bootstrapped ? .last : overlaps
        let equalFiles = try staging.place(results.map(\.artifact.name.stem), mode.placement, overlaps)
        if deletesArchives { for fetched in results { LocalPath.unlink(path(fetched.artifact)) } }
        return equalFiles
    }
}

// MARK: - One artifact

extension ArtifactFetcher {
    private func download(_ artifact: SelectedArtifact, _ index: Int) async -> FetchedArtifact {
        do {
            let announced = try await announcedDigest(of: artifact)
            if let present = try await present(artifact, announced) {
                try await keepSidecar(of: artifact)
                onEvent(.progressed(index, byteCount: artifact.object.size))
                return present
            }
            let receipt = try await backend.download(
                DownloadRequest(location: artifact.object.location, path: path(artifact), sha256: announced)
            ) { [onEvent] in onEvent(.progressed(index, byteCount: $0)) }
            try await keepSidecar(of: artifact)
            var fetched = FetchedArtifact(artifact, .downloaded)
            fetched.evidence = receipt.evidence
            fetched.sha256 = receipt.sha256
            fetched.resumedByteCount = receipt.resumedByteCount
            return fetched
        } catch {
            return failed(FetchedArtifact(artifact, .failed), error)
        }
    }

    /// Puts the checksum file beside an archive that stays as it is.
    private func keepSidecar(of artifact: SelectedArtifact) async throws {
        guard mode == .archives, let sidecar = artifact.sidecar else { return }
        let place = "\(outputDirectory)/\(artifact.sidecarName)"
        _ = try await backend.download(DownloadRequest(location: sidecar.location, path: place, sha256: nil)) { _ in }
    }

    /// The digest that the checksum file gives; one that says nothing of its archive is an error.
    private func announcedDigest(of artifact: SelectedArtifact) async throws -> String? {
        guard let sidecar = artifact.sidecar else {
            if let digest = receiptDigests[artifact.object.location.key] { return digest }
            guard !requiresChecksum else {
                throw StoreError(
                    .notFound, "it has no checksum file \(artifact.sidecarName), and one is required",
                    hint: "whoever published the run must publish that too; without --require-checksum the store's "
                        + "own checksums are enough")
            }
            return nil
        }
        let content = try await backend.contents(of: sidecar.location, limit: SHA256Sidecar.maximumSize)
        let digest: String?
        do throws(SHA256Sidecar.Contradiction) {
            digest = try SHA256Sidecar.digest(in: content, of: artifact.name.filename)
        } catch {
            throw StoreError(
                .damaged,
                "its checksum file \(artifact.sidecarName) contradicts itself: it says "
                    + error.digests.joined(separator: " and "),
                hint: Self.sidecarHint)
        }
        guard let digest else {
            throw StoreError(
                .damaged, "its checksum file \(artifact.sidecarName) holds no SHA-256 for it",
                hint: Self.sidecarHint)
        }
        return digest
    }

    /// What somebody can do who has not published the run.
    private static let sidecarHint =
        "tell whoever published the run: a checksum file has a line such as sha256sum writes; until then, exclude the "
        + "artifact, or take it from its URL ('list artifacts --format urls')"

    /// Looks whether the archive is there already with the same content.
    private func present(_ artifact: SelectedArtifact, _ announced: String?) async throws -> FetchedArtifact? {
        guard let status = try? Descriptor.open(path: path(artifact), [.pathOnly, .noFollow]).status(),
            status.kind == .regular, status.version.size == artifact.object.size
        else { return nil }
        let body = UploadBody.file(SourceFile(path: ExactString(path(artifact)), version: status.version))
        var fetched = FetchedArtifact(artifact, .present)
        if let announced {
            fetched.sha256 = try await unsafe ContentReader(body, in: SourceDirectories()).read { _ in }
            fetched.evidence = .announced
            return fetched.sha256 == announced ? fetched : nil
        }
        fetched.evidence = .store
        return try await backend.compare(body, with: artifact.object.location) == .identical ? fetched : nil
    }

    /// Looks whether an earlier fetch has extracted the same archive and could not put it in place.
    private func staged(_ artifact: SelectedArtifact, _ staging: StagingDirectory) -> FetchedArtifact? {
        staging.note(of: artifact.name.stem).flatMap { present(artifact, $0) }
    }

    /// Tells of an artifact that is extracted already, if the note is about this one and its archive is not wanted.
    private func present(_ artifact: SelectedArtifact, _ note: StagingNote) -> FetchedArtifact? {
        guard deletesArchives, mode != .archives, note.version == version(of: artifact),
            artifact.sidecar != nil || !requiresChecksum
                || receiptDigests[artifact.object.location.key] != nil
        else { return nil }
        var fetched = FetchedArtifact(artifact, .present)
        fetched.evidence = note.evidence
        fetched.extractedByteCount = note.byteCount
        fetched.skippedLinks = note.skippedLinks
        return fetched
    }

    /// What tells what is extracted of an artifact from everything else that may be under its name.
    private func version(of artifact: SelectedArtifact) -> String {
        let objects = [artifact.object, artifact.sidecar].map { object in
            object.map { "\($0.location.s3URI) \($0.size) \($0.etag ?? "-") \($0.modified ?? 0)" } ?? "none"
        }
        return "\(mode) \(links) \(objects)".filter { !$0.isNewline }
    }

    private func extract(_ fetched: FetchedArtifact, _ staging: StagingDirectory) async -> FetchedArtifact {
        let name = fetched.artifact.name.stem
        do {
            var extractor = try ArchiveExtractor(
                path(fetched.artifact), into: staging.directory(for: name), mode.layout,
                links, limits)
            try await extractor.run()
            var fetched = fetched
            fetched.extractedByteCount = extractor.byteCount
            fetched.skippedLinks = extractor.skippedLinks.values.sorted { $0.path < $1.path }
            let note = StagingNote(
                version: version(of: fetched.artifact), evidence: fetched.evidence ?? .size,
                byteCount: extractor.byteCount, skippedLinks: fetched.skippedLinks,
                undecidedLinks: extractor.linksThatGoUpLater, bases: mode == .bootstrapped ? extractor.bases : [])
            try staging.complete(name, note)
            if deletesArchives { LocalPath.unlink(path(fetched.artifact)) }
            return fetched
        } catch {
            return failed(fetched, error)
        }
    }

    private func failed(_ fetched: FetchedArtifact, _ error: any Error) -> FetchedArtifact {
        var fetched = fetched
        if error is CancellationError, Task.isCancelled {
            fetched.outcome = .interrupted
        } else {
            fetched.outcome = .failed
            fetched.error =
                (error as? ExtractionError).map { StoreError($0) } ?? error as? StoreError
                ?? StoreError(.other, "\(error)")
        }
        return fetched
    }
}

extension FetchMode {
    fileprivate var layout: ArchiveExtractor.Layout {
        switch self {
        case .flattened: .flattened
        case .bootstrapped: .bootstrapped
        case .archives, .directories: .asIs
        }
    }

    fileprivate var placement: StagingDirectory.Placement {
        switch self {
        case .flattened: .join
        case .bootstrapped: .clearAndJoin
        case .archives, .directories: .replace
        }
    }
}
