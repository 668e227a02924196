import LocalFiles
import RunOutputs
import Synchronization
import SystemPackage
import UploadPlanning

/// Opens sources below the directories that plans name, without following a symlink that was put there since.
///
/// The directory that was used last stays open: files of one directory stand together in a plan, and opening every
/// directory on the way to each of them would cost more than reading small ones. No more than two are open at a time,
/// however deep a tree is.
package final class SourceDirectories: Sendable {
    private struct Last {
        /// The path of the directory with a slash behind it; empty for the working directory.
        let prefix: ExactString
        let directoryLength: Int
        let directory: Descriptor
    }

    private let last = Mutex<Last?>(nil)

    /// Opens nothing yet.
    package init() {}

    /// Opens a file for reading, and makes sure that it is the one that was planned.
    ///
    /// - Parameter file: The file as it was planned.
    /// - Returns: The open file, and what the system says of it.
    /// - Throws: ``StoreError`` if it cannot be read, is no regular file, or is not the one that was planned.
    func open(_ file: SourceFile) throws(StoreError) -> (descriptor: Descriptor, status: FileStatus) {
        do throws(StoreError) {
            return try openOnce(file)
        } catch {
            // The directory that was kept open may have been replaced before the plan was made.
            guard forgetLast() else { throw error }
            return try openOnce(file)
        }
    }

    /// Opens a file that stands beside a source, whatever its state.
    ///
    /// - Parameters:
    ///   - suffix: What its name has behind the source's.
    ///   - file: The source.
    /// - Returns: The open file, or `nil` if there is none that can be read.
    func openCompanion(_ suffix: String, of file: SourceFile) -> Descriptor? {
        try? descriptor(ExactString(file.path.text + suffix), file.directoryLength)
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
        let bytes = path.text.utf8
        let start = bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes.index(after: $0) } ?? bytes.startIndex
        let directory = try self.directory(ExactString(String(path.text[..<start])), directoryLength)
        return try directory.open(Descriptor.cString(bytes[start...]), flags.union(.noFollow))
    }

    /// Opens the directory of a file, without following a symlink below the one that the rule names.
    private func directory(_ prefix: ExactString, _ directoryLength: Int) throws(Errno) -> Descriptor {
        if let last = last.withLock({ $0 }), last.prefix == prefix, last.directoryLength == directoryLength {
            return last.directory
        }
        let flags: Descriptor.Flags = [.pathOnly, .directory]
        let root = String(decoding: prefix.text.utf8.prefix(directoryLength), as: UTF8.self)
        let slash = UInt8(ascii: "/")
        let directory = try Descriptor.open(path: root.isEmpty ? "." : root, flags)
            .openDirectory(beneath: prefix.text.utf8.dropFirst(directoryLength).drop { $0 == slash })
        last.withLock { $0 = Last(prefix: prefix, directoryLength: directoryLength, directory: directory) }
        return directory
    }

    /// Closes the directory that was used last, and returns whether there was one.
    private func forgetLast() -> Bool {
        last.withLock { last in
            defer { last = nil }
            return last != nil
        }
    }
}
