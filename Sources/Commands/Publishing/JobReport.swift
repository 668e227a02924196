import GitHubActions
import RunOutputs
import UploadExecution
import UploadPlanning

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
