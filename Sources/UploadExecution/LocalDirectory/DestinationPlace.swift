import LocalFiles
import RunOutputs
import Synchronization
import SystemPackage

/// Where one object goes: an open directory below the output directory, and a name in it.
struct DestinationPlace {
    let directory: Descriptor
    /// The name's bytes and a NUL.
    let name: [CChar]

    /// Finds the place of a key, and makes the directories that lead to it.
    ///
    /// No symlink below the output directory is followed, wherever it leads: what is published stays inside.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - outputDirectory: The output directory. Symlinks in its own path are followed.
    ///   - synchronizes: Whether new directories must be on the disk before this returns.
    /// - Throws: ``StoreError`` saying which directory is in the way, or cannot be made.
    init(of key: ExactString, in outputDirectory: String, synchronizes: Bool) throws(StoreError) {
        let segments = try Self.segments(of: key)
        var directory = try Self.open(outputDirectory, synchronizes: synchronizes)
        for (index, segment) in segments.dropLast().enumerated() {
            do throws(Errno) {
                directory = try directory.enter(segment, .noFollow, synchronizes: synchronizes)
            } catch {
                let path = key.text.utf8.split(separator: UInt8(ascii: "/"))[...index].map { String(Substring($0)) }
                throw StoreError(
                    blockedBy: path.joined(separator: "/"), kind: try? directory.status(of: segment).kind, error)
            }
        }
        self.directory = directory
        name = segments[segments.count - 1]
    }

    /// Finds the place of a name in a directory that is open already.
    ///
    /// - Parameters:
    ///   - name: The last segment of a key.
    ///   - directory: The directory.
    /// - Throws: ``StoreError`` if the segment is not a file name.
    init(_ name: Substring.UTF8View, in directory: Descriptor) throws(StoreError) {
        self.name = try Self.name(name)
        self.directory = directory
    }

    /// Makes an empty file in the place's directory, to be filled before it appears.
    ///
    /// - Parameter owner: Who is looked for if the file is left behind; see ``UnfinishedFiles``.
    /// - Returns: The file, open for writing.
    /// - Throws: What the system answered.
    func stagedFile(of owner: String = "file") throws(Errno) -> HiddenFile {
        try HiddenFile(UnfinishedFiles.name(of: owner), in: directory, [.writeOnly, .exclusive], .reference)
    }

    /// What is at the place, or `nil` for nothing.
    ///
    /// - Throws: ``StoreError`` if it is a directory, or cannot be looked at.
    func existing() throws(StoreError) -> FileStatus? {
        do throws(Errno) {
            let status = try directory.status(of: name)
            if status.kind == .directory { throw Errno.isDirectory }
            return status
        } catch {
            if error == .noSuchFileOrDirectory { return nil }
            throw StoreError(destination: error)
        }
    }

    private static func segments(of key: ExactString) throws(StoreError) -> [[CChar]] {
        var names: [[CChar]] = []
        for segment in key.text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            names.append(try name(segment))
        }
        return names
    }

    private static func name(_ segment: Substring.UTF8View) throws(StoreError) -> [CChar] {
        let text = String(Substring(segment))
        guard !["", ".", ".."].contains(text), let name = try? Descriptor.cString(segment) else {
            throw StoreError(.destination, "a directory cannot hold the key: '\(text)' is not a file name")
        }
        guard segment.count <= Descriptor.longestName else { throw StoreError(destination: Errno.fileNameTooLong) }
        return name
    }

    /// Opens the output directory, and makes it and those it is in if they are missing.
    private static func open(_ path: String, synchronizes: Bool) throws(StoreError) -> Descriptor {
        do throws(Errno) {
            var directory = try Descriptor.open(
                path: path.utf8.first == UInt8(ascii: "/") ? "/" : ".", [.pathOnly, .directory])
            for segment in path.utf8.split(separator: UInt8(ascii: "/")) {
                directory = try directory.enter(Descriptor.cString(segment), [], synchronizes: synchronizes)
            }
            return directory
        } catch {
            throw StoreError(
                .destination, "the output directory cannot be opened: \(error)", hint: "check that \(path) can be made")
        }
    }
}

extension Descriptor {
    /// Opens a directory of this one, and makes it if it is missing.
    fileprivate func enter(_ name: [CChar], _ flags: Flags, synchronizes: Bool) throws(Errno) -> Descriptor {
        do throws(Errno) {
            return try open(name, flags.union([.pathOnly, .directory]))
        } catch {
            guard error == .noSuchFileOrDirectory else { throw error }
        }
        do throws(Errno) {
            try makeDirectory(name)
            if synchronizes { try synchronizeDirectory() }
        } catch {
            guard error == .fileExists else { throw error }  // another upload was faster
        }
        return try open(name, flags.union([.pathOnly, .directory]))
    }

    /// Waits until the names in this directory are on the disk.
    func synchronizeDirectory() throws(Errno) {
        try open([CChar(UInt8(ascii: ".")), 0], [.readOnly, .directory]).synchronize()
    }
}

/// The directories below an output directory, of which the last one that was used stays open.
///
/// Objects of one directory come together in a plan: opening every directory on the way to each of them took a third
/// of the time of copying small files.
final class DestinationDirectories: Sendable {
    private let outputDirectory: String
    private let synchronizes: Bool
    /// What this upload would leave behind if it were killed.
    let unfinished = UnfinishedFiles()
    private let last = Mutex<(prefix: ExactString, directory: Descriptor)?>(nil)

    /// Names an output directory; it is made with the first place.
    ///
    /// - Parameters:
    ///   - outputDirectory: The output directory.
    ///   - synchronizes: Whether new directories must be on the disk before they are used.
    init(in outputDirectory: String, synchronizes: Bool) {
        self.outputDirectory = outputDirectory
        self.synchronizes = synchronizes
    }

    /// Finds the place of a key, and makes the directories that lead to it.
    ///
    /// - Parameter key: The key.
    /// - Returns: The place.
    /// - Throws: ``StoreError`` saying which directory is in the way, or cannot be made.
    func place(of key: ExactString) throws(StoreError) -> DestinationPlace {
        // With its slash: a key that begins with one is not a key of the output directory itself.
        let name = key.text.utf8.lastIndex(of: UInt8(ascii: "/")).map { key.text.utf8.index(after: $0) }
        let start = name ?? key.text.startIndex
        let prefix = ExactString(String(key.text[..<start]))
        if let last = last.withLock({ $0 }), last.prefix == prefix {
            return try DestinationPlace(key.text.utf8[start...], in: last.directory)
        }
        let place = try DestinationPlace(of: key, in: outputDirectory, synchronizes: synchronizes)
        unfinished.willWrite(to: prefix, in: outputDirectory)
        last.withLock { $0 = (prefix, place.directory) }
        return place
    }
}
