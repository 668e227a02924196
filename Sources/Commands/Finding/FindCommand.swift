import ArgumentParser
import GitHubActions
import RunOutputs
import UploadExecution
import UploadPlanning

/// `find`: finds out which workflow run holds a commit's artifacts.
struct FindCommand: ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "find",
        abstract: "Find the newest run that holds artifacts for a commit or a branch.",
        discussion: """
            Asks the GitHub API for runs, and the bucket that each run belongs to for its artifacts. Why a run is not \
            the one is written to standard error.

            For example: therock-upload find --branch main --artifact-group gfx94X-dcgpu --require-successful

            Exit codes: 0 found, 1 there is none, 2 it cannot tell, for example because GitHub or the bucket did \
            not answer; 64 wrong command line.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, id
    }

    @Option(help: ArgumentHelp("The commit: its SHA, the start of it, or a tag.", valueName: "sha"))
    var commit: String?

    @Option(help: "The branch, whose newest commits are looked at until one has artifacts.")
    var branch: String?

    @Option(help: "Check only this run.")
    var runID: String?

    @Option(
        name: [.customLong("artifact-group"), .customLong("amdgpu-target")],
        help: ArgumentHelp(
            "A GPU family, by its own name or its targets', or a target that the run must hold artifacts for; may be "
                + "repeated.", valueName: "group"))
    var artifactGroups: [String] = []

    @Option(
        help: ArgumentHelp(
            "A regular expression that the file name of an artifact must match somewhere; may be repeated.",
            valueName: "regex"),
        transform: FilenameRegex.init)
    var require: [FilenameRegex] = []

    @Option(help: ArgumentHelp("The workflow whose runs count.", valueName: "file"))
    var workflow = "multi_arch_ci.yml"

    @Flag(help: "Skip runs that failed or have not finished.")
    var requireSuccessful = false

    @Flag(help: "Take only a run that `finish` says is complete.")
    var complete = false

    @Option(help: ArgumentHelp("With --branch: how many commits to look at.", valueName: "number"))
    var maxCommits = 50

    @Option(help: "How to write the result: id is the run's id alone.")
    var format = Format.text

    @OptionGroup(title: "Run") var bucketOptions: BucketOptions

    @OptionGroup(title: "Storage") var sourceOptions: ReadSourceOptions

    @OptionGroup(title: "Storage") var connectionOptions: ConnectionOptions

    @OptionGroup(visibility: .hidden) var transferOptions: TransferOptions

    func validate() throws {
        try checkStorage()
        let scopes = [commit, branch, runID].compactMap(\.self)
        guard scopes.count == 1 else {
            throw ValidationError("find needs one of --commit SHA, --branch NAME and --run-id ID")
        }
        guard (scopes + artifactGroups + [workflow]).allSatisfy({ !$0.isEmpty }) else {
            throw ValidationError(
                "--commit, --branch, --run-id, --artifact-group and --workflow must not be empty")
        }
        if !(1...1000).contains(maxCommits) { throw ValidationError("--max-commits takes a number from 1 to 1000") }
    }

    func run(in context: Context) async throws {
        let (places, configuration) = try await checkingInput {
            (
                try await RunPlaces(bucketOptions, in: self, context),
                try GitHubConfiguration(environment: context.environment)
            )
        }
        let report = try await GitHubClient.with(configuration) { client in
            try await search(with: client, places, context.output).report(on: scope)
        }
        await places.close()
        show(report, places, pages: "\(configuration.serverURL)/\(places.repository)/actions/runs", context.output)
        if report.exitCode != .success { throw report.exitCode }
    }

    private var scope: RunSearch.Scope {
        if let commit { return .commit(commit) }
        if let branch { return .branch(branch, limit: maxCommits) }
        return .run(runID ?? "")
    }

    private func search(with client: GitHubClient, _ places: RunPlaces, _ output: Output) -> RunSearch {
        RunSearch(
            client: client, places: places, workflow: workflow,
            requirements: ArtifactRequirements(groups: artifactGroups, patterns: require, families: places.families),
            requiresSuccess: requireSuccessful, requiresCompleteness: complete
        ) { rejection in
            if format != .json { output.notice(rejection.line + "\n") }
        }
    }

    private func show(_ report: SearchReport, _ places: RunPlaces, pages: String, _ output: Output) {
        switch format {
        case .text: output.text(report.text(pages: pages))
        case .json: output.data(report.json(pages: pages))
        case .id: output.data(report.found.map { $0.run.id + "\n" } ?? "")
        }
        if let obstacle = report.obstacle {
            output.notice("error: \(obstacle)\n")
        } else if report.found == nil {
            let requirements = ArtifactRequirements(
                groups: artifactGroups, patterns: require, families: places.families)
            let wanted = complete ? "is complete and " : ""
            output.notice("found no run that \(wanted)holds \(requirements.description.printable)\n")
        }
    }
}
