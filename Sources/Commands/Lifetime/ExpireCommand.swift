import ArgumentParser
import RunLifetime
import RunOutputs

/// `expire`: which runs would go by a policy; nothing is removed.
struct ExpireCommand: CensusCommand {
    static let configuration = CommandConfiguration(
        commandName: "expire",
        abstract: "Show which runs would go and which stay, and what no rule claims; removes nothing.",
        discussion: """
            For example: therock-upload expire --bucket my-bucket --keep-last 20 --keep-within 30d --branch main

            A run stays if any of the flags keeps it, or if it is pinned. Removing is the bucket's own: see `lifecycle`.

            Exit codes: 0 shown, 1 the store does not say, 2 the layout, the policy or the inventory is wrong.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Option(help: ArgumentHelp("Keep this many of the newest runs.", valueName: "number"))
    var keepLast: Int?

    @Option(help: ArgumentHelp("Keep runs that were written within this time, such as 30d.", valueName: "days"))
    var keepWithin: String?

    @Option(help: ArgumentHelp("Look only at runs that built this branch, by their records.", valueName: "name"))
    var branch: String?

    @OptionGroup(title: "Count") var censusOptions: CensusOptions

    @OptionGroup(title: "Bucket") var bucketOptions: BucketOptions

    @OptionGroup(title: "Storage") var sourceOptions: ReadSourceOptions

    @OptionGroup(title: "Storage") var connectionOptions: ConnectionOptions

    @OptionGroup(visibility: .hidden) var transferOptions: TransferOptions

    @Option(help: "How it is written.")
    var format = Format.text

    private var days: Int? {
        guard case .days(let days)? = keepWithin.flatMap({ Retention($0) }) else { return nil }
        return days
    }

    func validate() throws {
        try checkCensus()
        guard keepLast != nil || keepWithin != nil else {
            throw ValidationError("say what stays: --keep-last, --keep-within, or both")
        }
        if let keepLast, keepLast < 0 { throw ValidationError("--keep-last takes a number from 0") }
        if keepWithin != nil, days == nil { throw ValidationError("--keep-within takes a number of days, such as 30d") }
        if censusOptions.inventory != nil, branch != nil {
            throw ValidationError("an inventory does not know branches: leave out --branch, or --inventory")
        }
    }

    func run(in context: Context) async throws {
        let result = try await census(readingRecords: censusOptions.inventory == nil, context)
        if censusOptions.inventory != nil {
            context.output.notice("note: an inventory does not know which runs are pinned\n")
        }
        let plan = ExpiryPlan(result.tally, .init(last: keepLast, days: days, branch: branch), in: result.root)
        switch format {
        case .text: context.output.text(plan.text(style: context.output.style))
        case .json: context.output.data(plan.json)
        }
    }
}
