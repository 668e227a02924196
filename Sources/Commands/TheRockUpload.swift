import ArgumentParser

/// The command line: flags in, exit codes out.
struct TheRockUpload: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "therock-upload",
        abstract: "Publish what a build left behind, as a plan says.",
        discussion: """
            A plan is a YAML file that says which files of a build go where. `plan` shows what would happen, \
            `apply` does it.

            Exit codes: 0 done, 1 some rule or transfer failed, 2 the plan or its inputs are wrong (nothing was \
            transferred), 3 conflict with what the bucket holds, 64 wrong command line, 130 interrupted.
            """,
        version: ToolVersion.number,
        subcommands: [
            PlanCommand.self, ApplyCommand.self, FinishCommand.self, ValidateCommand.self, DiffCommand.self,
            ExplainCommand.self,
            ExplainCodeCommand.self, InitCommand.self, SchemaCommand.self, DoctorCommand.self,
            FindCommand.self, LocateCommand.self, ListCommand.self, FetchCommand.self, VerifyCommand.self,
            CopyCommand.self, PinCommand.self, UnpinCommand.self,
            ExpireCommand.self, UsageCommand.self, DiffRunsCommand.self, LifecycleCommand.self, VocabularyCommand.self,
            VersionCommand.self,
        ])
}
