public import RunOutputs
public import UploadPlanning

/// Carries out a planned upload.
///
/// Rules run at the same time unless one comes after another. A rule that fails does not stop the others, and a file
/// that fails does not stop its rule: the report names every failure.
public struct UploadExecutor: Sendable {
    private let backend: any UploadBackend
    private let archives: any ArchiveMaker
    private let indexes: any IndexMaker
    private let concurrency: Int
    private let spoolDirectory: String
    private let wantsSHA256: Bool
    private let checksumFiles: ChecksumFiles
    private let onEvent: @Sendable (UploadEvent) -> Void

    /// Makes an executor.
    ///
    /// - Parameters:
    ///   - backend: Where objects go.
    ///   - archives: What makes archives.
    ///   - indexes: What makes index pages.
    ///   - concurrency: How many operations run at once at most, if the backend does not want fewer; at least 1.
    ///   - spoolDirectory: Where archives are made before they are sent.
    ///   - wantsSHA256: Whether the report should have the SHA-256 of every object.
    ///   - checksumSuffix: What names of checksum files have behind the names of their files; `nil` if there are none.
    ///   - onEvent: Told what happens, in order but for progress, and from any task.
    public init(
        backend: any UploadBackend, archives: any ArchiveMaker, indexes: any IndexMaker, concurrency: Int,
        spoolDirectory: String = "/tmp", wantsSHA256: Bool = true,
        checksumSuffix: String? = Layout.builtIn.artifactNaming?.checksumSuffix,
        onEvent: @escaping @Sendable (UploadEvent) -> Void = { _ in }
    ) {
        precondition(concurrency > 0, "an upload needs at least one operation at a time")
        self.backend = backend
        self.archives = archives
        self.indexes = indexes
        self.concurrency = concurrency
        self.spoolDirectory = spoolDirectory
        self.wantsSHA256 = wantsSHA256
        checksumFiles = ChecksumFiles(suffix: checksumSuffix)
        self.onEvent = onEvent
    }

    /// Carries out all operations that can be.
    ///
    /// When the task is cancelled, no further operation starts, and those that run end early.
    ///
    /// - Parameter planned: What to do.
    /// - Returns: What was done.
    public func run(_ planned: PlannedUpload) async -> UploadReport {
        let start = ContinuousClock.now
        let queue = UploadQueue(planned, onEvent: onEvent)
        backend.prepare(
            for: planned.operations.lazy.filter { planned.rules[$0.rule].existing != .replace }.map(\.destination))
        await withTaskGroup(of: UploadStep?.self) { group in
            func start(_ step: UploadStep) {
                let executor = isBrief(step.operation) ? backend.nextExecutor() : nil
                group.addTask(executorPreference: executor) { await work(on: step, queue) }
            }
            while true {
                while !Task.isCancelled, let step = queue.next(limit: limit) { start(step) }
                guard let left = await group.next() else { break }
                if let left { start(left) }
            }
        }
        let (rules, operations) = queue.close(interrupted: Task.isCancelled)
        return UploadReport(
            planned: planned, backend: backend.displayName, rules: rules, operations: operations,
            duration: ContinuousClock.now - start)
    }

    /// How many operations may run at once now.
    private var limit: Int { min(concurrency, backend.concurrency) }

    /// Carries out one operation after another where the first one is carried out: so no other thread has to wake for
    /// each.
    ///
    /// - Parameters:
    ///   - first: The operation.
    ///   - queue: What else there is to do.
    /// - Returns: An operation that is better carried out elsewhere, or while more start.
    private func work(on first: UploadStep, _ queue: UploadQueue) async -> UploadStep? {
        var step = first
        while true {
            queue.end(step, await carryOut(step))
            guard !Task.isCancelled, let next = queue.next(limit: limit) else { return nil }
            if isBrief(next.operation) != isBrief(step.operation) || queue.hasRoom(limit: limit) { return next }
            step = next
        }
    }
}

// MARK: - One operation

extension UploadExecutor {
    private func isBrief(_ operation: UploadOperation) -> Bool {
        guard case .file(let file) = operation.source else { return false }
        return backend.isBrief(byteCount: file.version.size)
    }

    private func carryOut(_ step: UploadStep) async -> OperationResult {
        let start = ContinuousClock.now
        var result: OperationResult
        do {
            result = try await upload(step)
        } catch is CancellationError where Task.isCancelled {
            result = OperationResult(.interrupted)
        } catch let unknown as UnknownOutcome {
            // Of a run that was cancelled it is not a failure.
            result = OperationResult(.unknown, error: Task.isCancelled ? nil : unknown.error)
        } catch {
            result = OperationResult(.failed, error: error as? StoreError ?? StoreError(.other, "\(error)"))
        }
        result.duration = ContinuousClock.now - start
        return result
    }

    private func upload(_ step: UploadStep) async throws -> OperationResult {
        switch step.operation.source {
        case .file(let file):
            return try await send(.file(file), step, sha256: checksumFiles.check(file))
        case .archive(let recipe):
            let spool = try SpoolFile(in: spoolDirectory)
            defer { spool.remove() }
            try await archives.makeArchive(recipe, at: spool.path)
            return try await send(.file(spool.finished()), step)
        case .index(let recipe):
            // Without a failure of theirs that counts, an empty page is the truth.
            if step.listed.isEmpty, !recipe.operations.isEmpty, step.mustListSomething {
                throw StoreError(.heldBack, "none of the \(recipe.operations.count) objects it lists was uploaded")
            }
            let page = try await indexes.makeIndex(recipe, for: step.operation.destination, listing: step.listed)
            return try await send(.bytes(page), step)
        }
    }

    private func send(_ body: UploadBody, _ step: UploadStep, sha256: String? = nil) async throws -> OperationResult {
        onEvent(.objectReady(operation: step.index, byteCount: body.byteCount))
        var request = UploadRequest(
            body: body, destination: step.operation.destination, contentType: step.operation.contentType,
            properties: step.rule.properties, existing: step.rule.existing)
        request.wantsSHA256 = wantsSHA256
        request.sha256 = sha256
        let receipt = try await backend.upload(request) { [onEvent] byteCount in
            onEvent(.progressed(operation: step.index, byteCount: byteCount))
        }
        return OperationResult(receipt, byteCount: body.byteCount)
    }
}

/// Something that happens while an upload is carried out.
public enum UploadEvent: Equatable, Sendable {
    /// An operation started: an index in `PlannedUpload.operations`.
    case operationStarted(Int)
    /// The object of an operation is ready to be sent, and this many bytes large.
    case objectReady(operation: Int, byteCount: Int64)
    /// An operation has sent this many more bytes; fewer than none when an attempt is repeated.
    case progressed(operation: Int, byteCount: Int64)
    case operationEnded(Int, OperationResult)
    /// A rule ended, or will not start: an index in `PlannedUpload.rules`.
    case ruleEnded(Int, RuleOutcome)
}
