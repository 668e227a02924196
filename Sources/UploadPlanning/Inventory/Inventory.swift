public import RunOutputs

/// What a plan needs to know of the disk before its operations can be decided.
public struct InventoryRequest: Hashable, Sendable {
    /// A directory whose whole tree is listed.
    public struct Directory: Hashable, Sendable {
        /// The path as the plan gives it, relative to the working directory or absolute.
        public var path: ExactString
        /// Whether symlinks that stay inside the directory are followed.
        public var followsSymlinks: Bool

        public init(path: ExactString, followsSymlinks: Bool = false) {
            self.path = path
            self.followsSymlinks = followsSymlinks
        }
    }

    /// The directories to list.
    public var directories: Set<Directory>
    /// Of directories that rules only pick from, the patterns: of a build tree an archive may take a file in a thousand.
    private(set) var picks: [Directory: Set<Glob>] = [:]
    /// The single files and directories to look at; symlinks in these paths are followed, since the plan names them.
    public var paths: Set<ExactString>

    /// Asks for directories and single paths.
    public init(directories: Set<Directory> = [], paths: Set<ExactString> = []) {
        self.directories = directories
        self.paths = paths
    }

    /// Adds what another request asks for.
    public mutating func formUnion(_ other: InventoryRequest) {
        for directory in other.directories { add(directory, picking: other.picks[directory]) }
        paths.formUnion(other.paths)
    }

    /// Asks for a directory, or only for the files in it that match one of some patterns.
    mutating func add(_ directory: Directory, picking patterns: Set<Glob>?) {
        let isNew = directories.insert(directory).inserted
        if let patterns, isNew || picks[directory] != nil {
            picks[directory, default: []].formUnion(patterns)
        } else {
            picks[directory] = nil
        }
    }

    /// The request for all files of the directories that are only picked from.
    public var ofAllFilesPickedFrom: InventoryRequest { InventoryRequest(directories: Set(picks.keys)) }

    /// Leaves out of listings what nobody asked for.
    ///
    /// - Parameter listings: The whole listings.
    public func prune(_ listings: inout [Directory: DirectoryListing]) {
        for (directory, patterns) in picks {
            guard case .listed(let entries, let unreadable) = listings[directory] else { continue }
            let kept = entries.filter { entry in patterns.contains { $0.matches(entry.path) } }
            listings[directory] = .listed(kept, unreadable: unreadable)
        }
    }
}

/// What the disk held when it was looked at.
///
/// A value: the planner reads it and nothing else, so that a plan can be made from a recorded listing as well.
public struct Inventory: Hashable, Sendable {
    /// The listings of the requested directories.
    public var directories: [InventoryRequest.Directory: DirectoryListing]
    /// What is at the requested paths.
    public var paths: [ExactString: PathStatus]
    /// Whether sizes are known; a recorded listing may have none.
    public var hasSizes: Bool
    /// Whether modification times are known.
    public var hasTimes: Bool

    public init(
        directories: [InventoryRequest.Directory: DirectoryListing] = [:], paths: [ExactString: PathStatus] = [:],
        hasSizes: Bool = true, hasTimes: Bool = true
    ) {
        self.directories = directories
        self.paths = paths
        self.hasSizes = hasSizes
        self.hasTimes = hasTimes
    }
}

/// What is at one path.
public enum PathStatus: Hashable, Sendable {
    /// Nothing, or a symlink to nothing.
    case absent
    case file(FileVersion)
    case directory
    /// A socket, a pipe or a device.
    case special
    /// Something that could not be looked at, and why.
    case unreadable(String)
}

/// What tells whether a file is still the one that was planned.
public struct FileVersion: Hashable, Sendable {
    /// The size in bytes, or ``unknownSize``.
    public var size: Int64
    /// The modification time in nanoseconds since 1970.
    public var modified: Int64
    /// Which file it is, where the disk was looked at; `nil` where a listing or a store was.
    public var identity: Identity?

    /// What tells a file from all others, and from itself after a change that hid its time.
    public struct Identity: Hashable, Sendable {
        /// The device, as `stat` numbers it.
        public var device: UInt64
        /// The file's number on the device.
        public var inode: UInt64
        /// When content, names or permissions last changed, in nanoseconds since 1970: nobody can set it back.
        public var changed: Int64

        /// Joins the numbers that `stat` gives.
        public init(device: UInt64, inode: UInt64, changed: Int64) {
            self.device = device
            self.inode = inode
            self.changed = changed
        }
    }

    /// Joins size, modification time and, where it is known, which file it is.
    public init(size: Int64, modified: Int64, identity: Identity? = nil) {
        self.size = size
        self.modified = modified
        self.identity = identity
    }

    /// Whether a file that was found is the one that was planned, in everything that is known of both.
    ///
    /// - Parameter planned: What the plan knows.
    /// - Returns: Whether it is.
    public func isUnchanged(since planned: FileVersion) -> Bool {
        guard size == planned.size, modified == planned.modified else { return false }
        guard let identity, let expected = planned.identity else { return true }
        return identity == expected
    }

    /// The size of files of a recorded listing that does not tell it.
    public static let unknownSize: Int64 = -1

    /// The size in bytes, or `nil` if the listing did not tell it.
    public var knownSize: Int64? { size < 0 ? nil : size }
}

/// The tree below one directory.
public enum DirectoryListing: Hashable, Sendable {
    /// There is nothing at the path.
    case absent
    /// There is something else at the path.
    case notADirectory
    /// The directory's tree: everything but directories, sorted by the bytes of the path, and what could not be read.
    case listed([FileEntry], unreadable: [UnreadablePath])
}

/// One file, symlink or special file of a listing.
public struct FileEntry: Hashable, Sendable {
    /// What kind of file it is.
    public enum Kind: Hashable, Sendable {
        /// A regular file, or a followed symlink to one.
        case file
        /// A symlink that is not followed.
        case symlink
        /// A socket, a pipe or a device.
        case special
    }

    /// The path relative to the listed directory, with `/` between segments.
    ///
    /// Of a name that is not UTF-8, the bytes that are not are written `\xFF`.
    public var path: ExactString
    /// Size and modification time; of a symlink, its own.
    public var version: FileVersion
    /// What kind of file it is.
    public var kind: Kind
    /// Whether the name is UTF-8: a file whose name is not cannot be uploaded.
    public var nameIsUTF8: Bool

    public init(path: ExactString, kind: Kind = .file, version: FileVersion, nameIsUTF8: Bool = true) {
        self.path = path
        self.kind = kind
        self.version = version
        self.nameIsUTF8 = nameIsUTF8
    }
}

/// A directory or file of a listing that could not be read.
public struct UnreadablePath: Hashable, Sendable {
    /// The path relative to the listed directory; empty for the directory itself.
    public var path: ExactString
    /// What the system said: "Permission denied".
    public var reason: String

    /// Joins a path and what the system said of it.
    public init(path: ExactString, reason: String) {
        self.path = path
        self.reason = reason
    }
}

extension RandomAccessCollection {
    /// The first position whose element belongs to the second part of a partitioned collection.
    package func partitioningIndex(where belongsToSecondPart: (Element) -> Bool) -> Index {
        var low = startIndex
        var count = count
        while count > 0 {
            let half = count / 2
            let middle = index(low, offsetBy: half)
            if belongsToSecondPart(self[middle]) {
                count = half
            } else {
                low = index(after: middle)
                count -= half + 1
            }
        }
        return low
    }
}
