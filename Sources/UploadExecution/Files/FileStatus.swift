import Glibc
import UploadPlanning

/// What the system says of a file.
struct FileStatus: Hashable, Sendable {
    /// What kind of file it is.
    enum Kind: Hashable, Sendable {
        case regular, directory, symlink
        /// A socket, a pipe or a device.
        case special
    }

    /// What tells one file from all others that exist at the same time.
    struct Identity: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
    }

    /// What kind of file it is.
    let kind: Kind
    /// Its size and times, and which file it is.
    let version: FileVersion
    /// The lower nine bits of its mode.
    let permissions: mode_t
    /// Whether its owner may execute it.
    var isExecutable: Bool { permissions & S_IXUSR != 0 }
    /// Which file it is.
    let identity: Identity

    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symlink
            default: .special
            }
        permissions = status.st_mode & 0o777
        identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        version = FileVersion(
            size: Int64(status.st_size), modified: status.st_mtim.nanoseconds,
            identity: FileVersion.Identity(
                device: identity.device, inode: identity.inode, changed: status.st_ctim.nanoseconds))
    }
}

extension timespec {
    /// The time in nanoseconds since 1970.
    fileprivate var nanoseconds: Int64 { Int64(tv_sec) * 1_000_000_000 + Int64(tv_nsec) }
}
