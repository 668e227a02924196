public import Foundation
import Glibc

/// One entry of a directory tree that a test makes.
public struct SampleEntry: Sendable {
    public enum Kind: Sendable {
        case file(Data)
        case symlink(to: String)
        /// A second name of a file, by its path in the tree.
        case link(to: String)
        case directory
    }

    public var kind: Kind
    /// The permissions, where they are not the usual ones.
    public var mode: mode_t?

    /// Describes an entry.
    ///
    /// - Parameters:
    ///   - kind: What it is.
    ///   - mode: The permissions, where they are not the usual ones.
    public init(_ kind: Kind, mode: mode_t? = nil) {
        self.kind = kind
        self.mode = mode
    }

    /// A regular file with a text.
    ///
    /// - Parameter text: The text.
    /// - Returns: The entry.
    public static func text(_ text: String) -> SampleEntry { SampleEntry(.file(Data(text.utf8))) }
}

/// A directory tree that a test makes and looks at.
public struct SampleTree: Sendable {
    /// The directory, which exists.
    public var root: URL

    /// The tree below a directory.
    ///
    /// - Parameter root: The directory.
    public init(at root: URL) { self.root = root }

    /// Makes entries with the directories that they are in.
    ///
    /// - Parameters:
    ///   - entries: The entries by path.
    ///   - modified: The time of modification that files and symlinks get, in seconds since 1970.
    /// - Throws: If one cannot be made.
    public func make(_ entries: [String: SampleEntry], modified: Int? = nil) throws {
        try make(entries.map { ($0.key, $0.value) }, modified: modified)
    }

    /// Makes entries, also ones whose paths Swift would take for equal.
    ///
    /// - Parameters:
    ///   - entries: The entries with their paths.
    ///   - modified: The time of modification that files and symlinks get, in seconds since 1970.
    /// - Throws: If one cannot be made.
    public func make(_ entries: [(path: String, entry: SampleEntry)], modified: Int? = nil) throws {
        var made: Set<Substring> = []
        for (path, entry) in entries {
            let place = root.path + "/" + path
            let isDirectory = if case .directory = entry.kind { true } else { false }
            let directory = isDirectory ? place[...] : place[..<(place.lastIndex(of: "/") ?? place.startIndex)]
            if made.insert(directory).inserted { try makeDirectories(directory) }
            switch entry.kind {
            case .file(let data): try write(data, to: unsafe open(place, O_WRONLY | O_CREAT | O_TRUNC, 0o644), place)
            case .symlink(let target): try check(unsafe symlink(target, place), place)
            case .link(let path): try check(unsafe link(root.path + "/" + path, place), place)
            case .directory: break
            }
            if let modified, !isDirectory {
                let time = timespec(tv_sec: modified, tv_nsec: 0)
                let times = [time, time]
                try check(unsafe utimensat(AT_FDCWD, place, times, AT_SYMLINK_NOFOLLOW), place)
            }
        }
        // Last, because a directory may forbid to write into it.
        for (path, entry) in entries {
            if let mode = entry.mode { try check(unsafe chmod(root.path + "/" + path, mode), path) }
        }
    }

    /// Makes many files with the same content in no time: they are hard links, for which the disk looks for no inodes.
    ///
    /// - Parameter paths: The paths of the files.
    /// - Throws: If one cannot be made.
    public func makeLinks(_ paths: [String]) throws {
        guard let first = paths.first else { return }
        let links = paths.dropFirst().map { (path: $0, entry: SampleEntry(.link(to: first))) }
        try make([(path: first, entry: .text("content"))] + links)
    }

    /// Makes a file whose name may be any bytes, in directories that may be nested beyond the limit for paths.
    ///
    /// - Parameters:
    ///   - path: The components of the path.
    ///   - contents: What is in it.
    /// - Throws: If it cannot be made.
    public func makeFile(named path: [[UInt8]], contents: String) throws {
        var directory = unsafe open(root.path, O_RDONLY | O_DIRECTORY)
        try check(directory, root.path)
        defer { close(directory) }
        for component in path.dropLast() {
            let name = component.map { CChar(bitPattern: $0) } + [0]
            _ = unsafe mkdirat(directory, name, 0o755)
            let next = unsafe openat(directory, name, O_RDONLY | O_DIRECTORY)
            try check(next, "a component")
            close(directory)
            directory = next
        }
        let name = (path.last ?? []).map { CChar(bitPattern: $0) } + [0]
        try write(Data(contents.utf8), to: unsafe openat(directory, name, O_WRONLY | O_CREAT, 0o644), "the file")
    }

    /// Everything that can be seen of the tree: path, kind, permissions, size, time of modification, target.
    ///
    /// - Parameter excluded: Entries at the top that do not count.
    /// - Returns: One text for each entry, sorted.
    /// - Throws: If the directory cannot be read.
    public func snapshot(without excluded: Set<String> = []) throws -> [String] {
        try entries().compactMap { path, status in
            guard !excluded.contains(String(path.prefix { $0 != "/" })) else { return nil }
            let (mode, time) = (String(status.st_mode, radix: 8), status.st_mtim)
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: root.path + "/" + path)
            return "\(path) \(mode) \(status.st_size) \(time.tv_sec).\(time.tv_nsec) \(target ?? "")"
        }.sorted()
    }

    /// The paths of all that is not a directory, sorted; none if there is no such directory.
    ///
    /// - Returns: The paths, relative to the directory.
    /// - Throws: If the directory cannot be read.
    public func paths() throws -> [String] {
        guard FileManager.default.fileExists(atPath: root.path) else { return [] }
        return try entries().filter { $0.status.st_mode & S_IFMT != S_IFDIR }.map(\.path).sorted()
    }

    /// All entries below the directory, in any order.
    private func entries(below directory: String = "") throws -> [(path: String, status: stat)] {
        let names = try FileManager.default.contentsOfDirectory(atPath: root.path + "/" + directory)
        return try names.flatMap { name in
            let path = directory + name
            var status = stat()
            try check(unsafe lstat(root.path + "/" + path, &status), path)
            let below = status.st_mode & S_IFMT == S_IFDIR ? try entries(below: path + "/") : []
            return [(path, status)] + below
        }
    }

    /// Writes a small file; Foundation would wait until the disk has it.
    private func write(_ data: Data, to file: Int32, _ path: String) throws {
        try check(file, path)
        defer { close(file) }
        var rest = data[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            try check(Int32(clamping: count), path)
            rest = rest.dropFirst(count)
        }
    }

    private func makeDirectories(_ path: Substring) throws {
        if unsafe mkdir(String(path), 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/") else { throw failure(String(path)) }
        try makeDirectories(path[..<slash])
        try makeDirectories(path)
    }

    private func check(_ result: Int32, _ path: String) throws {
        if result < 0 { throw failure(path) }
    }

    private func failure(_ path: String) -> POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}
