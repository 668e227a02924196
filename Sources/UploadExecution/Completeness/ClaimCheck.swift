import RunOutputs
import UploadPlanning

/// Compares one object with what receipts say of it.
struct ClaimCheck: Sendable {
    /// What came of it.
    enum Verdict: Sendable {
        /// It is what was stored; its SHA-256.
        case proven(String)
        /// What keeps it from being so.
        case wrong(RunProblem)
    }

    let backend: any ArtifactBackend
    /// Whether objects are read even where entity tags agree.
    let readsEverything: Bool
    /// The names of the receipts.
    let jobs: [String]
    /// The run's prefix: names of objects are relative to it.
    let prefix: String

    /// What is said of an object that is not there; `nil` if it need not be.
    func absent(_ group: ReceiptMerge.Group) -> [RunProblem] {
        let stored = group.claims.filter(\.claim.outcome.isStored)
        guard stored.isEmpty else {
            return [
                RunProblem(
                    .missing, name(group.key), jobs: stored.map { jobs[$0.receipt] },
                    detail: "it was uploaded, and is gone")
            ]
        }
        return notUploaded(group, isThere: false)
    }

    /// The claims of jobs that did not store the object, and had to.
    private func notUploaded(_ group: ReceiptMerge.Group, isThere: Bool) -> [RunProblem] {
        group.claims.filter { !$0.claim.outcome.isStored && !$0.claim.isBestEffort }.map { receipt, claim in
            let kind: RunProblem.Kind = claim.outcome == .unknown ? .unproven : .notUploaded
            let word = claim.outcome.rawValue.split(separator: "_").joined(separator: " ")
            let detail =
                claim.outcome == .unknown
                ? "its answer was lost, or the run was stopped"
                : isThere ? "\(word); what is there is not its own" : word
            return RunProblem(kind, name(group.key), jobs: [jobs[receipt]], detail: detail)
        }
    }

    /// What can be told of an object without asking the store again.
    ///
    /// - Parameters:
    ///   - group: What receipts say of it.
    ///   - object: What the listing says of it.
    /// - Returns: The problems that remain, and the verdict; no verdict if the object must be looked at.
    func settle(_ group: ReceiptMerge.Group, _ object: StoredObject) -> (problems: [RunProblem], verdict: Verdict?) {
        let problems = notUploaded(group, isThere: true)
        let contents = group.claims.filter { [.uploaded, .identical].contains($0.claim.outcome) }
        if let conflict = conflict(group.key, contents) { return (problems, .wrong(conflict)) }
        let stored = group.claims.filter(\.claim.outcome.isStored)
        guard let first = contents.first else {
            // Nobody says that it stored it: there is nothing to compare, or only what somebody kept.
            return (problems, stored.isEmpty ? problems.first.map { .wrong($0) } : nil)
        }
        if let size = first.claim.size, size != object.size {
            return (problems, .wrong(changed(group, contents, "it has \(object.size) bytes, not \(size)")))
        }
        guard !readsEverything, let sha256 = contents.compactMap(\.claim.sha256).first,
            let etag = object.etag, !etag.isEmpty, contents.contains(where: { $0.claim.etag == etag })
        else { return (problems, nil) }
        return (problems, .proven(sha256))
    }

    /// Looks at an object of which the listing does not tell enough.
    ///
    /// - Throws: ``StoreError`` if the store does not say; `CancellationError`.
    func look(_ group: ReceiptMerge.Group, _ object: StoredObject) async throws -> Verdict {
        let contents = group.claims.filter { [.uploaded, .identical].contains($0.claim.outcome) }
        let stored = contents.isEmpty ? group.claims.filter(\.claim.outcome.isStored) : contents
        do {
            guard let head = try await backend.head(object.location) else { throw StoreError(absent: object.location) }
            let expected = contents.compactMap(\.claim.sha256).first
            if let size = contents.first?.claim.size, size != head.size {
                return .wrong(changed(group, contents, "it has \(head.size) bytes, not \(size)"))
            }
            if !readsEverything, let expected, let etag = head.etag, !etag.isEmpty,
                contents.contains(where: { $0.claim.etag == etag })
            {
                return .proven(expected)
            }
            let found = try await backend.sha256(of: object.location)
            // Of what was kept, or has no digest in the receipt, it is all that can be told.
            guard let expected, expected != found else { return .proven(found) }
            return .wrong(changed(group, contents, "its SHA-256 is \(found), not \(expected)"))
        } catch let error as StoreError where error.code == .notFound {
            return .wrong(
                RunProblem(
                    .missing, name(group.key), jobs: stored.map { jobs[$0.receipt] },
                    detail: "it was uploaded, and is gone"))
        }
    }

    private func changed(
        _ group: ReceiptMerge.Group, _ claims: [(receipt: Int, claim: ReceiptTable.Claim)], _ how: String
    ) -> RunProblem {
        RunProblem(.changed, name(group.key), jobs: claims.map { jobs[$0.receipt] }, detail: how)
    }

    private func conflict(
        _ key: ExactString, _ claims: [(receipt: Int, claim: ReceiptTable.Claim)]
    ) -> RunProblem? {
        let digests = Set(claims.compactMap(\.claim.sha256))
        let sizes = Set(claims.compactMap(\.claim.size))
        guard digests.count > 1 || sizes.count > 1 else { return nil }
        return RunProblem(
            .conflict, name(key), jobs: claims.map { jobs[$0.receipt] },
            detail: "they stored different contents under this key")
    }

    private func name(_ key: ExactString) -> String { key.text.relativePath(from: prefix) }
}
