import LocalFiles
import RunOutputs
import SystemPackage
import UploadPlanning

/// Lists one directory's tree, depth first and in the order of the paths' bytes.
///
/// Neither deep nesting nor long paths are a limit: the stack is an array, every call names one file relative to an
/// open directory, and only the innermost directories are kept open.
struct DirectoryWalk {
    private let root: Descriptor
    private let links: SymlinkPolicy
    private var frames: [Frame] = []
    private var entries: [FileEntry] = []
    private var unreadable: [UnreadablePath] = []

    private static let openDirectoryLimit = 16

    /// A directory on the way from the root to the current one.
    private struct Frame {
        /// The directory, or `nil` while it is closed because others are deeper.
        var directory: Descriptor?
        let name: [CChar]
        let isFollowed: Bool
        let identity: FileStatus.Identity
        /// Its path and a slash; empty for the root.
        let prefix: String
        /// What is still to do, the next one last.
        var children: [DirectoryChild]
    }

    /// A name of a directory, and what the directory says of it.
    private struct DirectoryName {
        let name: [CChar]
        let kind: FileStatus.Kind?
    }

    private init(root: Descriptor, links: SymlinkPolicy) {
        self.root = root
        self.links = links
    }

    /// Lists a directory.
    ///
    /// - Parameters:
    ///   - root: The directory.
    ///   - followsSymlinks: Whether symlinks that lead to a place inside the directory are followed.
    /// - Returns: The files, and what could not be read.
    static func list(_ root: Descriptor, followsSymlinks: Bool) -> DirectoryListing {
        do {
            let links = followsSymlinks ? SymlinkPolicy.followInside(rootPath: try root.realPath()) : .keep
            var walk = DirectoryWalk(root: root, links: links)
            try walk.enter(root, name: [], isFollowed: false, prefix: "")
            walk.walkAll()
            return walk.listing()
        } catch {
            return .listed([], unreadable: [UnreadablePath(path: "", reason: error.description)])
        }
    }

    private mutating func walkAll() {
        while let depth = frames.indices.last {
            guard let child = frames[depth].children.popLast() else {
                frames.removeLast()
                continue
            }
            let path = frames[depth].prefix + child.text
            switch child.content {
            case .entry(let kind, let version):
                entries.append(
                    FileEntry(path: ExactString(path), kind: kind, version: version, nameIsUTF8: child.nameIsUTF8))
            case .unreadable(let error):
                note(error, at: path)
            case .directory(let followed):
                do { try descend(into: child, expecting: followed, path: path) } catch { note(error, at: path) }
            }
        }
    }

    private func listing() -> DirectoryListing {
        // Escapes can make two names equal or change their order; everything else comes in order.
        let isInOrder = entries.allSatisfy(\.nameIsUTF8)
        return .listed(
            isInOrder ? entries : entries.sorted { $0.path < $1.path },
            unreadable: unreadable.sorted { $0.path < $1.path }
        )
    }

    private mutating func note(_ error: Errno, at path: String) {
        if error == .noSuchFileOrDirectory { return }  // removed since its directory was read: it is not there
        unreadable.append(UnreadablePath(path: ExactString(path), reason: error.description))
    }
}

// MARK: - Directories

extension DirectoryWalk {
    private mutating func descend(
        into child: DirectoryChild, expecting followed: FileStatus.Identity?, path: String
    ) throws(Errno) {
        let parent = try openDirectory(at: frames.count - 1)
        let directory = try parent.open(child.name, Self.flags(isFollowed: followed != nil))
        if let followed, try directory.status().identity != followed {
            throw Errno.staleNFSFileHandle  // The link leads elsewhere by now.
        }
        try enter(directory, name: child.name, isFollowed: followed != nil, prefix: path + "/")
    }

    private mutating func enter(
        _ directory: Descriptor, name: [CChar], isFollowed: Bool, prefix: String
    ) throws(Errno) {
        let identity = try directory.status().identity
        let ancestors: Set<FileStatus.Identity> =
            if case .keep = links { [] } else { Set(frames.map(\.identity)).union([identity]) }
        var names: [DirectoryName] = []
        do throws(Errno) {
            try directory.forEachName { names.append(DirectoryName(name: $0, kind: $1)) }
        } catch {
            note(error, at: String(prefix.dropLast()))
        }
        var children = names.concurrentCompactMap { [links] name in
            DirectoryChild(name.name, name.kind, in: directory, links: links, ancestors: ancestors)
        }
        children.sort { $1.precedes($0) }
        frames.append(
            Frame(
                directory: directory, name: name, isFollowed: isFollowed, identity: identity, prefix: prefix,
                children: children))
        let outermostOpen = frames.count - Self.openDirectoryLimit
        if outermostOpen > 0 { frames[outermostOpen].directory = nil }
    }

    /// Returns the directory of a frame, opened again from the root if it was closed.
    private mutating func openDirectory(at index: Int) throws(Errno) -> Descriptor {
        if let directory = frames[index].directory { return directory }
        var directory = root
        for frame in frames[...index].dropFirst() {
            directory = try directory.open(frame.name, Self.flags(isFollowed: frame.isFollowed))
        }
        guard try directory.status().identity == frames[index].identity else { throw Errno.staleNFSFileHandle }
        frames[index].directory = directory
        return directory
    }

    private static func flags(isFollowed: Bool) -> Descriptor.Flags {
        isFollowed ? [.readOnly, .directory, .nonBlocking] : [.readOnly, .directory, .nonBlocking, .noFollow]
    }
}
