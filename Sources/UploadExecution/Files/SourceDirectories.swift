import LocalFiles
import RunOutputs
import Synchronization
import SystemPackage
import UploadPlanning

/// Opens sources below the directories that plans name, without following a symlink that was put there since.
///
/// The directories that were used last stay open: files of one directory come together in a plan, and opening every
/// directory on the way to each of them would cost more than reading small ones. There are a few, since several threads
/// are never in one directory for long, and no more, however deep a tree is.
package final class SourceDirectories: Sendable {
    private final class Kept: Sendable {
        /// The path of the directory with a slash behind it; empty for the working directory.
        let prefix: ExactString
        let directoryLength: Int
        let directory: Descriptor
        /// Whether a name in it ends so, by the ending.
        private let endings = Mutex<[String: Bool]>([:])

        init(prefix: ExactString, directoryLength: Int, directory: Descriptor) {
            self.prefix = prefix
            self.directoryLength = directoryLength
            self.directory = directory
        }

        /// Looks once through the names in the directory.
        func holdsName(endingIn suffix: String) throws(Errno) -> Bool {
            if let known = endings.withLock({ $0[suffix] }) { return known }
            let wanted = suffix.utf8.map { CChar(bitPattern: $0) }
            var holds = false
            try directory.forEachName { name, _ in
                holds = holds || name.dropLast().suffix(wanted.count).elementsEqual(wanted)
            }
            endings.withLock { $0[suffix] = holds }
            return holds
        }
    }

    private static let keptCount = 4
    /// The one that was used last comes first.
    private let kept = Mutex<[Kept]>([])

    package init() {}

    /// Opens a file for reading, and makes sure that it is the one that was planned.
    ///
    /// - Parameter file: The file as it was planned.
    /// - Returns: The open file, and what the system says of it.
    /// - Throws: ``StoreError`` if it cannot be read, is not a regular file, or is not the one that was planned.
    func open(_ file: SourceFile) throws(StoreError) -> (descriptor: Descriptor, status: FileStatus) {
        do throws(StoreError) {
            return try openOnce(file)
        } catch {
            // The directory that was kept open may have been replaced before the plan was made.
            guard forgetAll() else { throw error }
            return try openOnce(file)
        }
    }

    /// Opens a file that is beside a source, whatever its state.
    ///
    /// What is put there after the first look at the directory may be missed.
    ///
    /// - Parameters:
    ///   - suffix: What its name has behind the source's.
    ///   - file: The source.
    /// - Returns: The open file, or `nil` if there is none that can be read.
    func openCompanion(_ suffix: String, of file: SourceFile) -> Descriptor? {
        // Most directories have none: to look for each file would cost a small upload a twentieth of its time.
        if let length = file.directoryLength, let directory = try? directory(of: file.path, length),
            (try? directory.holdsName(endingIn: suffix)) == false
        {
            return nil
        }
        return try? descriptor(ExactString(file.path.text + suffix), file.directoryLength)
    }

    private func openOnce(_ file: SourceFile) throws(StoreError) -> (descriptor: Descriptor, status: FileStatus) {
        let descriptor: Descriptor
        do throws(Errno) {
            descriptor = try self.descriptor(file.path, file.directoryLength)
        } catch {
            throw StoreError(unreadableSource: error, isBelowDirectory: file.directoryLength != nil)
        }
        return (descriptor, try descriptor.status(plannedAs: file.version))
    }

    private func descriptor(_ path: ExactString, _ directoryLength: Int?) throws(Errno) -> Descriptor {
        // A pipe would block without a writer.
        let flags: Descriptor.Flags = [.readOnly, .nonBlocking, .noTerminal]
        guard let directoryLength else { return try Descriptor.open(path: path.text, flags) }
        let directory = try self.directory(of: path, directoryLength).directory
        return try directory.open(Descriptor.cString(path.text.utf8[path.startOfName...]), flags.union(.noFollow))
    }

    /// Opens the directory of a file, without following a symlink below the one that the rule names.
    private func directory(of path: ExactString, _ directoryLength: Int) throws(Errno) -> Kept {
        let prefix = ExactString(String(path.text[..<path.startOfName]))
        let known = kept.withLock { kept -> Kept? in
            let index = kept.firstIndex { $0.directoryLength == directoryLength && $0.prefix == prefix }
            guard let index else { return nil }
            if index > 0 { kept.swapAt(0, index) }
            return kept[0]
        }
        if let known { return known }
        let flags: Descriptor.Flags = [.pathOnly, .directory]
        let root = String(decoding: prefix.text.utf8.prefix(directoryLength), as: UTF8.self)
        let slash = UInt8(ascii: "/")
        let directory = try Descriptor.open(path: root.isEmpty ? "." : root, flags)
            .openDirectory(beneath: prefix.text.utf8.dropFirst(directoryLength).drop { $0 == slash })
        let opened = Kept(prefix: prefix, directoryLength: directoryLength, directory: directory)
        kept.withLock { kept in
            if kept.count == Self.keptCount { kept.removeLast() }
            kept.insert(opened, at: 0)
        }
        return opened
    }

    /// Closes the directories that were used last, and returns whether there was one.
    private func forgetAll() -> Bool {
        kept.withLock { kept in
            defer { kept = [] }
            return !kept.isEmpty
        }
    }
}

extension ExactString {
    /// Where the last component of a path begins.
    fileprivate var startOfName: String.Index {
        text.utf8.lastIndex(of: UInt8(ascii: "/")).map { text.utf8.index(after: $0) } ?? text.startIndex
    }
}
