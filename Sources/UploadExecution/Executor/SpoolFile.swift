import LocalFiles
import RunOutputs
import SystemPackage
import UploadPlanning

/// A temporary file that an object is made in.
struct SpoolFile {
    let path: String
    private let file: HiddenFile

    /// Makes an empty file that only this user can read.
    ///
    /// - Parameter directory: A directory for temporary files, large enough for the objects.
    /// - Throws: ``StoreError`` if it cannot be made.
    init(in directory: String) throws(StoreError) {
        let number = String(UInt64.random(in: .min ... .max), radix: 36)
        let name = "therock-upload-\(number).spool"
        do throws(Errno) {
            let parent = try Descriptor.open(path: directory, [.pathOnly, .directory])
            file = try HiddenFile(
                Descriptor.cString(name.utf8), in: parent, [.writeOnly, .exclusive], mode: 0o600, .lasting)
        } catch {
            throw StoreError(
                .other, "no temporary file can be made in \(directory): \(error)",
                hint: "set TMPDIR to a directory with room for the archives")
        }
        path = "\(directory)/\(name)"
    }

    /// The file as it is now, ready to be uploaded.
    func finished() throws(StoreError) -> SourceFile {
        do throws(Errno) {
            return SourceFile(path: ExactString(path), version: try file.file.status().version)
        } catch {
            throw StoreError(.other, "the temporary file \(path) cannot be read: \(error)")
        }
    }

    /// Removes the file.
    func remove() { file.remove() }
}
