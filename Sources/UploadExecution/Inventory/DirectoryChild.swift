import LocalFiles
import RunOutputs
import SystemPackage
import UploadPlanning

/// What a walk does about symlinks.
enum SymlinkPolicy {
    /// They are entries of their own.
    case keep
    /// They are followed when they lead to a place inside a directory, whose path is absolute and without symlinks.
    case followInside(rootPath: [UInt8])
}

/// One name of a directory, and what the walk has to do with it.
struct DirectoryChild {
    /// What stands under a name.
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
    /// Whether the name is UTF-8.
    let nameIsUTF8: Bool
    /// What stands under the name.
    let content: Content
    /// What orders the names of a directory as their paths are ordered: of a directory the name and a slash, so that
    /// `a.txt` stands before `a/b`.
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

    /// Whether all paths through this child stand before all paths through another.
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
