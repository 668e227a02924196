import ArgumentParser
import UploadExecution

/// The flags of every command that touches storage.
struct StorageOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Write to this directory instead of a bucket.", valueName: "dir"))
    var outputDir: String?

    @Flag(help: "With --output-dir: make every file safe from a power failure before it counts as done.")
    var fsync = false

    @Option(help: "How many transfers run at once.")
    var concurrency = 16

    @Option(help: "auto, plain (one line for each object), json (one event for each line) or none.")
    var progress = ProgressMode.auto

    func validate() throws {
        if !(1...1024).contains(concurrency) { throw ValidationError("--concurrency takes a number from 1 to 1024") }
        if let outputDir, outputDir.isEmpty { throw ValidationError("--output-dir must not be empty") }
    }
}

/// How progress is shown on standard error.
enum ProgressMode: String, ExpressibleByArgument, CaseIterable {
    /// One changing line on a terminal, plain lines elsewhere.
    case auto
    /// One line for each object.
    case plain
    /// One JSON object for each event.
    case json
    /// Nothing.
    case none
}
