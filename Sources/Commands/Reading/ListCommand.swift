import ArgumentParser
import FoundationEssentials
import RunOutputs
import UploadExecution
import UploadPlanning

/// `list`: shows what a run has published.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the outputs of a run.",
        discussion: """
            For example: therock-upload list artifacts --run-id 26595281971, or therock-upload list log_dir \
            artifact_group=gfx94X-dcgpu --format urls

            Exit codes: 0 something was listed, 1 there is nothing or the store cannot be asked, 2 the term or the run \
            is wrong.
            """)

    /// How outputs are written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json, urls
    }

    @Argument(
        help: ArgumentHelp(
            "artifacts, logs, manifests, python, tarballs, packages, or a term of the vocabulary. (default: everything)"
        ), completion: .list(OutputGroup.allCases.map(\.rawValue) + OutputTerm.allCases.map(\.name)))
    var term: String?

    @Argument(help: ArgumentHelp("The term's arguments.", valueName: "name=value"))
    var arguments: [Setting] = []

    @OptionGroup(title: "Selection of artifacts") var familyOptions: FamilyOptions

    @OptionGroup(title: "Run") var runOptions: RunOptions

    @OptionGroup(title: "Storage") var readOptions: ReadOptions

    @OptionGroup(visibility: .hidden) var transferOptions: TransferOptions

    @Flag(help: "List what the receipts of the run's jobs name, instead of asking the store for its objects.")
    var fromReceipts = false

    @Option(help: "How to write the listing: json is one object per line.")
    var format = Format.table

    func validate() throws {
        if selection != ArtifactSelection(), term.flatMap(OutputGroup.init(rawValue:)) != .artifacts {
            throw ValidationError("options that select artifacts need the term `artifacts`")
        }
    }

    private var selection: ArtifactSelection {
        var selection = ArtifactSelection()
        selection.families = familyOptions.families
        selection.isGenericOnly = familyOptions.genericOnly
        return selection
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let (readable, asked) = try await reportingExitCode {
            let readable = try await ReadableRun(runOptions, readOptions, transferOptions, environment: environment)
            return (readable, try place(in: readable.root, environment))
        }
        var printer = ListingPrinter(format, asked, readable)
        do {
            if fromReceipts { try await printer.readReceipts(concurrency: transferOptions.transfers) }
            try await printer.printAll()
        } catch {
            await readable.storage.close()
            Output.notice("error: \(readable.place) cannot be listed: \(error)\n")
            throw ToolExit.someFailed
        }
        let advice = printer.count == 0 ? await explanation(for: asked, in: readable) : nil
        await readable.storage.close()
        for problem in printer.unmatched { Output.notice("error: \(problem.printable), in \(readable.place)\n") }
        guard printer.unmatched.isEmpty else { throw ToolExit.someFailed }
        guard let advice else { return }
        Output.notice(advice)
        throw ToolExit.someFailed
    }

    /// Says why nothing was listed: the run is not there, or it holds other things only.
    private func explanation(for asked: Place, in readable: ReadableRun) async -> String {
        let named = term.flatMap { $0 == OutputTerm.root.name ? nil : $0 }
        let what = named.map { "\(asked.isFile ? "file" : "outputs") for '\($0)'" } ?? "outputs"
        guard
            let count = try? await readable.backend.objects(below: readable.root.location(of: .root), .everything)
                .count,
            count > 0
        else {
            return "there is nothing at \(asked.location.s3URI(orIn: readable.storage))\n" + readable.adviceIfEmpty
        }
        let shown = asked.artifacts == nil ? what : "artifacts"
        return "\(readable.place) holds \(count.counted("object")), but no \(shown)\n"
            + "  = help: 'therock-upload list' without a term lists everything\n"
    }

    /// What the term means.
    struct Place {
        var location: OutputLocation
        var isFile = false
        /// Which artifacts are shown, and nothing else is; `nil` for everything.
        var artifacts: ArtifactSelection?
    }

    private func place(in root: RunOutputRoot, _ environment: [String: String]) throws -> Place {
        let term = term ?? OutputTerm.root.name
        if let group = OutputGroup(rawValue: term), arguments.isEmpty {
            return Place(location: group.location(in: root), artifacts: group == .artifacts ? selection : nil)
        }
        do throws(Diagnostic) {
            let location = try OutputTerm.location(named: term, arguments.values, in: root)
            return Place(location: location, isFile: OutputTerm(rawValue: term)?.kind == .file)
        } catch {
            Output.diagnostics([error], sources: [:], environment: environment)
            throw AlreadyReported(exitCode: ToolExit.wrongInput)
        }
    }
}
