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
        var schedule = UploadSchedule(planned)
        var results: [OperationResult?] = Array(repeating: nil, count: planned.operations.count)
        var outcomes: [RuleOutcome] = Array(repeating: .succeeded, count: planned.rules.count)
        func noteEndedRules() {
            for (rule, outcome) in schedule.takeEnded() {
                outcomes[rule] = outcome
                onEvent(.ruleEnded(rule, outcome))
            }
        }

        noteEndedRules()
        backend.prepare(
            for: planned.operations.lazy.filter { planned.rules[$0.rule].existing != .replace }.map(\.destination))
        await withTaskGroup(of: (Int, OperationResult).self) { group in
            var running = 0
            while true {
                while running < min(concurrency, backend.concurrency), !Task.isCancelled, let index = schedule.next() {
                    let step = UploadStep(index, of: planned, after: results)
                    onEvent(.operationStarted(index))
                    group.addTask(executorPreference: executor(for: step.operation)) {
                        (index, await carryOut(step))
                    }
                    running += 1
                }
                guard let (index, result) = await group.next() else { break }
                running -= 1
                results[index] = result
                onEvent(.operationEnded(index, result))
                schedule.end(result, ofRule: planned.operations[index].rule)
                noteEndedRules()
            }
        }
        schedule.close(interrupted: Task.isCancelled)
        noteEndedRules()
        return UploadReport(
            planned: planned, backend: backend.displayName, rules: outcomes,
            operations: zip(planned.operations, results).map { operation, result in
                result ?? .notCarriedOut(outcomes[operation.rule])
            },
            duration: ContinuousClock.now - start
        )
    }
}

// MARK: - One operation

/// An operation with all that carrying it out takes.
private struct UploadStep: Sendable {
    let index: Int
    let operation: UploadOperation
    let rule: PlannedRule
    /// What an index page lists.
    let listed: [IndexedObject]
    /// Whether one of the rules that an index page lists may not fail.
    let mustListSomething: Bool

    init(_ index: Int, of planned: PlannedUpload, after results: [OperationResult?]) {
        self.index = index
        operation = planned.operations[index]
        rule = planned.rules[operation.rule]
        guard case .index(let recipe) = operation.source else {
            (listed, mustListSomething) = ([], false)
            return
        }
        mustListSomething = recipe.rules.contains { !planned.rules[$0].bestEffort }
        listed = recipe.operations.compactMap { other in
            guard let result = results[other], result.outcome.isStored else { return nil }
            let source = planned.operations[other].source
            let modified: Int64? = if case .file(let file) = source { file.version.modified } else { nil }
            return IndexedObject(
                location: planned.operations[other].destination,
                size: result.outcome == .kept ? nil : result.byteCount, modified: modified)
        }
    }
}

extension UploadExecutor {
    private func executor(for operation: UploadOperation) -> (any TaskExecutor)? {
        guard case .file(let file) = operation.source else { return nil }
        return backend.preferredExecutor(forUploadOf: file.version.size)
    }

    private func carryOut(_ step: UploadStep) async -> OperationResult {
        let start = ContinuousClock.now
        var result: OperationResult
        do {
            result = try await upload(step)
        } catch is CancellationError where Task.isCancelled {
            result = OperationResult(.interrupted)
        } catch let unknown as UnknownOutcome {
            // Of a run that was cancelled it is no failure.
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
