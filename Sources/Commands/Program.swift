import ArgumentParser
import CProcess
import FoundationEssentials
import LocalFiles
import UploadExecution
import UploadPlanning

/// The program: one run of the command line in a process of its own.
package enum Program {
    /// Runs the command that the arguments name, and ends the process with its exit code.
    package static func main() async {
        StandardStreams.prepare()
        process_explain_lack_of_memory()
        let context = Context(
            arguments: (1..<max(1, process_argument_count())).map { unsafe String(cString: process_argument($0)) },
            environment: ProcessInfo.processInfo.environment, standardOutput: .process(.output),
            standardError: .process(.error), trapsSignals: true,
            processorCount: max(1, ProcessInfo.processInfo.activeProcessorCount)
        ) { limit in try SmallFile.readStandardInput(limit: limit) }
        let limit = Int64(process_address_space_limit())
        if limit > 0, limit < leastAddressSpace {
            context.output.notice(
                "error: the address space is limited to \(limit.byteText), and \(leastAddressSpace.byteText) are needed\n"
                    + "  = help: raise the limit: `ulimit -v`\n")
            StandardStreams.exit(ToolExit.someFailed.rawValue)
        }
        DescriptorLimit.raise()
        StandardStreams.exit(await run(context))
    }

    /// With fewer addresses, threads cannot be made, and are waited for without end.
    private static let leastAddressSpace: Int64 = 128 << 20

    /// Runs the command that the arguments name.
    ///
    /// - Parameter context: All that the command knows of the process that it runs in.
    /// - Returns: The exit code.
    static func run(_ context: Context) async -> CInt {
        do {
            try CommandLineCheck.check(context.arguments)
            var command = try TheRockUpload.parseAsRoot(context.arguments)
            if let command = command as? any Command {
                try await command.run(in: context)
            } else {
                try command.run()
            }
            return context.output.exitCode(insteadOf: .success).rawValue
        } catch {
            return context.output.exitCode(insteadOf: Ending.exitCode(of: error, context)).rawValue
        }
    }
}
