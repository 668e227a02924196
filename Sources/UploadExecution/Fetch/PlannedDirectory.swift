import LocalFiles
import SystemPackage

/// A directory as it will be when everything that is planned has been moved.
///
/// Until something is planned for it, it is what is on the disk: it is read when it is asked for the first time, and no
/// descriptor stays open.
final class PlannedDirectory {
    typealias Path = ConfinedPath<PlannedDirectory>

    /// Where it is now: below which open directory, and under which names.
    private let origin: (root: Descriptor, names: [[CChar]])?
    private var entries: [[CChar]: TreeEntry<PlannedDirectory>]?
    /// Where what is planned is now: the directory below the staging directory, by name.
    private var sources: [[CChar]: [[CChar]]] = [:]
    private var isWritable = false

    /// Stands for a directory on the disk.
    ///
    /// - Parameters:
    ///   - root: An open directory.
    ///   - names: The path below it, which holds no symlink.
    init(root: Descriptor, names: [[CChar]]) { origin = (root, names) }

    /// Stands for a directory that will be made.
    init() { (origin, entries) = (nil, [:]) }

    /// Says what it will hold under a name.
    func entry(_ name: [CChar]) throws(Errno) -> TreeEntry<PlannedDirectory> {
        try load()
        return entries?[name] ?? .absent
    }

    /// Plans what it will hold under a name.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - entry: What it will be.
    ///   - source: The directory below the staging directory that it is in now.
    func plan(_ name: [CChar], _ entry: TreeEntry<PlannedDirectory>, from source: [[CChar]]? = nil) {
        entries?[name] = entry
        sources[name] = source
    }

    /// Where what it will hold under a name is now, if an artifact brings it.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - staging: The staging directory.
    /// - Returns: The directory below the staging directory; `nil` for what was in the output directory before.
    func source(of name: [CChar], in staging: Descriptor) -> [[CChar]]? {
        if let source = sources[name] { return source }
        guard let origin, origin.root === staging else { return nil }
        return origin.names
    }

    /// Everything that it will hold, in the order of the names.
    func sorted() throws(Errno) -> [(name: [CChar], entry: TreeEntry<PlannedDirectory>)] {
        try load()
        return (entries ?? [:]).sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
    }

    /// Makes sure that names can be made in it, if it exists already.
    func checkWritable() throws(Errno) {
        guard !isWritable, let origin else { return }
        try origin.root.descend(origin.names).checkWritableDirectory()
        isWritable = true
    }

    private func load() throws(Errno) {
        guard entries == nil, let origin else { return }
        let directory = try origin.root.descend(origin.names)
        var names: [([CChar], FileStatus.Kind?)] = []
        try directory.forEachName { name, kind in names.append((name, kind)) }
        var entries: [[CChar]: TreeEntry<PlannedDirectory>] = [:]
        for (name, kind) in names {
            let kind = if let kind { kind } else { try directory.status(of: name).kind }
            switch kind {
            case .directory:
                entries[name] = .directory(PlannedDirectory(root: origin.root, names: origin.names + [name]))
            case .symlink: entries[name] = .symlink(target: try directory.linkTarget(of: name))
            case .regular, .special: entries[name] = .file
            }
        }
        self.entries = entries
    }
}
