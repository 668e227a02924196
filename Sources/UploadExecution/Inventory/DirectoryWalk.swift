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

/// What a walk does about symlinks.
enum SymlinkPolicy {
    /// They are entries of their own.
    case keep
    /// They are followed when they lead to a place inside a directory, whose path is absolute and without symlinks.
    case followInside(rootPath: [UInt8])
}

/// One name of a directory, and what the walk has to do with it.
struct DirectoryChild {
    /// What is under a name.
    enum Content {
        /// A file, symlink or special file.
        case entry(FileEntry.Kind, FileVersion)
        /// A directory to descend into; if a symlink leads to it, the one it must lead to.
        case directory(followed: FileStatus.Identity?)
        /// Something that could not be looked at.
        case unreadable(Errno)
    }

    /// The name's bytes and a NUL.
    let name: [CChar]
    /// The name as text, bytes that are not UTF-8 escaped.
    let text: String
    let nameIsUTF8: Bool
    /// What is under the name.
    let content: Content
    /// What orders the names of a directory as their paths are ordered: of a directory the name and a slash, so that
    /// `a.txt` comes before `a/b`.
    private let sortKey: [UInt8]

    /// Looks at a name, or returns `nil` if nothing has that name any more.
    ///
    /// - Parameters:
    ///   - name: The name's bytes and a NUL.
    ///   - kind: What the directory says of it.
    ///   - directory: The directory.
    ///   - links: What to do about symlinks.
    ///   - ancestors: The directory and all above it: a symlink to one of these would lead in a circle.
    init?(
        _ name: [CChar], _ kind: FileStatus.Kind?, in directory: Descriptor, links: SymlinkPolicy,
        ancestors: Set<FileStatus.Identity>
    ) {
        do throws(Errno) {
            content = try Self.content(of: name, kind, in: directory, links: links, ancestors: ancestors)
        } catch {
            if error == .noSuchFileOrDirectory { return nil }
            content = .unreadable(error)
        }
        let bytes = name.dropLast().map { UInt8(truncatingIfNeeded: $0) }
        let validText = String(validating: bytes, as: UTF8.self)
        self.name = name
        text = validText ?? String(escapingInvalidUTF8: bytes)
        nameIsUTF8 = validText != nil
        sortKey = if case .directory = content { Array(text.utf8) + [UInt8(ascii: "/")] } else { Array(text.utf8) }
    }

    private static func content(
        of name: [CChar], _ kind: FileStatus.Kind?, in directory: Descriptor, links: SymlinkPolicy,
        ancestors: Set<FileStatus.Identity>
    ) throws(Errno) -> Content {
        if kind == .directory { return .directory(followed: nil) }
        let status = try directory.status(of: name)
        switch status.kind {
        case .directory: return .directory(followed: nil)
        case .regular: return .entry(.file, status.version)
        case .special: return .entry(.special, status.version)
        case .symlink:
            guard case .followInside(let rootPath) = links else { return .entry(.symlink, status.version) }
            return try target(of: name, in: directory, rootPath: rootPath, ancestors: ancestors)
                ?? .entry(.symlink, status.version)
        }
    }

    /// Returns what a symlink leads to, or `nil` if it is not to be followed.
    private static func target(
        of name: [CChar], in directory: Descriptor, rootPath: [UInt8], ancestors: Set<FileStatus.Identity>
    ) throws(Errno) -> Content? {
        let target: Descriptor
        do throws(Errno) {
            target = try directory.open(name, .pathOnly)
        } catch {
            if [Errno.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels].contains(error) { return nil }
            throw error
        }
        guard try target.realPath().isInside(rootPath) else { return nil }
        let status = try target.status()
        return switch status.kind {
        case .directory: ancestors.contains(status.identity) ? nil : .directory(followed: status.identity)
        case .regular: .entry(.file, status.version)
        case .special, .symlink: .entry(.special, status.version)
        }
    }

    /// Whether all paths through this child come before all paths through another.
    func precedes(_ other: DirectoryChild) -> Bool {
        sortKey == other.sortKey
            ? name.lexicographicallyPrecedes(other.name) : sortKey.lexicographicallyPrecedes(other.sortKey)
    }
}

extension [UInt8] {
    /// Whether this absolute path is a directory's or leads below it.
    fileprivate func isInside(_ directory: [UInt8]) -> Bool {
        let slash = UInt8(ascii: "/")
        return self == directory || directory == [slash] || starts(with: directory + [slash])
    }
}
