import ArgumentParser
import CProcess
import FoundationEssentials
import Glibc
import UploadExecution
import UploadPlanning

/// The command line: flags in, exit codes out.
@main
struct TheRockUpload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "therock-upload",
        abstract: "Publish what a build left behind, as a plan says.",
        discussion: """
            A plan is a YAML file that says which files of a build go where. `plan` shows what would happen, \
            `apply` does it.

            Exit codes: 0 done, 1 some rule or transfer failed, 2 the plan or its inputs are wrong (nothing was \
            transferred), 3 conflict with what the bucket holds, 64 wrong command line, 130 interrupted.
            """,
        version: ToolVersion.answer(to: CommandLine.arguments),
        subcommands: [
            PlanCommand.self, ApplyCommand.self, ValidateCommand.self, DiffCommand.self, ExplainCommand.self,
            ExplainCodeCommand.self, SchemaCommand.self, DoctorCommand.self,
            FindCommand.self, LocateCommand.self, ListCommand.self, FetchCommand.self, VerifyCommand.self,
            CopyCommand.self, VocabularyCommand.self, VersionCommand.self,
        ])

    /// Runs the command that the arguments name, and ends the process with its exit code.
    static func main() async {
        StandardStreams.prepare()
        process_explain_lack_of_memory()
        let limit = Int64(process_address_space_limit())
        if limit > 0, limit < leastAddressSpace {
            Output.notice(
                "error: the address space is limited to \(limit.byteText), and \(leastAddressSpace.byteText) are needed\n"
                    + "  = help: raise the limit: `ulimit -v`\n")
            Glibc.exit(ToolExit.someFailed.rawValue)
        }
        DescriptorLimit.raise()
        KnownSecrets.shared.add(environment: ProcessInfo.processInfo.environment)
        let arguments = (1..<max(1, process_argument_count())).map { unsafe String(cString: process_argument($0)) }
        Glibc.exit(await run(arguments).rawValue)
    }

    /// With fewer addresses, threads cannot be made, and are waited for without end.
    private static let leastAddressSpace: Int64 = 128 << 20

    private static func run(_ arguments: [String]) async -> ExitCode {
        do {
            try CommandLineCheck.check(arguments)
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return Output.exitCode(insteadOf: .success)
        } catch {
            return Output.exitCode(insteadOf: CommandLineError.tell(error, arguments))
        }
    }
}
