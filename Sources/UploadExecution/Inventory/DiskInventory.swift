import LocalFiles
import RunOutputs
import SystemPackage
public import UploadPlanning

/// Looks at the disk for a plan.
public enum DiskInventory {
    /// Lists directories and looks at single paths.
    ///
    /// It blocks while it reads. What cannot be read is part of the result; what vanishes while it is listed is not.
    /// - Parameter request: What to look at. Relative paths are relative to the working directory.
    /// - Returns: What the disk holds.
    public static func take(_ request: InventoryRequest) -> Inventory {
        var listings = wholeListings(of: request.directories)
        request.prune(&listings)
        let paths = request.paths.map { ($0, status(of: $0)) }
        return Inventory(directories: listings, paths: Dictionary(uniqueKeysWithValues: paths))
    }

    private static func wholeListings(
        of directories: Set<InventoryRequest.Directory>
    ) -> [InventoryRequest.Directory: DirectoryListing] {
        var listings = ListingsInProgress()
        // Outer directories first, so that inner ones can be cut out of them.
        for directory in directories.sorted(by: { $0.path.text.utf8.count < $1.path.text.utf8.count }) {
            listings.add(directory)
        }
        return listings.finished
    }

    private static func status(of path: ExactString) -> PathStatus {
        do throws(Errno) {
            let status = try Descriptor.open(path: path.text, .pathOnly).status()
            return switch status.kind {
            case .regular: .file(status.version)
            case .directory: .directory
            case .special, .symlink: .special
            }
        } catch {
            return error.meansAbsent ? .absent : .unreadable(error.description)
        }
    }
}

/// The listings made so far, so that no tree is walked twice.
private struct ListingsInProgress {
    private(set) var finished: [InventoryRequest.Directory: DirectoryListing] = [:]
    private var walked: [(segments: [String.UTF8View.SubSequence], listing: DirectoryListing)] = []

    mutating func add(_ directory: InventoryRequest.Directory) {
        guard !directory.followsSymlinks, let segments = directory.path.plainSegments else {
            finished[directory] = Self.walk(directory)
            return
        }
        for outer in walked where segments.starts(with: outer.segments, by: { $0.elementsEqual($1) }) {
            let relativePath = segments[outer.segments.count...].map { String(Substring($0)) }
            if let slice = outer.listing.slice(below: relativePath.joined(separator: "/")) {
                finished[directory] = slice
                return
            }
        }
        let listing = Self.walk(directory)
        finished[directory] = listing
        walked.append((segments, listing))
    }

    private static func walk(_ directory: InventoryRequest.Directory) -> DirectoryListing {
        let path = directory.path.text
        do throws(Errno) {
            let root = try Descriptor.open(path: path, [.readOnly, .directory, .nonBlocking])
            return DirectoryWalk.list(root, followsSymlinks: directory.followsSymlinks)
        } catch {
            if error == .notDirectory, (try? Descriptor.open(path: path, .pathOnly)) != nil {
                return .notADirectory
            }
            if error.meansAbsent { return .absent }
            return .listed([], unreadable: [UnreadablePath(path: "", reason: error.description)])
        }
    }
}

extension Errno {
    /// Whether there is nothing at the path, not even a directory that it could be in.
    fileprivate var meansAbsent: Bool { self == .noSuchFileOrDirectory || self == .notDirectory }
}

extension ExactString {
    /// The segments of the path, an empty one first if it is absolute; `nil` if it has a `..`.
    fileprivate var plainSegments: [String.UTF8View.SubSequence]? {
        let slash = UInt8(ascii: "/")
        let parts = text.utf8.split(separator: slash).filter { !$0.elementsEqual(".".utf8) }
        if parts.contains(where: { $0.elementsEqual("..".utf8) }) { return nil }
        return text.utf8.first == slash ? [""[...].utf8] + parts : parts
    }
}

extension DirectoryListing {
    /// Returns the listing of a directory in this one.
    ///
    /// - Parameter path: Its path in this one, without `.` or `..`.
    /// - Returns: The listing that walking it would give, or `nil` where that cannot be told: a directory without
    ///   files leaves no trace in the outer listing, nor does one that a symlink leads to.
    fileprivate func slice(below path: String) -> DirectoryListing? {
        guard case .listed(let entries, let unreadable) = self else { return nil }
        if path.isEmpty { return self }
        let prefix = ExactString(path + "/")
        let start = entries.partitioningIndex { !($0.path < prefix) }
        let slice = entries[start...].prefix { $0.path.text.utf8.starts(with: prefix.text.utf8) }
        // An escaped name can look like another one.
        guard !slice.isEmpty, slice.allSatisfy(\.nameIsUTF8) else { return nil }
        return .listed(
            slice.map { entry in
                var entry = entry
                entry.path = entry.path.dropping(prefix)
                return entry
            },
            unreadable: unreadable.filter {
                $0.path.text.utf8.starts(with: prefix.text.utf8) || $0.path == ExactString(path)
            }
            .map { UnreadablePath(path: $0.path.dropping(prefix), reason: $0.reason) }
        )
    }
}

extension ExactString {
    fileprivate func dropping(_ prefix: ExactString) -> ExactString {
        ExactString(String(Substring(text.utf8.dropFirst(prefix.text.utf8.count))))
    }
}
