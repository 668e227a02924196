import Glibc
package import SystemPackage

/// What a tree holds under one name of a directory.
package enum TreeEntry<Directory> {
    case directory(Directory)
    case symlink(target: [UInt8])
    /// Anything that has no names below it.
    case file
    case absent
}

/// Why a path cannot be followed inside a tree.
package enum ConfinementError: Error, Equatable {
    /// It leads out of the tree, or may: through an absolute symlink, or by more `..` than it is deep.
    case leadsOut
    /// What the system answered.
    case system(Errno)
}

/// A path below the root of a tree, with all symlinks on the way resolved as the system would, but never past the root.
///
/// What does not exist counts as a directory that may be made: `absent/..` is where `absent` would be.
package struct ConfinedPath<Directory> {
    /// One name on the way; the directory is `nil` where nothing has that name yet.
    package struct Step {
        package let name: [CChar]
        package let directory: Directory?
    }

    /// Says what a directory holds under a name.
    package typealias Lookup = ([CChar], Directory) throws(Errno) -> TreeEntry<Directory>

    /// The directory that nothing leads out of.
    package let root: Directory
    /// The names below the root, none of which is a symlink.
    package private(set) var steps: [Step] = []

    /// The most symlinks that Linux follows for one path.
    private static var linkLimit: Int { 40 }

    /// At the root.
    package init(root: Directory) { self.root = root }

    /// The names below the root.
    package var names: [[CChar]] { steps.map(\.name) }

    /// The directory, or `nil` if it does not exist yet.
    package var directory: Directory? { steps.isEmpty ? root : steps[steps.count - 1].directory }

    /// The path of a name in this directory, without a look at what it is.
    package func appending(_ name: [CChar], _ directory: Directory?) -> Self {
        var path = self
        path.steps.append(Step(name: name, directory: directory))
        return path
    }

    /// Goes on along some names.
    ///
    /// - Parameters:
    ///   - names: The names, `..` among them.
    ///   - lookup: Says what is there.
    /// - Throws: ``ConfinementError``: `ENOTDIR` where a file has one of the names, `ELOOP` for too many symlinks.
    package mutating func follow(_ names: some Sequence<[CChar]>, _ lookup: Lookup) throws(ConfinementError) {
        var pending = Array(names.reversed())
        var links = 0
        while let name = pending.popLast() {
            if name == LinkTarget.up {
                guard steps.popLast() != nil else { throw .leadsOut }
                continue
            }
            switch try entry(name, lookup) {
            case .directory(let directory): steps.append(Step(name: name, directory: directory))
            case .absent: steps.append(Step(name: name, directory: nil))
            case .file: throw .system(.notDirectory)
            case .symlink(let target):
                links += 1
                guard links <= Self.linkLimit else { throw .system(.tooManySymbolicLinkLevels) }
                guard let target = LinkTarget(target) else { throw .leadsOut }
                pending += target.names.reversed()
            }
        }
    }

    private func entry(_ name: [CChar], _ lookup: Lookup) throws(ConfinementError) -> TreeEntry<Directory> {
        guard let directory else { return .absent }
        do throws(Errno) {
            return try lookup(name, directory)
        } catch {
            throw .system(error)
        }
    }

    /// Whether a symlink in this directory leads out of the tree.
    ///
    /// One that cannot be followed, since it leads in a circle or below a file, leads nowhere.
    ///
    /// - Parameters:
    ///   - target: What the symlink says.
    ///   - lookup: Says what is there.
    /// - Returns: `true` if it leads out.
    package func isLeft(by target: [UInt8], _ lookup: Lookup) -> Bool {
        guard let target = LinkTarget(target) else { return true }
        var path = self
        do throws(ConfinementError) {
            try path.follow(target.names, lookup)
            return false
        } catch {
            return error == .leadsOut
        }
    }
}

/// The relative path that a symlink leads along.
package struct LinkTarget: Hashable {
    /// `..`, and its NUL.
    package static let up: [CChar] = [46, 46, 0]

    /// The names, each ended by a NUL, without `.`.
    package let names: [[CChar]]

    /// Reads what a symlink says, or returns `nil` for an absolute path, and for an empty one, which no system takes.
    package init?(_ target: [UInt8]) {
        guard let first = target.first, first != UInt8(ascii: "/"), !target.contains(0) else { return nil }
        names = target.split(separator: UInt8(ascii: "/")).filter { $0 != [UInt8(ascii: ".")] }
            .map { $0.map { CChar(truncatingIfNeeded: $0) } + [0] }
    }

    /// How many directories up it begins.
    package var leadingUps: Int { names.prefix { $0 == Self.up }.count }

    /// Whether it goes up behind a name: where that leads depends on what has the name.
    package var goesUpLater: Bool { names.dropFirst(leadingUps).contains(Self.up) }
}
