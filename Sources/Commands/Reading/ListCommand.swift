import ArgumentParser
import RunOutputs
import UploadExecution
import UploadPlanning
import UploadS3

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

/// Prints the objects of a listing while it is read.
struct ListingPrinter {
    private let format: ListCommand.Format
    private let place: ListCommand.Place
    private let readable: ReadableRun
    private let output: Output
    /// How many objects were printed.
    private(set) var count = 0
    /// What was asked for in vain, one line each.
    private(set) var unmatched: [String] = []
    /// The objects that receipts name, where those are asked instead of the store.
    private var named: [StoredObject]?
    private var byteCount: Int64 = 0
    private var buffer = ""

    init(_ format: ListCommand.Format, _ place: ListCommand.Place, _ readable: ReadableRun, _ output: Output) {
        self.format = format
        self.place = place
        self.readable = readable
        self.output = output
    }

    /// Reads the receipts of the run, which are printed instead of the store's listing.
    ///
    /// - Parameter concurrency: How many are read at once.
    /// - Throws: Why they cannot be read, or that there are none.
    mutating func readReceipts(concurrency: Int) async throws {
        let listing = try await readable.backend.receiptListing(of: readable.root)
        let receipts = try await readable.backend.receipts(listing, of: readable.root, concurrency: concurrency)
        guard !receipts.receipts.isEmpty else { throw StoreError(.notFound, "the run holds no receipts") }
        let places = place.locations.map { (key: $0.key, directory: $0.key.text + "/") }
        var objects: [StoredObject] = []
        receipts.forEachStored(in: readable.root.bucket) { object in
            let key = object.location.key
            let isThere = places.contains { key == $0.key || key.text.utf8.starts(with: $0.directory.utf8) }
            if isThere { objects.append(object) }
            return true
        }
        named = objects
    }

    /// Reads the listing and prints it.
    ///
    /// - Throws: What the store throws; what came before is printed.
    mutating func printAll() async throws {
        defer { flush() }
        if let named, place.artifacts == nil {
            for object in named { add(object) }
        } else if place.isFile {
            for location in place.locations {
                if let object = try await readable.backend.head(location) { add(object) }
            }
        } else if let selection = place.artifacts {
            try await printArtifacts(selection)
        } else {
            for location in place.locations {
                for try await entry in readable.backend.list(location, .everything) {
                    if output.isLost { break }
                    if case .object(let object) = entry { add(object) }
                }
            }
        }
        if format == .table, count > 0 { buffer += "\(count.counted("object")), \(byteCount.byteText)\n" }
    }

    private mutating func printArtifacts(_ selection: ArtifactSelection) async throws {
        let objects: [StoredObject]
        if let named {
            objects = named.filter { readable.root.mayBeArtifact($0.location.key) }
        } else {
            objects = try await readable.artifactObjects()
        }
        let keys = Set(objects.map(\.location.key))
        let layout = readable.root.layout
        let artifacts = objects.compactMap { object in
            ArtifactName(filename: object.location.name, layout.artifactNaming).map { (object: object, name: $0) }
        }
        for (object, name) in artifacts where selection.isForFamilies(name, layout.families) {
            let sidecar = name.naming.checksumSuffix.map { ExactString(object.location.key.text + $0) }
            add(object, name, hasSidecar: sidecar.map { keys.contains($0) })
        }
        if !artifacts.isEmpty { unmatched = selection.unmatchedFamilies(among: artifacts.map(\.name), layout.families) }
    }

    private mutating func add(_ object: StoredObject, _ name: ArtifactName? = nil, hasSidecar: Bool? = nil) {
        count += 1
        byteCount += object.size
        switch format {
        case .table:
            let note = hasSidecar == false ? "  (no checksum file)" : ""
            let path = object.location.key.text.relativePath(from: readable.root.prefix)
            let size = object.size.byteText
            let padding = String(repeating: " ", count: max(0, 10 - size.count))
            buffer += "\(padding)\(size)  \(object.modifiedText ?? "-")  \(path.printable)\(note)\n"
        case .json: buffer += json(object, name, hasSidecar: hasSidecar).text + "\n"
        case .urls: buffer += url(object) + "\n"
        }
        if buffer.utf8.count > 32 << 10 { flush() }
    }

    private func url(_ object: StoredObject) -> String {
        switch readable.storage {
        case .directory(let backend): object.location.localPath(in: backend.displayName)
        case .s3(let backend): backend.configuration.url(of: object.location)
        }
    }

    private func json(_ object: StoredObject, _ name: ArtifactName?, hasSidecar: Bool?) -> JSONValue {
        var members: [(name: String, value: JSONValue)] = [
            ("bucket", .string(object.location.bucket)), ("key", .string(object.location.key.text)),
            ("size", .integer(object.size)), ("modified", object.modifiedText.map { .string($0) } ?? .null),
            ("etag", object.etag.map { .string($0) } ?? .null), ("url", .string(url(object))),
        ]
        if let sha256 = object.sha256 { members.append(("sha256", .string(sha256))) }
        if let name {
            var parts = zip(name.naming.parts, name.values).map { (name: $0, value: JSONValue.string($1)) }
            parts.append(("compression", .string(name.ending)))
            parts.append(("has_checksum", hasSidecar.map { .flag($0) } ?? .null))
            members.append(("artifact", .object(parts)))
        }
        return .object(members)
    }

    private mutating func flush() {
        if format == .table { output.text(buffer) } else { output.data(buffer) }
        buffer = ""
    }
}

extension ReadableRun {
    /// What to try when there is nothing.
    var adviceIfEmpty: String {
        if case .directory = storage { return "" }
        return "  = help: check --run-id, --platform (\(root.platform.rawValue)) and the bucket; for another run than "
            + "this job's own, pass --lookup-workflow-run\n"
    }
}
