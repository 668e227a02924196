import GitHubActions
import RunOutputs
import UploadExecution
import UploadPlanning

/// The receipt that `apply` or `copy` leaves.
struct LeftReceipt {
    var name: ReceiptName
    var run: JobReceipt.Run
    var inputs: JobReceipt.Inputs
    var root: RunOutputRoot

    /// Knows all that a receipt holds besides the report.
    ///
    /// - Parameters:
    ///   - name: Which receipt it is.
    ///   - prepared: What is uploaded.
    ///   - environment: The environment of the job.
    /// - Throws: ``StoreError`` if the layout has no place for receipts.
    init(
        _ name: ReceiptName, of prepared: PreparedUpload, environment: [String: String]
    ) throws(StoreError) {
        self.name = name
        root = prepared.run.root
        _ = try root.receiptDirectory
        run = JobReceipt.Run(of: prepared.run, environment: environment)
        inputs = JobReceipt.Inputs(toolVersion: ToolVersion.number, toolCommit: BuildRecord.current.commit)
        inputs.plans = prepared.plans.compactMap { plan in
            prepared.digests[plan.plan.file].map { (name: plan.plan.file, sha256: $0) }
        }
        inputs.policy = prepared.run.places.policyDigest
        inputs.layout = prepared.run.places.layoutDigest
    }

    /// Knows all that a receipt of copies holds besides what became of them.
    ///
    /// - Parameters:
    ///   - name: Which receipt it is.
    ///   - destination: The run that is copied to.
    ///   - environment: The environment of the job.
    /// - Throws: ``StoreError`` if the layout has no place for receipts.
    init(_ name: ReceiptName, of destination: ResolvedRun, environment: [String: String]) throws(StoreError) {
        self.name = name
        root = destination.root
        _ = try root.receiptDirectory
        run = JobReceipt.Run(of: destination, environment: environment)
        inputs = JobReceipt.Inputs(toolVersion: ToolVersion.number, toolCommit: BuildRecord.current.commit)
        inputs.policy = destination.places.policyDigest
        inputs.layout = destination.places.layoutDigest
    }

    /// Makes sure, before anything is uploaded, that the receipt can be written: it is never overwritten.
    ///
    /// - Parameters:
    ///   - storage: Where it goes.
    ///   - output: Tells why it cannot.
    /// - Throws: An exit code.
    func checkAbsent(in storage: Storage, _ output: Output) async throws {
        do {
            guard try await storage.artifacts.holds(name, in: root) else { return }
        } catch let error as StoreError where error.code != .notFound {
            // Not everybody who may write may look; the write itself never replaces a receipt.
            guard error.code == .accessDenied else {
                output.notice("error: cannot tell whether there is already a receipt '\(name.name)': \(error)\n")
                throw ToolExit.someFailed
            }
            return
        } catch is StoreError {
            return
        }
        output.notice(
            "error: attempt \(name.attempt) of this run has a receipt '\(name.name.printable)' already\n"
                + "  = help: give each job of the run a name of its own; nothing was uploaded\n")
        throw ToolExit.conflict
    }

    /// Writes the receipt; what goes wrong is told.
    ///
    /// - Parameters:
    ///   - content: What became of the upload, or of copies.
    ///   - storage: Where it goes.
    ///   - context: Where temporary files are made, and how what happened is told.
    /// - Returns: Why it could not be written; `nil` if it was.
    func write(_ content: JobReceipt.Content, to storage: Storage, _ context: Context) async -> StoreError? {
        let receipt = JobReceipt(name: name, root: root, run: run, inputs: inputs, content: content)
        do {
            let location = try await receipt.publish(
                to: storage.backend, spoolDirectory: context.environment.temporaryDirectory, secrets: context.secrets)
            context.output.notice("Receipt: \(location.s3URI(orIn: storage))\n")
            return nil
        } catch {
            let problem =
                error as? StoreError ?? (error as? UnknownOutcome)?.error ?? StoreError(.other, "\(error)")
            context.output.notice(
                "error: the receipt '\(name.name.printable)' could not be written: \(problem)\n"
                    + "  = help: without it, `finish` counts this job as missing\n")
            return problem
        }
    }
}

extension JobReceipt.Run {
    /// Describes the run, and this job if the run is its own.
    init(of run: ResolvedRun, environment: [String: String]) {
        self.init(
            repository: run.repository.description, id: run.root.runID, platform: run.root.platform.rawValue)
        guard environment["GITHUB_RUN_ID"] == run.root.runID else { return }
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        job = value("GITHUB_JOB")
        commit = value("GITHUB_SHA")
        ref = value("GITHUB_REF")
        event = value("GITHUB_EVENT_NAME")
    }
}

/// What a job of GitHub Actions is told of an upload: summary, outputs, and failures at their place in the plan.
struct JobReport {
    private let report: UploadReport
    private let summary: RunSummary

    init(_ report: UploadReport, plans: [BoundPlan], links: ObjectLinks) {
        self.report = report
        let stored = StoredObjects(of: report.planned) { report.operations[$0].outcome.isStored }
        summary = plans.summary(of: stored, links)
    }

    /// Writes summary and outputs to where the environment says, and annotations to the log.
    ///
    /// - Parameter context: The process as the command knows it.
    /// - Returns: Whether everything could be written; what could not was said.
    func tell(in context: Context) -> Bool {
        let failures = [Annotation].failures(of: report.planned) { index in
            report.operations[index].error.map { "\(report.planned.operations[index].destination.key): \($0)" }
        }
        let workspace = WorkspacePath(environment: context.environment)
        context.output.command(failures.map(workspace.relative).lines())
        let files = StepFiles(environment: context.environment)
        // Outside of a job nobody asked for a summary.
        guard files.summary != nil || files.outputs != nil else { return true }
        for omission in summary.omissions { context.output.notice("note: \(omission)\n") }
        // One that fails does not lose the other.
        let outputsAreWritten = write(context.output) { () throws(StepFileError) in
            try files.append(outputs: summary.outputs)
        }
        let summaryIsWritten = write(context.output) { () throws(StepFileError) in
            try files.append(summary: summary.entries.map { context.secrets.redacted($0) })
        }
        return outputsAreWritten && summaryIsWritten
    }

    private func write(_ output: Output, _ append: () throws(StepFileError) -> [String]) -> Bool {
        do {
            for notice in try append() { output.notice("note: \(notice)\n") }
            return true
        } catch {
            output.notice("error: \(error)\n")
            return false
        }
    }
}
