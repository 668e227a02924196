public import RunOutputs

/// Objects that are copied one after the other: an archive, and then its checksum file.
public struct CopyUnit: Hashable, Sendable {
    /// One object and where its copy goes.
    public struct Step: Hashable, Sendable {
        public var source: StoredObject
        /// Where the copy goes.
        public var destination: OutputLocation
        /// What its layout says about the copy.
        public var properties: PlaceProperties
    }

    /// The objects in their order; one that fails holds back those behind it.
    public var steps: [Step]

    /// Maps objects of one run to another one.
    ///
    /// - Parameters:
    ///   - objects: The objects, all below the first root.
    ///   - source: Where the objects' run lives.
    ///   - destination: Where the other run lives.
    public init(_ objects: [StoredObject], from source: RunOutputRoot, to destination: RunOutputRoot) {
        steps = objects.map { object in
            let path = String(object.location.key.text.utf8.dropFirst(source.prefix.utf8.count)) ?? ""
            let key = ExactString(destination.prefix + path)
            return Step(
                source: object, destination: OutputLocation(bucket: destination.bucket, key: key),
                properties: destination.properties(ofPath: String(path.dropFirst())))
        }
    }
}

/// What became of one copy.
public enum CopyOutcome: Equatable, Sendable {
    /// It was copied.
    case copied(UploadReceipt)
    /// The same content was there.
    case identical(UploadReceipt)
    /// In a dry run: it would be copied.
    case wouldCopy
    /// It was not copied, and why.
    case failed(StoreError)
    /// It was not tried: the object before it failed, or the run was cancelled.
    case notTried
}

/// Copies the objects of a run inside a store.
public struct RunCopier: Sendable {
    private let backend: any ArtifactBackend
    private let concurrency: Int
    private let isDryRun: Bool
    private let onEvent: @Sendable (CopyUnit.Step, CopyOutcome) -> Void

    /// Makes a copier.
    ///
    /// - Parameters:
    ///   - backend: The store.
    ///   - concurrency: How many units are copied at once; at least 1.
    ///   - isDryRun: Whether nothing is copied, and the destinations are only looked at.
    ///   - onEvent: Told what became of each object, from any task.
    public init(
        backend: any ArtifactBackend, concurrency: Int, isDryRun: Bool = false,
        onEvent: @escaping @Sendable (CopyUnit.Step, CopyOutcome) -> Void = { _, _ in }
    ) {
        self.backend = backend
        self.concurrency = max(1, concurrency)
        self.isDryRun = isDryRun
        self.onEvent = onEvent
    }

    /// Copies everything that can be.
    ///
    /// - Parameter units: What to copy.
    /// - Returns: What became of every object, in the same order.
    public func run(_ units: [CopyUnit]) async -> [[CopyOutcome]] {
        await units.boundedMap(limit: concurrency) { await carryOut($0) }
    }

    private func carryOut(_ unit: CopyUnit) async -> [CopyOutcome] {
        var outcomes = unit.steps.map { _ in CopyOutcome.notTried }
        for (index, step) in unit.steps.enumerated() {
            if Task.isCancelled { return outcomes }
            do {
                outcomes[index] = isDryRun ? try await look(step) : try await copy(step)
            } catch {
                if error is CancellationError, Task.isCancelled { return outcomes }
                outcomes[index] = .failed(error as? StoreError ?? StoreError(.other, "\(error)"))
            }
            onEvent(step, outcomes[index])
            if case .failed = outcomes[index] { return outcomes }
        }
        return outcomes
    }

    private func copy(_ step: CopyUnit.Step) async throws -> CopyOutcome {
        let receipt = try await backend.copy(
            step.source.location, to: step.destination, properties: step.properties)
        return receipt.outcome == .uploaded ? .copied(receipt) : .identical(receipt)
    }

    private func look(_ step: CopyUnit.Step) async throws -> CopyOutcome {
        switch try await backend.compare(step.source, with: step.destination) {
        case .absent: .wouldCopy
        case .identical: .identical(UploadReceipt(.identical, sha256: nil))
        case .different(let how), .undecided(let how):
            .failed(StoreError(.conflict, "an object with other content exists: \(how)"))
        }
    }
}
