public import RunOutputs

/// A recorded listing of a build tree, which stands in for the tree.
public struct TreeListing: Hashable, Sendable {
    /// The files, symlinks and special files, sorted by the bytes of the path.
    public private(set) var entries: [FileEntry]
    /// Directories that the listing names, also empty ones, and the directories of all entries.
    public private(set) var directories: Set<ExactString>
    /// Whether the listing tells the sizes of all files.
    public private(set) var hasSizes: Bool
    /// Whether the listing tells the modification times of all files.
    public private(set) var hasTimes: Bool

    /// Collects lines of a listing.
    ///
    /// - Parameter lines: What the lines say; the last one about a path counts.
    init(_ lines: [ListingLine]) {
        let paths = lines.map { ExactString($0.path.normalizedPath) }
        let directories = Self.directories(of: zip(paths, lines))
        // Of lines about one path, the last one comes first.
        let order = paths.indices.reversed().sorted { paths[$0] < paths[$1] }
        var entries: [FileEntry] = []
        entries.reserveCapacity(lines.count)
        (hasSizes, hasTimes) = (true, true)
        for index in order where entries.last?.path != paths[index] {
            let line = lines[index]
            // `find` without `-type f` names directories like files.
            guard let kind = line.kind, !directories.contains(paths[index]) else { continue }
            hasSizes = hasSizes && (line.size != nil || kind != .file)
            hasTimes = hasTimes && (line.modified != nil || kind != .file)
            entries.append(
                FileEntry(
                    path: paths[index], kind: kind,
                    version: FileVersion(size: line.size ?? FileVersion.unknownSize, modified: line.modified ?? 0),
                    nameIsUTF8: line.nameIsUTF8))
        }
        self.directories = directories
        self.entries = entries
    }

    /// The directories that lines name, and those that their paths go through.
    private static func directories(of lines: some Sequence<(ExactString, ListingLine)>) -> Set<ExactString> {
        var directories: Set<ExactString> = ["."]
        for (path, line) in lines {
            if line.kind == nil { directories.insert(path) }
            var parent = path.text.parentPath
            while let current = parent, directories.insert(ExactString(current)).inserted {
                parent = current.parentPath
            }
        }
        return directories
    }

    /// Makes a listing of files whose sizes and times are not known.
    ///
    /// - Parameter paths: The paths; one that ends with `/` is a directory.
    public init(paths: some Sequence<String>) {
        self.init(paths.map { ListingLine(plain: $0) })
    }
}

extension TreeListing {
    /// Answers what plans need to know of the disk.
    ///
    /// - Parameter request: What they ask for.
    /// - Returns: The answer, as if the listed tree were on disk.
    public func inventory(answering request: InventoryRequest) -> Inventory {
        var inventory = Inventory(hasSizes: hasSizes, hasTimes: hasTimes)
        for directory in request.directories { inventory.directories[directory] = listing(of: directory.path) }
        for path in request.paths { inventory.paths[path] = status(of: path) }
        return inventory
    }

    private func listing(of directory: ExactString) -> DirectoryListing {
        if directory == "." { return .listed(entries, unreadable: []) }
        guard directories.contains(directory) else { return entry(at: directory) == nil ? .absent : .notADirectory }
        let prefix = directory.text.joined(with: "")
        let start = firstIndex(from: ExactString(prefix))
        let below = entries[start...].prefix { $0.path.text.utf8.starts(with: prefix.utf8) }
        let relative = below.map { entry in
            var entry = entry
            entry.path = ExactString(String(entry.path.text.utf8.dropFirst(prefix.utf8.count)) ?? entry.path.text)
            return entry
        }
        return .listed(relative, unreadable: [])
    }

    private func status(of path: ExactString) -> PathStatus {
        if directories.contains(path) { return .directory }
        guard let entry = entry(at: path) else { return .absent }
        switch entry.kind {
        case .file, .symlink: return .file(entry.version)
        case .special: return .special
        }
    }

    private func entry(at path: ExactString) -> FileEntry? {
        let index = firstIndex(from: path)
        return index < entries.count && entries[index].path == path ? entries[index] : nil
    }

    /// The place of the first entry that does not stand before a path.
    private func firstIndex(from path: ExactString) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].path < path { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension String {
    /// The directory that the path is in, unless it stands at the top.
    fileprivate var parentPath: String? {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")), slash > startIndex else { return nil }
        return String(self[..<slash])
    }
}
