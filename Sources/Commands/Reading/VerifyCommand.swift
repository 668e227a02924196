import ArgumentParser
import RunLifetime
import RunOutputs
import UploadExecution
import UploadPlanning

/// `verify`: compares what a store holds with a report, or with the tree that plans publish.
struct VerifyCommand: RunCommand, ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that a run's outputs are in the store, with the right content.",
        discussion: """
            With --report, against what `apply --report` wrote; with --run, against the receipts of all jobs of the \
            run; with --statement, against what `finish --statement` wrote, and with --key only if that key signed it; with plans, against the files on this machine. Objects \
            are compared by checksum, and read only where the store keeps none. When plans are verified, archives are \
            made again to compare them, and index pages only have to exist.

            Unexpected objects beside the expected ones are listed.

            Exit codes: 0 everything is there, 1 something could not be checked, or a rule or the upload had failed, 2 the report, the plans or the run are \
            wrong, 3 an object is missing or different, 64 wrong command line.
            """)

    @Argument(help: "The plan files.", completion: .file(extensions: ["yaml", "yml"]))
    var plans: [String] = []

    @Option(help: ArgumentHelp("A report that `apply --report` wrote.", valueName: "file"))
    var report: String?

    @Flag(name: .customLong("run"), help: "Compare the whole run with the receipts of its jobs.")
    var wholeRun = false

    @Option(help: ArgumentHelp("A statement that `finish --statement` wrote.", valueName: "file"))
    var statement: String?

    @Option(help: ArgumentHelp("The public key (PEM) that must have signed the statement.", valueName: "file"))
    var key: String?

    @OptionGroup(title: "Run") var runOptions: RunOptions

    @OptionGroup(title: "Run") var bucketOptions: BucketOptions

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Set a parameter of the plans; may be repeated.", valueName: "name=value"),
        completion: .custom(PlanCompletion.parameters))
    var settings: [Setting] = []

    @OptionGroup(title: "Storage") var sourceOptions: ReadSourceOptions

    @OptionGroup(title: "Storage") var connectionOptions: ConnectionOptions

    @OptionGroup(title: "Transfer") var transferOptions: TransferOptions

    @Flag(help: "Read every object, even where the store keeps a checksum.")
    var readAll = false

    @Flag(help: "Treat unexpected objects as differences.")
    var failOnExtra = false

    @OptionGroup var shards: ShardOptions

    @Option(help: ArgumentHelp("A report of S3 Batch Operations, as it was downloaded.", valueName: "dir"))
    var batchReport: String?

    @Option(
        help: ArgumentHelp(
            "With --batch-report: what `--batch` wrote, of which everything must be reported.", valueName: "dir"))
    var batch: String?

    func validate() throws {
        try checkStorage()
        if [!plans.isEmpty, report != nil, wholeRun, statement != nil, batchReport != nil].count(where: \.self) != 1 {
            throw ValidationError("verify needs plans, --report FILE, --run, --statement FILE or --batch-report DIR")
        }
        if batch != nil, batchReport == nil {
            throw ValidationError("--batch is for --batch-report, which is not given")
        }
        if key != nil, statement == nil { throw ValidationError("--key is for --statement, which is not given") }
    }

    func run(in context: Context) async throws {
        if let statement { return try await verify(statement: statement, context) }
        if let batchReport {
            if let code = try BatchVerification(report: batchReport, batch: batch).run(context.output) { throw code }
            return
        }
        if wholeRun { return try await verifyRun(context) }
        var (expected, storage, isWhole) = try await checkingInput { try await expectations(context) }
        let verifier = ObjectVerifier(
            backend: storage.artifacts, concurrency: transferOptions.transfers, readsEverything: readAll,
            spoolDirectory: context.environment.temporaryDirectory)
        let result: Result<(findings: [VerificationFinding], extras: [StoredObject]), any Error>
        do {
            let extras = try await verifier.extras(beside: expected).filter { holds($0.location) }
            expected.removeAll { !holds($0.location) }
            result = .success((try await verifier.findings(expected), extras))
        } catch {
            result = .failure(error)
        }
        await storage.close()
        switch result {
        case .success(let (findings, extras)):
            let text = VerificationText(expected, findings, extras, style: context.output.style)
            context.output.text(text.render())
            if let exitCode = text.exitCode(failOnExtra: failOnExtra) { throw exitCode }
            if !isWhole { throw ToolExit.someFailed }
        case .failure(let error):
            context.output.notice("error: the store cannot be listed: \(error)\n")
            throw ToolExit.someFailed
        }
    }

    /// Checks the signature of a statement, and compares its subjects with what the run holds.
    private func verify(statement path: String, _ context: Context) async throws {
        let subjects: [(name: String, sha256: String)]
        do {
            subjects = try RecordedStatement.subjects(path, key: key, context)
        } catch {
            context.output.notice("error: \("\(error)".printable)\n")
            throw error is WrongSignature ? ToolExit.conflict : ToolExit.wrongInput
        }
        if key == nil { context.output.notice("note: without --key nobody vouches for the statement\n") }
        let readable = try await ReadableRun(of: self, context)
        let top = OutputLocation(bucket: readable.root.bucket, key: ExactString(readable.root.prefix))
        let expected = subjects.map { subject in
            ExpectedObject(
                location: top.appending(subject.name), content: .digest(sha256: subject.sha256, size: nil))
        }.filter { holds($0.location) }
        let verifier = ObjectVerifier(
            backend: readable.backend, concurrency: transferOptions.transfers, readsEverything: true,
            spoolDirectory: context.environment.temporaryDirectory)
        let findings: [VerificationFinding]
        do {
            findings = try await verifier.findings(expected)
        } catch {
            await readable.storage.close()
            throw error
        }
        await readable.storage.close()
        let text = VerificationText(expected, findings, [], style: context.output.style)
        context.output.text(text.render())
        if let exitCode = text.exitCode(failOnExtra: false) { throw exitCode }
    }

    /// Whether an object is looked at by this job.
    private func holds(_ location: OutputLocation) -> Bool { shards.shard?.holds(location.key.text) ?? true }

    private func verifyRun(_ context: Context) async throws {
        let readable = try await ReadableRun(of: self, context)
        let verification = RunVerification(
            readable: readable, concurrency: transferOptions.transfers, readsEverything: readAll,
            failsOnExtra: failOnExtra, shard: shards.shard)
        let exitCode = await verification.run(context.output)
        await readable.storage.close()
        if let exitCode { throw exitCode }
    }

    /// What is expected and where, and whether that is all that the plans, or the upload, had to publish.
    private typealias Expectations = (expected: [ExpectedObject], storage: Storage, isWhole: Bool)

    private func expectations(_ context: Context) async throws -> Expectations {
        guard let report else { return try await planned(context) }
        let recorded = try RecordedReport(path: report, context)
        let expected = recorded.stored
        guard let bucket = expected.first?.location.bucket else {
            throw UnreadableFile(path: report, reason: "no object was stored by that upload")
        }
        let others = recorded.operations.count - expected.count
        if others > 0 {
            context.output.notice(
                "note: \(others.counted("object")) of the report had not been stored, and are not checked\n")
        }
        let selection = try BucketSelection.named(bucket)
        for rule in recorded.failedRules { context.output.notice("error: \(rule.printable) in that upload\n") }
        if !recorded.isSuccess {
            context.output.notice("error: the report says that the upload ended as '\(recorded.status.printable)'\n")
        }
        let storage = try self.storage(for: selection, context)
        return (expected, storage, recorded.isSuccess)
    }

    private func planned(_ context: Context) async throws -> Expectations {
        let inputs = ParameterInputs(settings: settings.values, environment: context.environment)
        let isLocal = directory(context) != nil
        let prepared = try await PreparedUpload(
            plans, of: self, inputs, context, isLocal: isLocal, needsBucket: !isLocal, listing: nil)
        let expected = prepared.upload.operations.map { operation in
            let content: ExpectedObject.Content =
                switch operation.source {
                case .file(let file): .file(file)
                case .archive(let recipe): .archive(recipe)
                case .index: .unknown(size: nil)
                }
            return ExpectedObject(location: operation.destination, content: content)
        }
        let isWhole = !prepared.upload.rules.contains(where: \.failsTheRun)
        for rule in prepared.upload.rules {
            let word = rule.bestEffort ? "note" : "error"
            for problem in rule.problems {
                context.output.notice(
                    "\(word): rule '\(rule.name)' of \(rule.plan.printable) fails: \(problem.message.printable)\n")
            }
        }
        if expected.isEmpty, !isWhole { throw ToolExit.someFailed }
        guard !expected.isEmpty else {
            throw StoreError(.other, "the plans publish nothing, so there is nothing to verify")
        }
        let storage = try self.storage(for: prepared.run.selection, context)
        return (expected, storage, isWhole)
    }
}

/// What was verified, in words.
struct VerificationText {
    private let expected: [ExpectedObject]
    private let findings: [VerificationFinding]
    private let extras: [StoredObject]
    private let style: TextStyle

    init(
        _ expected: [ExpectedObject], _ findings: [VerificationFinding], _ extras: [StoredObject], style: TextStyle
    ) {
        self.expected = expected
        self.findings = findings
        self.extras = extras
        self.style = style
    }

    /// One line for each object that is not as it should be, and the numbers.
    func render() -> String {
        var counts: [String: Int] = [:]
        var text = ""
        var failures = FailureGroups(style: style)
        for (object, finding) in zip(expected, findings) {
            let (symbol, word, detail) = words(finding)
            counts[word, default: 0] += 1
            if case .failed(let error) = finding { failures.add(error, of: object.location.key.text) }
            guard let symbol else { continue }
            let key = object.location.key.text.printable
            text += "  \(symbol) \(key)  \(word)\(detail.map { ": \($0.printable)" } ?? "")\n"
        }
        for extra in extras {
            text +=
                "  \(style.paint("+", .yellow)) \(extra.location.key.text.printable)  extra, \(extra.size.byteText)\n"
        }
        counts["extra"] = extras.isEmpty ? nil : extras.count
        let order = ["identical", "present", "missing", "different", "unknown", "extra"]
        let totals = order.compactMap { word in counts[word].map { "\($0) \(word)" } }
        return text + failures.render()
            + "Verified \(expected.count.counted("object")): \(totals.joined(separator: " · ")).\n"
    }

    /// The exit code that tells it, or `nil` for success.
    func exitCode(failOnExtra: Bool) -> ExitCode? {
        let isWrong = findings.contains { finding in
            switch finding {
            case .missing, .different: true
            case .identical, .exists, .failed: false
            }
        }
        if isWrong || failOnExtra && !extras.isEmpty { return ToolExit.conflict }
        let isUnknown = findings.contains { if case .failed = $0 { true } else { false } }
        return isUnknown ? ToolExit.someFailed : nil
    }

    private func words(_ finding: VerificationFinding) -> (symbol: String?, word: String, detail: String?) {
        switch finding {
        case .identical: (nil, "identical", nil)
        case .exists: (nil, "present", nil)
        case .missing: (style.paint("-", .red, .bold), "missing", nil)
        case .different(let how): (style.paint("~", .red, .bold), "different", how)
        case .failed: (nil, "unknown", nil)
        }
    }
}
