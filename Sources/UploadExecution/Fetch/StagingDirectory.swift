import FoundationEssentials
import Glibc
import RunOutputs

/// A hidden directory in the output directory, in which everything is extracted before anything is put in place.
///
/// A lock keeps a second fetch into the same output directory away. What a fetch that was killed left there is removed
/// by the next.
final class StagingDirectory: Sendable {
    /// The output directory.
    let output: String
    /// The hidden directory.
    let path: String
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
        for name in ["new", "old"] { try? FileManager.default.removeItem(atPath: "\(path)/\(name)") }
    }

    /// Makes an empty directory for an artifact.
    func directory(for index: Int) throws(UploadError) -> String {
        _ = try DestinationPlace(of: ExactString("new/\(index)/x"), in: path, synchronizes: false)
        return "\(path)/new/\(index)"
    }

    /// Lets a directory appear in the output directory, instead of what has its name.
    ///
    /// - Parameters:
    ///   - index: The artifact that was extracted.
    ///   - name: The name in the output directory.
    /// - Throws: ``UploadError`` if it cannot be moved; what had its name is there again then.
    func publish(_ index: Int, as name: String) throws(UploadError) {
        do throws(SystemError) {
            let output = try Descriptor.open(path: output, Descriptor.pathOnly | O_DIRECTORY)
            let new = try Descriptor.open(path: "\(path)/new", Descriptor.pathOnly | O_DIRECTORY)
            let target = try Descriptor.cString(name.utf8)
            let number = try Descriptor.cString("\(index)".utf8)
            var old: Descriptor?
            if (try? output.status(of: target)) != nil {
                let hidden = try Descriptor.open(path: path, Descriptor.pathOnly | O_DIRECTORY)
                let oldName = try Descriptor.cString("old".utf8)
                try? hidden.makeDirectory(oldName)
                old = try hidden.open(oldName, Descriptor.pathOnly | O_DIRECTORY)
                if let old { try output.move(target, to: old) }
            }
            do throws(SystemError) {
                try new.move(number, to: output, as: target)
            } catch {
                try? old?.move(target, to: output)
                throw error
            }
        } catch {
            throw UploadError(inTheWay: name, error)
        }
    }

    /// Moves everything of a directory to where it belongs in the output directory.
    ///
    /// - Parameter index: The artifact that was extracted.
    /// - Throws: ``UploadError`` that names what is in the way.
    func merge(_ index: Int) throws(UploadError) {
        let new: Descriptor
        let output: Descriptor
        do throws(SystemError) {
            new = try Descriptor.open(path: "\(path)/new/\(index)", O_RDONLY | O_DIRECTORY)
            output = try Descriptor.open(path: self.output, Descriptor.pathOnly | O_DIRECTORY)
        } catch {
            throw UploadError(destination: error)
        }
        try new.merge(into: output, path: "")
    }

    /// Removes the directory and everything in it.
    func remove() { try? FileManager.default.removeItem(atPath: path) }
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
