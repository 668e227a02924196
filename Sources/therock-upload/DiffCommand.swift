import ArgumentParser
import FoundationEssentials
import RunOutputs
import UploadPlanning

/// `diff`: compares two plans over the same files, or a plan with its lock file.
struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show which destinations appear, vanish, move or change between two plans.",
        discussion: """
            A plan is a file or git:REVISION:PATH. With --lock FILE one plan is compared with the layout in FILE, which \
            is written if it is not there; a difference exits with 1 until --update-lock accepts it.
            """)

    /// How the difference is written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, markdown
    }

    @Argument(help: "The old and the new plan; with --lock the plan.", completion: .file(extensions: ["yaml", "yml"]))
    var plans: [String]

    @OptionGroup var listing: ListingOptions

    @OptionGroup(title: "Run") var runOptions: RunOptions

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Give a value to a parameter of the plans; may be repeated.", valueName: "name=value"))
    var settings: [Setting] = []

    @Option(help: "text, json or markdown (for a comment on GitHub).")
    var format = Format.text

    @Option(help: ArgumentHelp("The lock file.", valueName: "file"))
    var lock: String?

    @Flag(help: "Write the lock file anew.")
    var updateLock = false

    @Flag(name: .customLong("detailed-exitcode"), help: "Exit with 0 for no differences and 5 for some.")
    var detailedExitCode = false

    func validate() throws {
        let expected = lock == nil ? 2 : 1
        guard plans.count == expected else {
            throw ValidationError(lock == nil ? "diff needs OLD and NEW" : "diff --lock needs one PLAN")
        }
        if updateLock, lock == nil { throw ValidationError("--update-lock needs --lock FILE") }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        try await reportingExitCode {
            // Read once: a listing can be long, and both plans are compared over the same files.
            let tree = try listing.read()
            guard let lock else {
                let old = try await snapshot(plans[0], of: tree, environment, isOld: true)
                let diff = PlanDiff(from: old, to: try await snapshot(plans[1], of: tree, environment))
                show(diff, environment)
                if detailedExitCode, !diff.isEmpty { throw ToolExit.somethingToDo }
                return
            }
            try compare(try await snapshot(plans[0], of: tree, environment), with: lock, environment)
        }
    }

    private func compare(_ current: PlanSnapshot, with lock: String, _ environment: [String: String]) throws {
        if updateLock || !FileManager.default.fileExists(atPath: lock) {
            try writeFile(current.lockText, to: lock)
            return Output.notice("\(lock): \(current.entries.count.counted("object")) written.\n")
        }
        let diff: PlanDiff
        do {
            let text = String(decoding: try readSmallFile(lock, limit: 1 << 30), as: UTF8.self)
            diff = PlanDiff(from: try PlanSnapshot(lock: text), to: current)
        } catch let error as PlanSnapshot.InvalidLock {
            Output.notice("\(lock): \(error)\n")
            throw AlreadyReported(exitCode: ToolExit.wrongInput)
        } catch {
            Output.notice("\(error)\n")
            throw AlreadyReported(exitCode: ToolExit.wrongInput)
        }
        show(diff, environment)
        guard !diff.isEmpty else { return }
        Output.notice("The layout is not the one in \(lock). If it is meant, accept it with --update-lock.\n")
        throw ToolExit.someFailed
    }

    /// The layout of a plan; a run need not be named, since keys are compared below its prefix.
    private func snapshot(
        _ plan: String, of tree: TreeListing?, _ environment: [String: String], isOld: Bool = false
    ) async throws -> PlanSnapshot {
        let inputs = ParameterInputs(settings: settings.values, environment: environment)
        let prepared = try await PreparedUpload(
            [plan], runOptions, inputs, isLocal: true, listing: tree, refusesUnknownSettings: !isOld,
            searchedFiles: 0)
        for rule in prepared.upload.rules {
            for problem in rule.problems {
                Output.notice("\(plan): rule '\(rule.name)' fails: \(problem.message.printable)\n")
            }
        }
        return prepared.upload.snapshot(below: prepared.run.root)
    }

    private func show(_ diff: PlanDiff, _ environment: [String: String]) {
        let text = PlanDiffText(diff, style: Output.style(environment: environment))
        switch format {
        case .text: Output.text(text.text())
        case .json: Output.data(text.json())
        case .markdown: Output.text(text.markdown())
        }
    }
}
