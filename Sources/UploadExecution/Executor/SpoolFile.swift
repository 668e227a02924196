import LocalFiles
import RunOutputs
import SystemPackage
import UploadPlanning

/// A temporary file that an object is made in.
struct SpoolFile {
    /// Its path.
    let path: String

    /// Makes an empty file that only this user can read.
    ///
    /// - Parameter directory: A directory for temporary files, large enough for the objects.
    /// - Throws: ``StoreError`` if it cannot be made.
    init(in directory: String) throws(StoreError) {
        let number = String(UInt64.random(in: .min ... .max), radix: 36)
        let name = "therock-upload-\(number).spool"
        do throws(Errno) {
            let parent = try Descriptor.open(path: directory, [.pathOnly, .directory])
            _ = try parent.open(Descriptor.cString(name.utf8), [.writeOnly, .create, .exclusive], mode: 0o600)
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
            let status = try Descriptor.open(path: path, .pathOnly).status()
            return SourceFile(path: ExactString(path), version: status.version)
        } catch {
            throw StoreError(.other, "the temporary file \(path) is gone: \(error)")
        }
    }

    /// Removes the file.
    func remove() { LocalPath.unlink(path) }
}
