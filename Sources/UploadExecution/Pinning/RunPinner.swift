package import RunLifetime
package import RunOutputs

/// Changes the tags of all objects of a run, as often as it takes: what has the right tags already is left alone.
package struct RunPinner: Sendable {
    /// What came of it.
    package struct Outcome: Sendable {
        /// How many objects got other tags, or would have.
        package var changed = 0
        /// How many had the right ones.
        package var unchanged = 0
        /// Why others failed.
        package var failures = FailureGroups()
        /// How many failed.
        package var failed = 0
        /// Whether the task was cancelled before all were looked at.
        package var isInterrupted = false
    }

    /// What is done with the tags of an object.
    package enum Change: Sendable {
        case pin, unpin

        func callAsFunction(_ tags: [String: String]) -> [String: String] {
            switch self {
            case .pin: RetentionTag.pinning(tags)
            case .unpin: RetentionTag.unpinning(tags)
            }
        }
    }

    fileprivate enum Result: Sendable {
        case changed, unchanged, interrupted
        case failed(StoreError, OutputLocation)
    }

    private let backend: any TaggedBackend
    private let concurrency: Int
    private let isDryRun: Bool

    /// Makes one.
    ///
    /// - Parameters:
    ///   - backend: The store.
    ///   - concurrency: How many objects are looked at at once; at least 1.
    ///   - isDryRun: Whether tags are only read.
    package init(backend: any TaggedBackend, concurrency: Int, isDryRun: Bool = false) {
        self.backend = backend
        self.concurrency = max(1, concurrency)
        self.isDryRun = isDryRun
    }

    /// Goes through the run.
    ///
    /// - Parameters:
    ///   - change: What is done.
    ///   - root: The run.
    ///   - shard: Which objects; all unless given.
    /// - Returns: What came of it.
    /// - Throws: ``StoreError`` if the run cannot be listed.
    package func run(_ change: Change, _ root: RunOutputRoot, shard: Shard?) async throws -> Outcome {
        var outcome = Outcome()
        do {
            try await withThrowingTaskGroup(of: Result.self) { group in
                var running = 0
                for try await case .object(let object) in backend.list(root.location) {
                    guard shard?.holds(object.location.key.text) ?? true else { continue }
                    if running >= concurrency, let result = try await group.next() {
                        outcome.add(result)
                        running -= 1
                    }
                    group.addTask { await apply(change, to: object.location) }
                    running += 1
                }
                for try await result in group { outcome.add(result) }
            }
        } catch is CancellationError {
            outcome.isInterrupted = true
        }
        return outcome
    }

    /// Finds out which objects need which tags, without changing any.
    ///
    /// - Parameters:
    ///   - change: What is to be done.
    ///   - root: The run.
    ///   - shard: Which objects; all unless given.
    /// - Returns: The objects by the tags that each is to have; those that have them are left out.
    /// - Throws: ``StoreError`` for the first object whose tags cannot be read; `CancellationError`.
    package func wanted(
        _ change: Change, _ root: RunOutputRoot, shard: Shard?
    ) async throws -> [[String: String]: [OutputLocation]] {
        var groups: [[String: String]: [OutputLocation]] = [:]
        let backend = backend
        var window: [OutputLocation] = []
        func take() async throws {
            let read = try await window.boundedMap(limit: concurrency) { location in
                (location, try await backend.tags(of: location))
            }
            for (location, tags) in read where change(tags) != tags {
                groups[change(tags), default: []].append(location)
            }
            window.removeAll(keepingCapacity: true)
        }
        for try await case .object(let object) in backend.list(root.location)
        where shard?.holds(object.location.key.text) ?? true {
            window.append(object.location)
            if window.count == Self.windowSize { try await take() }
        }
        try await take()
        return groups
    }

    /// How many objects are asked for before their answers are sorted.
    private static let windowSize = 4096

    private func apply(_ change: Change, to location: OutputLocation) async -> Result {
        do {
            let tags = try await backend.tags(of: location)
            let changed = change(tags)
            guard changed != tags else { return .unchanged }
            if !isDryRun { try await backend.setTags(changed, of: location) }
            return .changed
        } catch let error as StoreError {
            return .failed(error, location)
        } catch {
            return error is CancellationError ? .interrupted : .failed(StoreError(.other, "\(error)"), location)
        }
    }
}

extension RunPinner.Outcome {
    fileprivate mutating func add(_ result: RunPinner.Result) {
        switch result {
        case .changed: changed += 1
        case .unchanged: unchanged += 1
        case .interrupted: isInterrupted = true
        case .failed(let error, let location):
            failed += 1
            failures.add(error, of: location.s3URI)
        }
    }
}
