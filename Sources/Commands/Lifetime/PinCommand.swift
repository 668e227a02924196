import ArgumentParser
import UploadExecution

/// `pin`: keeps a run whatever its objects' retention says.
struct PinCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "pin",
        abstract: "Keep a run: its objects no longer match the bucket's lifecycle rules.",
        discussion: """
            For example: therock-upload pin 26595281971 --reason "baseline of 7.2"

            Each object's tag therock:retain becomes therock:pinned, and its other tags stay; the reason is written to \
            \(PinRecord.filename) beside the receipts. Can be stopped and run again: the end is the same. What is uploaded \
            to the run afterwards needs another `pin`.

            Exit codes: 0 all objects are pinned, 1 some are not, 2 the run is wrong, 64 wrong command line, 130 interrupted.
            """)

    @OptionGroup var work: PinWork

    @Option(help: ArgumentHelp("Why the run is kept.", valueName: "text"))
    var reason: String

    func validate() throws {
        if reason.isEmpty || reason.utf8.count > PinWork.longestReason {
            throw ValidationError("--reason takes a text of at most \(PinWork.longestReason) bytes")
        }
    }

    func run(in context: Context) async throws { try await work.run(.pin, reason: reason, in: context) }
}

/// `unpin`: the run is kept as long as its objects' retention says.
struct UnpinCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "unpin",
        abstract: "Undo `pin`: the run's objects have their former retention again.",
        discussion: """
            The bucket counts days from the upload, so that what is older than its retention goes soon. Can be stopped and run \
            again: the end is the same.

            Exit codes: 0 no object is pinned, 1 some may be, 2 the run is wrong, 64 wrong command line, 130 interrupted.
            """)

    @OptionGroup var work: PinWork

    func run(in context: Context) async throws { try await work.run(.unpin, reason: nil, in: context) }
}
