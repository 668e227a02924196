import ArgumentParser
import UploadPlanning

/// The flag of commands that can plan without a build tree.
struct ListingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Plan against a recorded listing instead of the disk: `find build -printf '%y %s %p\\n'`, `tar -tv`, \
            `ls -lR`, `unzip -l`, `aws s3 ls --recursive`, or paths.
            """,
            valueName: "file"),
        completion: .file())
    var filesFrom: String?
}

extension ListingOptions {
    /// The most bytes of a listing that are read: some millions of paths.
    private static let limit = 1 << 30

    /// Reads the listing, if one was named.
    ///
    /// - Parameter context: Reads the file.
    /// - Returns: The listing, or `nil` if none was named.
    /// - Throws: A ``Diagnostic`` if it cannot be read.
    func read(_ context: Context) throws(Diagnostic) -> TreeListing? {
        guard let filesFrom else { return nil }
        do {
            return try TreeListing(parsing: context.readSmallFile(filesFrom, limit: Self.limit))
        } catch {
            let reason = error is UnreadableListing ? "the listing '\(filesFrom)' cannot be read: \(error)" : "\(error)"
            throw Diagnostic(severity: .error, code: .unreadableFile, message: reason)
        }
    }
}
