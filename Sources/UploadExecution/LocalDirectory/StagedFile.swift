import Glibc
import LocalFiles

/// A file that is being written under a hidden name, next to the place where it will appear as a whole.
///
/// The hidden name is removed with the last reference, whatever happened.
final class StagedFile {
    /// The file, open for writing.
    let file: Descriptor
    private let place: DestinationPlace
    private let name: [CChar]
    private var hasHiddenName = true
    /// Makes an empty file in the directory of a place.
    ///
    /// - Parameters:
    ///   - place: Where the file will appear.
    ///   - owner: Who is looked for if the file is left behind; see ``UnfinishedFiles``.
    /// - Throws: What the system answered.
    init(at place: DestinationPlace, owner: String = "file") throws(SystemError) {
        name = try UnfinishedFiles.name(of: owner)
        self.place = place
        file = try place.directory.open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o666)
    }

    deinit {
        if hasHiddenName { try? place.directory.remove(name) }
    }

    /// Lets the file appear at its place, instead of what is there.
    func replace() throws(SystemError) {
        try place.directory.rename(name, to: place.name)
        hasHiddenName = false
    }

    /// Lets the file appear at its place if nothing is there.
    ///
    /// - Returns: Whether it did.
    func appearIfAbsent() throws(SystemError) -> Bool {
        do throws(SystemError) {
            try place.directory.link(name, as: place.name)
            return true
        } catch {
            if error.code == EEXIST { return false }
            throw error
        }
    }
}
