package import MarkedYAML
package import RunLifetime
package import RunOutputs
package import UploadPlanning

/// Compares what a run's bucket holds with what its receipts say, in one pass over the listing.
package struct RunExamination: Sendable {
    /// What was found.
    package struct Findings: Sendable {
        /// What keeps the run from being complete.
        package var problems: [RunProblem] = []
        /// The number of objects that are what a receipt says, and their bytes.
        package var objects = 0
        package var bytes: Int64 = 0
        /// The number of objects that no receipt names, and some of their keys.
        package var unclaimed = 0
        package var unclaimedNames: [String] = []
        /// The number of objects that a listing did not settle.
        package var lookedAt = 0
        /// What is in the place where this run of `finish` writes.
        package var written: [ExactString: StoredObject] = [:]
        /// Whether receipts came or went since they were read.
        package var isOutdated = false
    }

    private struct Item {
        var group: ReceiptMerge.Group
        var object: StoredObject
        var verdict: ClaimCheck.Verdict?
    }

    private let backend: any ArtifactBackend
    private let root: RunOutputRoot
    private let receipts: RunReceipts
    private let concurrency: Int
    private let readsEverything: Bool
    private let shard: Shard?

    /// How many objects wait for others to be looked at.
    private static let windowSize = 2048

    /// Prepares an examination.
    ///
    /// - Parameters:
    ///   - backend: The store.
    ///   - root: Where the run's outputs live.
    ///   - receipts: The receipts that count.
    ///   - concurrency: How many objects are looked at at once.
    ///   - readsEverything: Whether objects are read even where their entity tags agree.
    ///   - shard: Which objects are looked at; all unless given.
    package init(
        backend: any ArtifactBackend, root: RunOutputRoot, receipts: RunReceipts, concurrency: Int,
        readsEverything: Bool = false, shard: Shard? = nil
    ) {
        self.shard = shard
        self.backend = backend
        self.root = root
        self.receipts = receipts
        self.concurrency = max(1, concurrency)
        self.readsEverything = readsEverything
    }

    /// Goes through the run.
    ///
    /// - Parameters:
    ///   - requirements: What the run must hold.
    ///   - written: Whether `finish` writes a key itself: then nobody else vouches for it.
    ///   - emit: Takes each object that is what a receipt says, in the order of the keys.
    /// - Returns: What was found.
    /// - Throws: ``StoreError`` if the store does not say; `CancellationError`; what `emit` throws.
    package func findings(
        requirements: [RequiredOutput], written: (ExactString) -> Bool, emit: (ProvenObject) throws -> Void
    ) async throws -> Findings {
        var findings = Findings()
        var search = RequirementsSearch(requirements, in: root)
        var merge = ReceiptMerge(receipts.receipts)
        var listing = ReceiptListing()
        var window: [Item] = []
        let check = ClaimCheck(
            backend: backend, readsEverything: readsEverything, jobs: receipts.receipts.map(\.name.name),
            prefix: root.prefix)
        let receiptDirectory = try root.receiptDirectory.key.text
        let receiptPrefix = receiptDirectory + "/"
        let run = OutputLocation(bucket: root.bucket, key: ExactString(root.prefix))
        for try await case .object(let object) in backend.list(run, .everything) {
            let key = object.location.key
            if key.text.utf8.starts(with: receiptPrefix.utf8) {
                listing.add(object, key.text.relativePath(from: receiptDirectory))
                continue
            }
            if written(key) {
                findings.written[key] = object
                search.see(key)
                continue
            }
            while let next = merge.nextKey, next < key, let group = merge.next() {
                if !written(next), isLookedAt(next) { findings.problems += check.absent(group) }
            }
            search.see(key)
            guard isLookedAt(key) else {
                if merge.nextKey == key { _ = merge.next() }
                continue
            }
            guard merge.nextKey == key, let group = merge.next() else {
                findings.add(unclaimed: key, below: root)
                continue
            }
            let (problems, verdict) = check.settle(group, object)
            findings.problems += problems
            window.append(Item(group: group, object: object, verdict: verdict))
            if window.count == Self.windowSize { try await flush(&window, check, &findings, emit) }
        }
        try await flush(&window, check, &findings, emit)
        while let group = merge.next() {
            if !written(group.key), isLookedAt(group.key) { findings.problems += check.absent(group) }
        }
        findings.isOutdated =
            listing.newest != Dictionary(uniqueKeysWithValues: receipts.receipts.map { ($0.name, $0.location) })
        findings.problems += failedJobs + missingShards + missing(search)
        return findings
    }

    /// Looks at the objects that are not settled, and passes on what is proven.
    private func flush(
        _ window: inout [Item], _ check: ClaimCheck, _ findings: inout Findings,
        _ emit: (ProvenObject) throws -> Void
    ) async throws {
        let open = window.indices.filter { window[$0].verdict == nil }
        findings.lookedAt += open.count
        let verdicts = try await open.map { window[$0] }.boundedMap(limit: concurrency) { item in
            try await check.look(item.group, item.object)
        }
        for (index, verdict) in zip(open, verdicts) { window[index].verdict = verdict }
        for item in window {
            switch item.verdict {
            case .proven(let sha256):
                findings.objects += 1
                findings.bytes += item.object.size
                try emit(ProvenObject(object: item.object, sha256: sha256))
            case .wrong(let problem): if !findings.problems.contains(problem) { findings.problems.append(problem) }
            case .none: break
            }
        }
        window.removeAll(keepingCapacity: true)
    }

    private func isLookedAt(_ key: ExactString) -> Bool { shard?.holds(key.text) ?? true }

    /// Shards of a split command that left no receipt, where others did.
    private var missingShards: [RunProblem] {
        Shard.missing(besides: receipts.receipts.map(\.name.name)).map { name in
            RunProblem(
                .missing, "receipt \(name)", jobs: [name], detail: "other shards of the same command left theirs")
        }
    }

    private var failedJobs: [RunProblem] {
        receipts.receipts.filter { !$0.isSuccess }.map { receipt in
            RunProblem(
                .jobFailed, "receipt \(receipt.name.name)", jobs: [receipt.name.name],
                detail: "its upload ended as '\(receipt.status.escapingControlCharacters)'")
        }
    }

    /// What is required and missing; the job is the one that the requirement names.
    private func missing(_ search: RequirementsSearch) -> [RunProblem] {
        let missing = search.missing { name in
            guard let receipt = receipts.receipt(named: name) else { return "no attempt of the job left a receipt" }
            return receipt.isSuccess ? nil : "its upload ended as '\(receipt.status.escapingControlCharacters)'"
        }
        return missing.map { output in
            RunProblem(
                .missing, output.name, jobs: output.job.map { [$0] } ?? [], detail: output.detail,
                requirement: output.requirement)
        }
    }
}

extension RunExamination.Findings {
    fileprivate mutating func add(unclaimed key: ExactString, below root: RunOutputRoot) {
        unclaimed += 1
        if unclaimedNames.count < 10 { unclaimedNames.append(key.text.relativePath(from: root.prefix)) }
    }
}

/// Something that keeps a run from being complete.
package struct RunProblem: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        /// A receipt names the object, or a requirement asks for it, and it is not there.
        case missing
        /// The object is not what the job stored.
        case changed
        /// The job says that it did not store the object.
        case notUploaded = "not_uploaded"
        /// The job does not know whether it stored the object.
        case unproven
        /// Two jobs stored different contents under one key.
        case conflict
        /// The job's upload did not do all that it had to.
        case jobFailed = "job_failed"
    }

    package var kind: Kind
    /// The object below the run's prefix, or `receipt NAME`.
    package var name: String
    /// The jobs that it is to be asked of, by the names of their receipts.
    package var jobs: [String]
    /// More about it, in one line.
    package var detail: String?
    /// The requirement that asks for it, and where it is.
    package var requirement: Marked<String>?

    package init(
        _ kind: Kind, _ name: String, jobs: [String] = [], detail: String? = nil, requirement: Marked<String>? = nil
    ) {
        self.kind = kind
        self.name = name
        self.jobs = jobs
        self.detail = detail
        self.requirement = requirement
    }
}

/// An object of a run that is what a receipt says.
package struct ProvenObject: Hashable, Sendable {
    /// Where it is, and what the store says of it.
    package var object: StoredObject
    /// The SHA-256 of its content in lower-case hexadecimal.
    package var sha256: String
}
