import ArgumentParser
import FoundationEssentials
import RunOutputs
import UploadExecution
import UploadPlanning
import UploadS3

/// `doctor`: finds out whether an upload would be allowed, without writing an object.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check credentials, region, bucket and permissions without writing an object.",
        discussion:
            "Also lists what cannot be proven without writing. Exit codes: 0 all is well, 1 something does not work.")

    @OptionGroup(title: "Run") var runOptions: RunOptions

    @OptionGroup(title: "Storage") var store: StoreOptions

    @OptionGroup(visibility: .hidden) var transferOptions: TransferOptions

    @OptionGroup(visibility: .hidden) var writeOptions: WriteOptions

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let run: ResolvedRun
        let storage: Storage
        do {
            run = try await ResolvedRun(runOptions.request(environment), isLocal: true, environment: environment)
            storage = try Storage(
                directory: nil, store, transferOptions, writeOptions, for: run.selection, environment: environment)
        } catch let error as Diagnostic {
            Output.diagnostics([error], sources: [:], environment: environment)
            throw ToolExit.wrongInput
        } catch {
            Output.notice("error: \(error)\n")
            throw ToolExit.wrongInput
        }
        guard case .s3(let backend) = storage else { return }
        let probe = OutputLocation(bucket: run.root.bucket, key: ExactString(run.root.prefix)).appending("doctor")
        let findings = await backend.examine(probe)
        await storage.close()
        Output.text(run.heading + "\n" + findings.map { line($0, environment) }.joined())
        if findings.contains(where: { $0.verdict == .fails }) { throw ToolExit.someFailed }
    }

    private func line(_ finding: S3Backend.Finding, _ environment: [String: String]) -> String {
        let style = Output.style(environment: environment)
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
