import ArgumentParser
import RunLifetime
import RunOutputs
import UploadPlanning

/// `usage`: what a bucket holds, by run, term and age.
struct UsageCommand: CensusCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "Count what a bucket holds: bytes and objects per run, term, age and branch.",
        discussion: """
            For example: therock-upload usage --bucket my-bucket --format html --out usage.html

            One pass, in memory that grows with runs and terms and not with objects. What is held more than once is told by \
            SHA-256 from receipts, and by entity tag otherwise.

            Exit codes: 0 counted, 1 the store does not say, 2 the layout, the policy or the inventory is wrong.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, csv, json, html
    }

    @OptionGroup(title: "Count") var censusOptions: CensusOptions

    @OptionGroup(title: "Bucket") var bucketOptions: BucketOptions

    @OptionGroup(title: "Storage") var sourceOptions: ReadSourceOptions

    @OptionGroup(title: "Storage") var connectionOptions: ConnectionOptions

    @OptionGroup(visibility: .hidden) var transferOptions: TransferOptions

    @Option(help: "How it is written: csv has a line for each run and term, html is one self-contained page.")
    var format = Format.table

    @Flag(help: "Show every run in the table.")
    var all = false

    @Option(help: ArgumentHelp("Write to a file instead of standard output.", valueName: "file"))
    var out: String?

    func validate() throws { try checkCensus() }

    func run(in context: Context) async throws {
        let result = try await census(context)
        let report = UsageReport(
            result.tally, bucket: result.root.bucket, source: result.source, duplicates: result.duplicates)
        let text: String
        switch format {
        case .table: text = report.table(style: out == nil ? context.output.style : .plain, showsAll: all)
        case .csv: text = report.csv
        case .json: text = report.json
        case .html: text = report.page
        }
        if let out {
            try context.writeFile(text, to: out)
        } else if format == .table {
            context.output.text(text)
        } else {
            context.output.data(text)
        }
    }
}
