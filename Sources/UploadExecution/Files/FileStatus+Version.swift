import LocalFiles
import UploadPlanning

extension FileStatus {
    /// Its size and times, and which file it is.
    var version: FileVersion {
        FileVersion(
            size: size, modified: modified,
            identity: FileVersion.Identity(device: identity.device, inode: identity.inode, changed: changed))
    }
}
