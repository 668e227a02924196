import ArgumentParser
import UploadPlanning

/// How a command ends: the one place that turns errors into words and an exit code.
enum Ending {
    /// Tells the user why a command ended.
    ///
    /// - Parameters:
    ///   - error: What a command or the reading of its options threw: an exit code if all was said already, or a request
    ///     for help or the version.
    ///   - context: The process as the command knows it.
    /// - Returns: The exit code.
    static func exitCode(of error: any Error, _ context: Context) -> ExitCode {
        if let exitCode = error as? ExitCode { return exitCode }
        if error is WrongInput || error is Diagnostic || error is PlanRejected {
            let wrong = WrongInput(error)
            wrong.tell(context.output)
            return wrong.exitCode
        }
        let code = error is CommandLineError ? ExitCode.validationFailure : TheRockUpload.exitCode(for: error)
        if code == .success {
            let text = TheRockUpload.fullMessage(for: error)
            context.output.data((text == ToolVersion.number ? ToolVersion.answer(to: context.arguments) : text) + "\n")
            return code
        }
        let told =
            error as? CommandLineError
            ?? CommandLineError(parsing: error, isUsage: code == .validationFailure, context.arguments)
        context.output.notice("error: \(told.message)\n" + told.help.map { "  = help: \($0)\n" }.joined())
        return code
    }
}
