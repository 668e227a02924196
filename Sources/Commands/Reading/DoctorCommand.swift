import ArgumentParser
import RunOutputs
import UploadExecution
import UploadPlanning
import UploadS3

/// `doctor`: finds out whether an upload would be allowed, without writing an object.
struct DoctorCommand: RunCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check credentials, region, bucket and permissions without writing an object.",
        discussion:
            "Also lists what cannot be proven without writing. Exit codes: 0 all is well, 1 something does not work.")

    @OptionGroup(title: "Run") var runOptions: RunOptions

    @OptionGroup(title: "Run") var bucketOptions: BucketOptions

    @OptionGroup(title: "Storage") var connectionOptions: ConnectionOptions

    @OptionGroup(visibility: .hidden) var transferOptions: TransferOptions

    @OptionGroup(visibility: .hidden) var writeOptions: WriteOptions

    func run(in context: Context) async throws {
        let (run, storage) = try await checkingInput {
            let run = try await ResolvedRun(request(context), isLocal: true, context: context)
            return (
                run,
                try Storage(
                    directory: nil, connectionOptions, transferOptions, writeOptions,
                    for: run.selection, context: context)
            )
        }
        guard case .s3(let backend) = storage else { return }
        let probe = OutputLocation(bucket: run.root.bucket, key: ExactString(run.root.prefix)).appending("doctor")
        let findings = await backend.diagnose(probe)
        await storage.close()
        context.output.text(run.heading + "\n" + findings.map { line($0, context) }.joined())
        if findings.contains(where: { $0.verdict == .fails }) { throw ToolExit.someFailed }
    }

    private func line(_ finding: S3Backend.DoctorFinding, _ context: Context) -> String {
        let style = context.output.style
        let symbol =
            switch finding.verdict {
            case .works: style.paint("+", .green)
            case .fails: style.paint("!", .red, .bold)
            case .unproven: style.paint("?", .yellow)
            }
        let hint = finding.hint.map { "    = \(style.paint("help", .cyan)): \($0.printable)\n" } ?? ""
        return "  \(symbol) \(finding.subject): \(finding.message.printable)\n" + hint
    }
}
