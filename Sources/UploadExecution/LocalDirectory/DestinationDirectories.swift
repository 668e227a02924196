import LocalFiles
import RunOutputs
import Synchronization

/// The directories below an output directory, of which the last one that was used stays open.
///
/// Objects of one directory stand together in a plan: opening every directory on the way to each of them took a third
/// of the time of copying small files.
final class DestinationDirectories: Sendable {
    private let outputDirectory: String
    private let synchronizes: Bool
    /// What this upload would leave behind if it were killed.
    let unfinished = UnfinishedFiles()
    private let last = Mutex<(prefix: ExactString, directory: Descriptor)?>(nil)

    /// Names an output directory; it is made with the first place.
    ///
    /// - Parameters:
    ///   - outputDirectory: The output directory.
    ///   - synchronizes: Whether new directories must be on the disk before they are used.
    init(in outputDirectory: String, synchronizes: Bool) {
        self.outputDirectory = outputDirectory
        self.synchronizes = synchronizes
    }

    /// Finds the place of a key, and makes the directories that lead to it.
    ///
    /// - Parameter key: The key.
    /// - Returns: The place.
    /// - Throws: ``StoreError`` saying which directory is in the way, or cannot be made.
    func place(of key: ExactString) throws(StoreError) -> DestinationPlace {
        // With its slash: a key that begins with one is no key of the output directory itself.
        let name = key.text.utf8.lastIndex(of: UInt8(ascii: "/")).map { key.text.utf8.index(after: $0) }
        let start = name ?? key.text.startIndex
        let prefix = ExactString(String(key.text[..<start]))
        if let last = last.withLock({ $0 }), last.prefix == prefix {
            return try DestinationPlace(key.text.utf8[start...], in: last.directory)
        }
        let place = try DestinationPlace(of: key, in: outputDirectory, synchronizes: synchronizes)
        unfinished.willWrite(to: prefix, in: outputDirectory)
        last.withLock { $0 = (prefix, place.directory) }
        return place
    }
}
