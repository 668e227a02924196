import FoundationEssentials
import Glibc
import RunOutputs

/// A hidden directory in the output directory, in which everything is extracted before anything is put in place.
///
/// What was extracted completely waits there for the next fetch when this one fails or is killed. A lock keeps a second
/// fetch into the same output directory away.
final class StagingDirectory: Sendable {
    /// What is known of an artifact that was extracted completely.
    struct Note: Hashable {
        /// What tells the archive and how it was extracted from all others, in one line.
        var version: String
        /// What the archive was verified by.
        var evidence: DownloadReceipt.Evidence
        /// How many bytes of content were extracted.
        var byteCount: Int64
    }

    /// The output directory.
    private let output: String
    /// The hidden directory.
    private let path: String
    private let lock: Descriptor

    /// Makes the directory, and the output directory if it is missing.
    ///
    /// - Parameter output: The output directory.
    /// - Throws: ``UploadError`` if it cannot be made, or another fetch is under way in it.
    init(in output: String) throws(UploadError) {
        self.output = output
        path = "\(output)/.therock-fetch"
        let place = try DestinationPlace(of: ".therock-fetch/lock", in: output, synchronizes: false)
        do throws(SystemError) {
            lock = try place.directory.open(place.name, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
            _ = try lock.withNumber { flock($0, LOCK_EX | LOCK_NB) }
        } catch {
            throw error.code == EWOULDBLOCK
                ? UploadError(.destination, "another fetch is under way in \(output)", hint: "wait until it is done")
                : UploadError(destination: error)
        }
        removeUnfinished()
    }

    /// Makes an empty directory for an artifact.
    ///
    /// - Parameter name: The artifact's name.
    /// - Returns: The directory's path.
    /// - Throws: ``UploadError`` if it cannot be made.
    func directory(for name: String) throws(UploadError) -> String {
        let directory = self.directory(name)
        remove(note(name))
        remove(directory)
        _ = try DestinationPlace(of: ExactString("new/\(name)/x"), in: path, synchronizes: false)
        return directory
    }

    /// Takes note that an artifact is extracted completely.
    ///
    /// - Returns: Whether the note could be written. Without it, the next fetch needs the archive.
    func complete(_ name: String, _ note: Note) -> Bool {
        guard (try? DestinationPlace(of: ExactString("done/\(name)"), in: path, synchronizes: false)) != nil else {
            return false
        }
        return FileManager.default.createFile(atPath: self.note(name), contents: Data(note.text.utf8))
    }

    /// What is known of an artifact that an earlier fetch extracted completely and did not put in place.
    func note(of name: String) -> Note? {
        guard FileManager.default.fileExists(atPath: directory(name)),
            let bytes = FileManager.default.contents(atPath: note(name))
        else { return nil }
        return Note(String(decoding: bytes, as: UTF8.self))
    }

    private func directory(_ name: String) -> String { "\(path)/new/\(name)" }
    private func note(_ name: String) -> String { "\(path)/done/\(name)" }
    private func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    /// Lets the directory of an artifact appear in the output directory, instead of what has its name.
    ///
    /// - Parameter name: The artifact's name.
    /// - Throws: ``UploadError`` if it cannot be moved; what had its name is there again then.
    func publish(_ name: String) throws(UploadError) {
        do throws(SystemError) {
            let output = try Descriptor.open(path: output, Descriptor.pathOnly | O_DIRECTORY)
            let new = try Descriptor.open(path: "\(path)/new", Descriptor.pathOnly | O_DIRECTORY)
            let target = try Descriptor.cString(name.utf8)
            var old: Descriptor?
            if (try? output.status(of: target)) != nil {
                let hidden = try Descriptor.open(path: path, Descriptor.pathOnly | O_DIRECTORY)
                let oldName = try Descriptor.cString("old".utf8)
                try? hidden.makeDirectory(oldName)
                old = try hidden.open(oldName, Descriptor.pathOnly | O_DIRECTORY)
                if let old { try output.move(target, to: old) }
            }
            do throws(SystemError) {
                try new.move(target, to: output)
            } catch {
                try? old?.move(target, to: output)
                throw error
            }
        } catch {
            throw UploadError(inTheWay: name, error)
        }
    }

    /// Moves everything of an artifact to where it belongs in the output directory.
    ///
    /// - Parameter name: The artifact's name.
    /// - Throws: ``UploadError`` that names what is in the way.
    func merge(_ name: String) throws(UploadError) {
        // From now on it is not complete any more.
        remove(note(name))
        let new: Descriptor
        let output: Descriptor
        do throws(SystemError) {
            new = try Descriptor.open(path: directory(name), O_RDONLY | O_DIRECTORY)
            output = try Descriptor.open(path: self.output, Descriptor.pathOnly | O_DIRECTORY)
        } catch {
            throw UploadError(destination: error)
        }
        try new.merge(into: output, path: "")
    }

    /// Removes the directory and everything in it.
    func remove() { remove(path) }

    /// Removes the directory, unless something was extracted completely and could not be put in place.
    func leave() { if removeUnfinished() == 0 { remove() } }

    /// Removes everything but what was extracted completely, and returns how many artifacts that is.
    @discardableResult private func removeUnfinished() -> Int {
        remove("\(path)/old")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/new")) ?? []
        let unfinished = names.filter { note(of: $0) == nil }
        for name in unfinished { remove(directory(name)) }
        return names.count - unfinished.count
    }
}

extension StagingDirectory.Note {
    /// Reads what ``text`` wrote; `nil` if it was cut off, or is of another start of the system, which may have lost
    /// what was not on the disk yet.
    fileprivate init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 5, lines[0] == Self.systemStart, let evidence = Evidence(rawValue: String(lines[1])),
            let byteCount = Int64(lines[2])
        else { return nil }
        self.init(version: String(lines[3]), evidence: evidence, byteCount: byteCount)
    }

    private typealias Evidence = DownloadReceipt.Evidence

    fileprivate var text: String { "\(Self.systemStart)\n\(evidence.rawValue)\n\(byteCount)\n\(version)\n" }

    /// What tells one start of the system from another.
    private static let systemStart: String = {
        let bytes = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id") ?? Data()
        return String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
    }()
}

extension Descriptor {
    /// Moves everything into a directory: directories are joined, and files replaced.
    ///
    /// - Parameters:
    ///   - other: The directory.
    ///   - path: Its path for messages, with a slash at the end; empty for the output directory.
    /// - Throws: ``UploadError`` that names what is in the way.
    fileprivate func merge(into other: Descriptor, path: String) throws(UploadError) {
        var names: [[CChar]] = []
        do throws(SystemError) {
            try forEachName { name, _ in names.append(name) }
        } catch {
            throw UploadError(destination: error)
        }
        for name in names {
            let text = path + String(escapingInvalidUTF8: name.dropLast().map { UInt8(truncatingIfNeeded: $0) })
            let deeper: (from: Descriptor, to: Descriptor)?
            do throws(SystemError) {
                deeper = try move(name, into: other)
            } catch {
                throw UploadError(inTheWay: text, error)
            }
            if let deeper { try deeper.from.merge(into: deeper.to, path: text + "/") }
        }
    }

    /// Moves one name, or returns the two directories that have it and are to be joined.
    private func move(_ name: [CChar], into other: Descriptor) throws(SystemError) -> (Descriptor, Descriptor)? {
        let isDirectory = try status(of: name).kind == .directory
        guard isDirectory, (try? other.status(of: name)) != nil else {
            try move(name, to: other)
            return nil
        }
        return (
            try open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
            try other.open(name, Descriptor.pathOnly | O_DIRECTORY | O_NOFOLLOW)
        )
    }
}

extension UploadError {
    /// Says what of the output directory keeps something from being put in its place.
    fileprivate init(inTheWay path: String, _ error: SystemError) {
        self.init(destination: error)
        message = "'\(path.escapingControlCharacters)' in the output directory \(message)"
        if [ENOTDIR, ELOOP, EISDIR, EEXIST, ENOTEMPTY].contains(error.code) {
            hint = "something of another kind stands there: remove it, or choose another output directory"
        }
    }
}
