import LocalFiles
import SystemPackage

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
    init(at place: DestinationPlace, owner: String = "file") throws(Errno) {
        name = try UnfinishedFiles.name(of: owner)
        self.place = place
        file = try place.directory.open(name, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o666)
    }

    deinit {
        if hasHiddenName { try? place.directory.remove(name) }
    }

    /// Lets the file appear at its place, instead of what is there.
    func replace() throws(Errno) {
        try place.directory.rename(name, to: place.name)
        hasHiddenName = false
    }

    /// Lets the file appear at its place if nothing is there.
    ///
    /// - Returns: Whether it did.
    func appearIfAbsent() throws(Errno) -> Bool {
        do throws(Errno) {
            try place.directory.link(name, as: place.name)
            return true
        } catch {
            if error == .fileExists { return false }
            throw error
        }
    }
}
