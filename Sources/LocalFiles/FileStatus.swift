import Glibc

/// What the system says of a file.
package struct FileStatus: Hashable, Sendable {
    /// What kind of file it is.
    package enum Kind: Hashable, Sendable {
        case regular, directory, symlink
        /// A socket, a pipe or a device.
        case special
    }

    /// What tells one file from all others that exist at the same time.
    package struct Identity: Hashable, Sendable {
        package let device: UInt64
        package let inode: UInt64
    }

    /// What kind of file it is.
    package let kind: Kind
    /// Its size in bytes.
    package let size: Int64
    /// When its contents were last modified, in nanoseconds since 1970.
    package let modified: Int64
    /// When its contents, mode or names last changed, in nanoseconds since 1970.
    package let changed: Int64
    /// The lower nine bits of its mode.
    package let permissions: ModeBits
    /// Whether its owner may execute it.
    package var isExecutable: Bool { permissions & S_IXUSR != 0 }
    /// Which file it is.
    package let identity: Identity

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
        size = Int64(status.st_size)
        modified = status.st_mtim.nanoseconds
        changed = status.st_ctim.nanoseconds
    }
}

extension timespec {
    /// The time in nanoseconds since 1970.
    fileprivate var nanoseconds: Int64 { Int64(tv_sec) * 1_000_000_000 + Int64(tv_nsec) }
}
