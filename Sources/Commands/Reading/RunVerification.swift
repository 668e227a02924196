import ArgumentParser
import RunLifetime
import RunOutputs
import UploadExecution
import UploadPlanning

/// Compares a whole run with the receipts of its jobs: no tree is needed.
struct RunVerification {
    var readable: ReadableRun
    var concurrency: Int
    /// Whether objects are read even where their entity tags agree.
    var readsEverything: Bool
    /// Whether objects that no receipt names count as different.
    var failsOnExtra: Bool
    /// Which objects; all unless given.
    var shard: Shard?

    /// Compares, and tells what differs.
    ///
    /// - Parameter output: Where it is told.
    /// - Returns: The exit code that tells it, or `nil` for success.
    func run(_ output: Output) async -> ExitCode? {
        do {
            let listing = try await readable.backend.receiptListing(of: readable.root)
            let record = listing.record == nil ? nil : try await readable.backend.record(of: readable.root)?.record
            let receipts = try await readable.backend.receipts(listing, of: readable.root, concurrency: concurrency)
            guard !receipts.receipts.isEmpty else { throw StoreError(.notFound, "the run holds no receipts") }
            let written = [record?.checksums].compactMap(\.self) + (record?.pages ?? [])
            var keys = Set(written.map { ExactString($0.key) })
            keys.insert(try readable.root.checksumList.key)
            let examination = RunExamination(
                backend: readable.backend, root: readable.root, receipts: receipts, concurrency: concurrency,
                readsEverything: readsEverything, shard: shard)
            var findings = try await examination.findings(requirements: [], written: { keys.contains($0) }) { _ in }
            for object in written where shard?.holds(object.key) ?? true {
                findings.problems += try await problem(with: object).map { [$0] } ?? []
            }
            return tell(findings, receipts, output)
        } catch {
            output.notice("error: \(readable.place) cannot be verified: \("\(error)".printable)\n")
            return ToolExit.someFailed
        }
    }

    /// Compares an object that `finish` wrote.
    private func problem(with object: RunRecord.Written) async throws -> RunProblem? {
        let location = OutputLocation(bucket: readable.root.bucket, key: ExactString(object.key))
        let name = object.key.relativePath(from: readable.root.prefix)
        do {
            let found = try await readable.backend.sha256(of: location)
            guard found != object.sha256 else { return nil }
            return RunProblem(.changed, name, detail: "its SHA-256 is \(found), not \(object.sha256)")
        } catch let error as StoreError where error.code == .notFound {
            return RunProblem(.missing, name, detail: "`finish` wrote it, and it is gone")
        }
    }

    private func tell(
        _ findings: RunExamination.Findings, _ receipts: RunReceipts, _ output: Output
    ) -> ExitCode? {
        let style = output.style
        var text = ""
        for problem in findings.problems {
            let jobs = problem.jobs.isEmpty ? "" : "  (\(problem.jobs.joined(separator: ", ").printable))"
            text += "  \(style.paint("-", .red, .bold)) \(FinishText.line(problem))\(jobs)\n"
        }
        for name in findings.unclaimedNames { text += "  \(style.paint("+", .yellow)) \(name.printable)  extra\n" }
        let extra = findings.unclaimed > 0 ? " · \(findings.unclaimed) extra" : ""
        let wrong = findings.problems.isEmpty ? "" : " · \(findings.problems.count.counted("problem"))"
        text +=
            "Verified \(receipts.receipts.count.counted("receipt")): "
            + "\(findings.objects) identical\(wrong)\(extra).\n"
        output.text(text)
        let differs = findings.problems.contains { [.missing, .changed, .conflict].contains($0.kind) }
        if differs || failsOnExtra && findings.unclaimed > 0 { return ToolExit.conflict }
        return findings.problems.isEmpty ? nil : ToolExit.someFailed
    }
}
