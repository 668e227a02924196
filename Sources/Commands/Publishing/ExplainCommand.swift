import ArgumentParser
import UploadPlanning

/// `explain`: says why a file is uploaded or not, and where a key comes from.
struct ExplainCommand: PlanningCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain why a file is uploaded or not, or where a key comes from.",
        discussion: """
            Shows which rule takes the file, by which pattern, or which exclude removes it. Exits with 1 for a name that is \
            neither a file that a rule looks at nor a key.
            """)

    @OptionGroup var options: PlanOptions

    @OptionGroup(title: "Run") var runOptions: RunOptions

    @OptionGroup(title: "Run") var bucketOptions: BucketOptions

    @OptionGroup var listing: ListingOptions

    @Option(help: ArgumentHelp("A file, a key, or an s3:// location; may be repeated.", valueName: "path-or-key"))
    var why: [String]

    func run(in context: Context) async throws {
        let listing = try listing.read(context)
        let prepared = try await PreparedUpload(
            of: self, isLocal: true, listing: listing, isDryRun: true, context: context)
        // Also the files that no pattern matches have a reason.
        let request = prepared.plans.inventoryRequest.ofAllFilesPickedFrom
        var inventory = prepared.inventory
        inventory.directories.merge(PreparedUpload.look(request, listing).directories) { $1 }
        var unknown: [Diagnostic] = []
        for name in why {
            let reasons = prepared.upload.reasons(for: name, plans: prepared.plans, inventory: inventory)
            if let reasons, reasons.isThere {
                context.output.text(reasons.text)
            } else {
                if let reasons { context.output.text(reasons.text) }
                unknown.append(.unknown(name, nearest: prepared.upload.nearest(to: name)))
            }
        }
        guard !unknown.isEmpty else { return }
        context.output.diagnostics(unknown)
        throw ToolExit.someFailed
    }
}

extension Diagnostic {
    fileprivate static func unknown(_ name: String, nearest: String?) -> Diagnostic {
        var diagnostic = Diagnostic(
            severity: .error, code: .unknownName,
            message: "'\(name)' is neither a file that a rule looks at nor a key that a rule makes")
        diagnostic.help =
            nearest.map { ["did you mean `\($0)`?"] } ?? [
                "write paths as the plan does, relative to where it starts",
                "`therock-upload plan --explain` shows every file and every key",
            ]
        return diagnostic
    }
}
