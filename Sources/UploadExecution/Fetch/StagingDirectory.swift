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
            throw UploadError(destination: error)
        }
    }

    /// Moves everything of a directory to where it belongs in the output directory.
    ///
    /// - Parameter index: The artifact that was extracted.
    /// - Throws: ``UploadError`` that names what is in the way.
    func merge(_ index: Int) throws(UploadError) {
        do throws(SystemError) {
            let new = try Descriptor.open(path: "\(path)/new/\(index)", O_RDONLY | O_DIRECTORY)
            let output = try Descriptor.open(path: output, Descriptor.pathOnly | O_DIRECTORY)
            try new.merge(into: output)
        } catch {
            throw UploadError(destination: error)
        }
    }

    /// Removes the directory and everything in it.
    func remove() { try? FileManager.default.removeItem(atPath: path) }
}

extension Descriptor {
    /// Moves everything into a directory: directories are joined, and files replaced.
    fileprivate func merge(into other: Descriptor) throws(SystemError) {
        var names: [[CChar]] = []
        try forEachName { name, _ in names.append(name) }
        for name in names {
            guard try status(of: name).kind == .directory else {
                try move(name, to: other)
                continue
            }
            do throws(SystemError) {
                // Whole, if nothing is there.
                guard (try? other.status(of: name)) == nil else { throw SystemError(EEXIST) }
                try move(name, to: other)
            } catch {
                guard [EEXIST, ENOTEMPTY].contains(error.code) else { throw error }
                let deeper = try open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
                try deeper.merge(into: other.open(name, pathOnlyDirectory))
            }
        }
    }
}

private let pathOnlyDirectory = Descriptor.pathOnly | O_DIRECTORY | O_NOFOLLOW
