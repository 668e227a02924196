import ArgumentParser
import RunLifetime
import RunOutputs
import UploadExecution
import UploadPlanning
import UploadS3

/// `lifecycle`: the rules by which a bucket removes what a layout keeps for some days only.
struct LifecycleCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "lifecycle",
        abstract: "Show and set the bucket's lifecycle rules for what a layout retains.",
        discussion: """
            A layout's `retain: 30d` becomes the tag therock:retain=30d of each object; the bucket removes what has the \
            tag if it has the rule that this prints. Rules that are not called \(RetentionRule.idPrefix)… are left as they are.

            Exit codes: 0 shown or set, 1 the store does not answer or the rules cannot be set, 2 the layout, a plan or \
            the run is wrong, 5 with --detailed-exitcode and something to change.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, aws
    }

    @Argument(
        help: "Plans, whose rules may retain objects for other times than the layout.",
        completion: .file(extensions: ["yaml", "yml"]))
    var plans: [String] = []

    @OptionGroup(title: "Bucket") var bucketOptions: BucketOptions

    @OptionGroup(title: "Storage") var store: ConnectionOptions

    @OptionGroup(visibility: .hidden) var transferOptions: TransferOptions

    @Option(
        help:
            "text shows the difference, json is for programs, aws is what `aws s3api` reads for a bucket without rules."
    )
    var format = Format.text

    @Flag(help: "Put the rules into the bucket, after showing the difference.")
    var apply = false

    @Flag(help: "Remove rules of ours that nothing asks for: what has their tag is then kept for ever.")
    var prune = false

    @Flag(help: "Print the rules without asking the bucket.")
    var offline = false

    @Flag(help: "Exit with 5 if the bucket's rules are not as they should be.")
    var detailedExitcode = false

    func validate() throws {
        if offline, apply || prune || detailedExitcode {
            throw ValidationError("--offline asks no bucket: leave out --apply, --prune and --detailed-exitcode")
        }
        if format != .text, apply { throw ValidationError("--apply shows the difference: leave out --format") }
    }

    func run(in context: Context) async throws {
        let (target, retentions) = try await checkingInput {
            try await BucketTarget.resolve(
                bucketOptions, store, transferOptions, plans: plans, needsStore: !offline, isReadOnly: !apply, context
            ) { layout, plans in
                layout.retentions + plans.flatMap { $0.plan.rules.compactMap(\.retention) }
            }
        }
        guard let target else {
            let comparison = LifecycleComparison(retentions, with: [])
            switch format {
            case .text: return context.output.text(comparison.wantedText)
            case .json: return context.output.data(comparison.json(bucket: nil))
            case .aws: return context.output.data(comparison.awsDocument)
            }
        }
        let exitCode = await work(target, retentions, context.output)
        await target.backend.shutdown()
        if let exitCode { throw exitCode }
    }

    private func work(_ target: BucketTarget, _ retentions: [Retention], _ output: Output) async -> ExitCode? {
        do {
            let found = try await target.backend.lifecycle(of: target.bucket)
            let comparison = LifecycleComparison(retentions, with: found.rules)
            if let refusal = show(comparison, target.bucket, output) { return refusal }
            let isChange = comparison.isChange(pruning: prune)
            guard apply, isChange else { return isChange && detailedExitcode ? ToolExit.somethingToDo : nil }
            try await put(comparison, over: found, target, output)
            return nil
        } catch {
            output.notice("error: the lifecycle rules of s3://\(target.bucket): \("\(error)".printable)\n")
            return ToolExit.someFailed
        }
    }

    /// Shows the rules; a document that would remove the bucket's own is refused.
    private func show(_ comparison: LifecycleComparison, _ bucket: String, _ output: Output) -> ExitCode? {
        for rule in comparison.rivals {
            output.notice(
                "warning: the bucket's own rule '\(rule.id.printable)' looks at our tags too, so that pinned objects may go\n"
            )
        }
        switch format {
        case .text:
            output.text("lifecycle rules of s3://\(bucket)\n")
            output.text(comparison.text(pruning: prune, style: output.style))
        case .json: output.data(comparison.json(bucket: bucket))
        case .aws:
            guard comparison.others.isEmpty else {
                output.notice(
                    "error: s3://\(bucket) has \(comparison.others.count.counted("rule")) of its own, which this document "
                        + "would remove\n  = help: use --apply, which keeps them; --offline prints the document anyway\n"
                )
                return ToolExit.conflict
            }
            output.data(comparison.awsDocument)
        }
        return nil
    }

    /// Puts the rules into the bucket, and makes sure that they are there.
    private func put(
        _ comparison: LifecycleComparison, over found: S3Backend.Lifecycle, _ target: BucketTarget, _ output: Output
    ) async throws {
        let rules = comparison.rules(pruning: prune)
        guard rules.count <= RetentionRule.mostOfBucket else {
            throw StoreError(
                .other, "the bucket would have \(rules.count) rules, and S3 takes \(RetentionRule.mostOfBucket)",
                hint: "retain objects for fewer different times")
        }
        let now = try await target.backend.setLifecycle(rules, over: found, of: target.bucket)
        let after = LifecycleComparison(comparison.retentions, with: now.rules)
        guard !after.isChange(pruning: prune), after.others.map(\.id) == comparison.others.map(\.id) else {
            throw StoreError(
                .other, "the bucket does not hold what was put there", hint: "look at its rules, and run this again")
        }
        output.text("Put \(rules.count.counted("rule")) into s3://\(target.bucket).\n")
    }
}
