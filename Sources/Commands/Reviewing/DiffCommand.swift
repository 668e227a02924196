import ArgumentParser
import RunOutputs
import UploadPlanning

/// `diff`: compares two versions of plans, or plans with their lock files.
struct DiffCommand: RunCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what differs between two versions of plans: what they do, and which objects move.",
        discussion: """
            A plan is a file or git:REVISION:PATH. Both versions are compared by what they say, over a build tree or a \
            listing, and over the plans' own tests. --new PLAN alone compares a new plan with nothing, --old PLAN alone \
            a deleted one; repeat them for several plans of one job. Two bucket policies are compared by the runs that \
            they send elsewhere, two layouts by the places that move and the readers that look elsewhere, over the plans \
            of --plans. With --lock FILE, or --lock-dir DIR with a lock for each plan, plans are compared with \
            what was reviewed; a difference exits with 1 until --update-lock accepts it. What could not be compared \
            exits with 2.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, markdown, html
    }

    @Argument(
        help: "The old and the new version; with a lock the plans, or a directory of plans.",
        completion: .file(extensions: ["yaml", "yml"]))
    var plans: [String] = []

    @Option(
        name: .customLong("old"), parsing: .singleValue,
        help: ArgumentHelp("A plan of the old version; may be repeated.", valueName: "plan"))
    var oldPlans: [String] = []

    @Option(
        name: .customLong("new"), parsing: .singleValue,
        help: ArgumentHelp("A plan of the new version; may be repeated.", valueName: "plan"))
    var newPlans: [String] = []

    @Option(
        name: .customLong("plans"), parsing: .singleValue,
        help: ArgumentHelp("With two layouts: a plan that uses them; may be repeated.", valueName: "plan"))
    var writers: [String] = []

    @OptionGroup var listing: ListingOptions

    @OptionGroup(title: "Run") var runOptions: RunOptions

    @OptionGroup(title: "Run") var bucketOptions: BucketOptions

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Set a parameter of the plans; may be repeated.", valueName: "name=value"),
        completion: .custom(PlanCompletion.parameters))
    var settings: [Setting] = []

    @Option(
        help: "text, json, markdown (for a comment on GitHub) or html (the page of the new plan, with its changes).")
    var format = Format.text

    @Option(help: ArgumentHelp("The lock file.", valueName: "file"))
    var lock: String?

    @Option(help: ArgumentHelp("The directory of lock files, one for each plan and named like it.", valueName: "dir"))
    var lockDir: String?

    @Flag(help: "Rewrite the lock files.")
    var updateLock = false

    @Flag(name: .customLong("detailed-exitcode"), help: "Exit with 0 for no differences and 5 for some.")
    var detailedExitCode = false

    func validate() throws {
        guard lock == nil || lockDir == nil else { throw ValidationError("--lock excludes --lock-dir") }
        if lock != nil || lockDir != nil {
            guard !plans.isEmpty, oldPlans.isEmpty, newPlans.isEmpty else {
                throw ValidationError(
                    "a lock is compared with plans: diff PLAN --lock FILE, or diff PLAN... --lock-dir DIR")
            }
            if format == .html { throw ValidationError("--format html is for two versions of a plan") }
        } else {
            if updateLock { throw ValidationError("--update-lock needs --lock FILE or --lock-dir DIR") }
            let isNamed = !oldPlans.isEmpty || !newPlans.isEmpty
            guard isNamed ? plans.isEmpty : plans.count == 2 else {
                throw ValidationError("diff needs OLD and NEW, or --old PLAN and --new PLAN")
            }
        }
    }

    /// The plans as they are now.
    var currentPlans: [String] {
        if lockDir != nil { return [] }
        if lock != nil { return plans }
        return plans.isEmpty ? newPlans : [plans[1]]
    }

    func run(in context: Context) async throws {
        let review = try await Review(self, context: context)
        if lock != nil || lockDir != nil { return try await review.compareWithLocks() }
        let isNamed = !oldPlans.isEmpty || !newPlans.isEmpty
        try await review.compare(isNamed ? oldPlans : [plans[0]], isNamed ? newPlans : [plans[1]])
    }
}
