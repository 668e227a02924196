import ArgumentParser
import CProcess
import FoundationEssentials
import Glibc
import UploadExecution
import UploadPlanning

/// The program: one run of the command line in a process of its own.
package enum Program {
    /// Runs the command that the arguments name, and ends the process with its exit code.
    package static func main() async {
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
            var command = try TheRockUpload.parseAsRoot(arguments)
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
