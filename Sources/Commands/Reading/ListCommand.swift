import ArgumentParser
import RunOutputs
import UploadExecution
import UploadPlanning

/// `list`: shows what a run has published.
struct ListCommand: RunCommand, ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the outputs of a run.",
        discussion: """
            For example: therock-upload list artifacts --run-id 26595281971, or therock-upload list logs \
            --format urls

            Exit codes: 0 something was listed, 1 there is nothing or the store cannot be asked, 2 the term or the run \
            is wrong.
            """)

    /// How outputs are written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json, urls
    }

    @Argument(
        help: ArgumentHelp(
            "A group of the layout, such as artifacts, or a term of the vocabulary. (default: everything)"),
        completion: .custom(LayoutCompletion.groupsAndTerms))
    var term: String?

    @Argument(help: ArgumentHelp("The term's arguments.", valueName: "name=value"))
    var arguments: [Setting] = []

    @OptionGroup(title: "Selection of artifacts") var familyOptions: FamilyOptions

    @OptionGroup(title: "Run") var runOptions: RunOptions

    @OptionGroup(title: "Run") var bucketOptions: BucketOptions

    @OptionGroup(title: "Storage") var sourceOptions: ReadSourceOptions

    @OptionGroup(title: "Storage") var connectionOptions: ConnectionOptions

    @OptionGroup(visibility: .hidden) var transferOptions: TransferOptions

    @Flag(help: "List what the receipts of the run's jobs name, instead of asking the store for its objects.")
    var fromReceipts = false

    @Option(help: "How to write the listing: json is one object per line.")
    var format = Format.table

    private var selection: ArtifactSelection {
        var selection = ArtifactSelection()
        selection.families = familyOptions.families
        selection.isGenericOnly = familyOptions.genericOnly
        return selection
    }

    func validate() throws { try checkStorage() }

    func run(in context: Context) async throws {
        let readable = try await ReadableRun(of: self, context)
        let asked = try place(in: readable.root)
        var printer = ListingPrinter(format, asked, readable, context.output)
        do {
            if fromReceipts { try await printer.readReceipts(concurrency: transferOptions.transfers) }
            try await printer.printAll()
        } catch {
            await readable.storage.close()
            context.output.notice("error: \(readable.place) cannot be listed: \(error)\n")
            throw ToolExit.someFailed
        }
        let advice = printer.count == 0 ? await explanation(for: asked, in: readable) : nil
        await readable.storage.close()
        for problem in printer.unmatched {
            context.output.notice("error: \(problem.printable), in \(readable.place)\n")
        }
        guard printer.unmatched.isEmpty else { throw ToolExit.someFailed }
        guard let advice else { return }
        context.output.notice(advice)
        throw ToolExit.someFailed
    }

    /// Says why nothing was listed: the run is not there, or it holds other things only.
    private func explanation(for asked: Place, in readable: ReadableRun) async -> String {
        let what = term == nil ? "outputs" : "\(asked.isFile ? "file" : "outputs") for '\(term ?? "")'"
        guard
            let count = try? await readable.backend.objects(below: readable.root.location, .everything)
                .count,
            count > 0
        else {
            return "there is nothing at \(asked.locations[0].s3URI(orIn: readable.storage))\n" + readable.adviceIfEmpty
        }
        let shown = asked.artifacts == nil ? what : "artifacts"
        return "\(readable.place) holds \(count.counted("object")), but no \(shown)\n"
            + "  = help: 'therock-upload list' without a term lists everything\n"
    }

    /// What the term means.
    struct Place {
        /// Where to look: one place, or several of a group.
        var locations: [OutputLocation]
        var isFile = false
        /// Which artifacts are shown, and nothing else is; `nil` for everything.
        var artifacts: ArtifactSelection?
    }

    private func place(in root: RunOutputRoot) throws -> Place {
        let group = term.flatMap { arguments.isEmpty ? root.layout.group(named: $0) : nil }
        let isArtifacts = group != nil && group == root.layout.artifacts
        guard isArtifacts || selection == ArtifactSelection() else {
            let name = root.layout.artifacts?.name ?? "artifacts"
            throw CommandLineError(message: "options that select artifacts need the term `\(name)`")
        }
        guard let term else { return Place(locations: [root.location]) }
        if let group {
            return Place(locations: root.locations(of: group), artifacts: isArtifacts ? selection : nil)
        }
        do throws(Diagnostic) {
            let found = try root.location(named: term, arguments.values)
            return Place(locations: [found.location], isFile: found.term.kind == .file)
        } catch {
            throw WrongInput(error)
        }
    }
}
