import LocalFiles
import SystemPackage
import UploadPlanning

/// Carries a ``PlacementPlan`` out, and takes back what it did if something fails.
///
/// Where the system does not rename, between mounts or out of the lower layers of an overlay, a file is copied, and a
/// directory made and its entries moved one by one.
struct TreeMover {
    /// A directory by its path, which holds no symlink, below an open one.
    private struct Place {
        let root: Descriptor
        let names: [[CChar]]

        func appending(_ name: [CChar]) -> Place { Place(root: root, names: names + [name]) }
        func open() throws(Errno) -> Descriptor { try root.descend(names) }
    }

    /// What was done.
    private enum Step {
        case moved([CChar], from: Place, as: [CChar], to: Place)
        case made([CChar], in: Place)
        case removedDirectory([CChar], from: Place, permissions: ModeBits)
    }

    private let output: Descriptor
    private let staging: Descriptor
    private let backup: Place
    private var steps: [Step] = []
    private var backups = 0
    /// The directories of the last move, which stay open: those of one directory come together.
    private var last: (from: [[CChar]], to: [[CChar]], source: Descriptor, target: Descriptor)?

    /// Makes a mover.
    ///
    /// - Parameters:
    ///   - staging: The staging directory.
    ///   - backup: The name of an empty directory in it, for what is replaced.
    ///   - output: The output directory.
    init(from staging: Descriptor, backup: [CChar], to output: Descriptor) {
        self.staging = staging
        self.output = output
        self.backup = Place(root: staging, names: [backup])
    }

    /// Does what is planned.
    ///
    /// - Parameter actions: What a plan says, in its order.
    /// - Throws: ``StoreError`` that names what is in the way; what was done before that can be undone.
    mutating func carryOut(_ actions: [PlacementPlan.Action]) throws(StoreError) {
        for action in actions { try carryOut(action) }
    }

    /// Does one thing.
    mutating func carryOut(_ action: PlacementPlan.Action) throws(StoreError) {
        switch action {
        case .make(let name, let directory):
            let place = Place(root: output, names: directory)
            do throws(Errno) {
                try make(name, in: place.open(), place)
            } catch {
                throw StoreError(inTheWay: directory + [name], error)
            }
        case .clear(let name, let directory):
            let place = Place(root: output, names: directory)
            do throws(Errno) {
                try keepOld(name, in: place.open(), place, staysInPlace: false)
            } catch {
                throw StoreError(inTheWay: directory + [name], error)
            }
        case .move(let move):
            do throws(Errno) { try carryOut(move) } catch {
                throw StoreError(inTheWay: move.to + [move.name], error)
            }
        }
    }

    private mutating func carryOut(_ move: PlacementPlan.Move) throws(Errno) {
        let (from, to) = (Place(root: staging, names: move.from), Place(root: output, names: move.to))
        if last?.from != move.from || last?.to != move.to {
            last = (move.from, move.to, try from.open(), try to.open())
        }
        guard let last else { return }
        if move.replaces { try keepOld(move.name, in: last.target, to, staysInPlace: !move.isDirectory) }
        try self.move(move.name, in: last.source, from, as: move.name, to: last.target, to)
    }

    /// Gives what is to be replaced another name, from which it can come back: a second one, where it may stay in place
    /// until the new one is there.
    private mutating func keepOld(
        _ name: [CChar], in directory: Descriptor, _ place: Place, staysInPlace: Bool
    ) throws(Errno) {
        let kept = try Descriptor.cString(String(backups).utf8)
        backups += 1
        let old = try backup.open()
        if staysInPlace, try directory.status(of: name).kind != .directory,
            (try? directory.link(name, as: kept, in: old)) != nil
        {
            steps.append(.moved(name, from: place, as: kept, to: backup))
        } else {
            try move(name, in: directory, place, as: kept, to: old, backup)
        }
    }

    private mutating func move(
        _ name: [CChar], in source: Descriptor, _ from: Place, as newName: [CChar], to target: Descriptor, _ to: Place
    ) throws(Errno) {
        do throws(Errno) {
            try source.move(name, to: target, as: newName)
        } catch {
            // Busy: a mount point, which can be emptied and filled.
            guard error == .improperLink || error == .resourceBusy else { throw error }
            guard try source.status(of: name).kind != .directory else {
                return try moveEntries(of: name, in: source, from, as: newName, to: target, to)
            }
            try source.copy(name, to: target, as: newName)
            try source.remove(name)
        }
        steps.append(.moved(name, from: from, as: newName, to: to))
    }

    private mutating func moveEntries(
        of name: [CChar], in parent: Descriptor, _ from: Place, as newName: [CChar], to other: Descriptor, _ to: Place
    ) throws(Errno) {
        try make(newName, in: other, to)
        let permissions = try parent.status(of: name).permissions
        try other.setPermissions(of: newName, permissions | 0o700)
        let (source, target) = (try parent.descend([name]), try other.descend([newName]))
        var names: [[CChar]] = []
        try source.forEachName { child, _ in names.append(child) }
        for child in names {
            try move(child, in: source, from.appending(name), as: child, to: target, to.appending(newName))
        }
        do throws(Errno) {
            try parent.removeDirectory(name)
            steps.append(.removedDirectory(name, from: from, permissions: permissions))
        } catch {
            guard error == .resourceBusy else { throw error }
        }
    }

    private mutating func make(_ name: [CChar], in directory: Descriptor, _ place: Place) throws(Errno) {
        do throws(Errno) {
            try directory.makeDirectory(name)
            steps.append(.made(name, in: place))
        } catch {
            guard error == .fileExists, try directory.status(of: name).kind == .directory else { throw error }
        }
    }

    /// Takes back everything that was done.
    ///
    /// - Returns: Whether everything is as it was.
    mutating func undo() -> Bool {
        last = nil
        let done = steps
        steps = []
        do throws(Errno) {
            for step in done.reversed() {
                switch step {
                case .moved(let name, let from, let newName, let to):
                    try move(newName, in: to.open(), to, as: name, to: from.open(), from)
                case .made(let name, let place): try place.open().removeDirectory(name)
                case .removedDirectory(let name, let place, let permissions):
                    let parent = try place.open()
                    try parent.makeDirectory(name)
                    try parent.setPermissions(of: name, permissions)
                }
            }
            return true
        } catch {
            return false
        }
    }
}

extension Descriptor {
    /// Copies a file or symlink of this directory to another one, where it appears as a whole and on the disk, instead
    /// of what has its name there.
    ///
    /// - Parameters:
    ///   - name: The file.
    ///   - other: The other directory.
    ///   - newName: The name of the copy.
    /// - Throws: What the system answered.
    fileprivate func copy(_ name: [CChar], to other: Descriptor, as newName: [CChar]) throws(Errno) {
        let hidden = try Self.cString(".therock-move.part".utf8)
        try? other.remove(hidden)
        do throws(Errno) {
            if try status(of: name).kind == .symlink {
                try other.makeSymlink(hidden, to: linkTarget(of: name))
            } else {
                let source = try open(name, [.readOnly, .noFollow, .nonBlocking])
                let copy = try other.open(hidden, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600)
                try source.copyContents(to: copy)
                try copy.synchronize()
            }
            try other.rename(hidden, to: newName)
            try? other.synchronizeDirectory()
        } catch {
            try? other.remove(hidden)
            throw error
        }
    }

    /// Copies the bytes of this file, its permissions and its modification time.
    private func copyContents(to copy: Descriptor) throws(Errno) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { unsafe buffer.deallocate() }
        while case let count = try unsafe read(into: buffer), count > 0 {
            try unsafe copy.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        let status = try status()
        try copy.setPermissions(status.permissions)
        try copy.setModified(status.version.modified)
    }
}
