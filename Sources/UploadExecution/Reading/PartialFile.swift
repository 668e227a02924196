import Crypto
import LocalFiles
import RunOutputs
import SystemPackage
package import UploadPlanning

/// A file that is being downloaded: under a hidden name, until it appears at its place as a whole.
///
/// A journal beside it says which parts are complete. It stays with the parts when a download is interrupted, and a
/// later download of the same version of the object goes on from there. A lock keeps a second process away.
package final class PartialFile: Sendable {
    private let name: [CChar]
    private let part: HiddenFile
    private let journal: HiddenFile
    private let partPath: String

    /// The parts that an interrupted download has left behind, by number.
    package let completeParts: Set<Int>

    /// Opens the hidden file, and finds out what it holds already.
    ///
    /// - Parameters:
    ///   - path: Where the file will appear; its directory exists.
    ///   - version: What tells this version of the object, cut into parts of one size, from all others; `nil` if
    ///     nothing does, and no earlier part is of use.
    /// - Throws: ``StoreError`` if the file cannot be made, or another process downloads to the same path.
    package init(at path: String, version: String?) throws(StoreError) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let last = slash.map { path[path.utf8.index(after: $0)...] } ?? path[...]
        var hash = SHA256()
        hash.update(data: Array(last.utf8))
        // The name may be as long as names can be, so it cannot be a part of another one.
        let hidden = ".therock-\(hash.hexadecimal().prefix(24))"
        partPath = "\(parent)/\(hidden).part"
        do throws(Errno) {
            let directory = try Descriptor.open(path: parent, [.pathOnly, .directory])
            name = try Descriptor.cString(last.utf8)
            part = try HiddenFile(Descriptor.cString("\(hidden).part".utf8), in: directory, .readWrite, .lasting)
            try part.file.lock(waits: false)
            journal = try HiddenFile(
                Descriptor.cString("\(hidden).journal".utf8), in: directory, [.readWrite, .append], .lasting)
            let header = (version ?? "") + "\n"
            let parts = version == nil ? nil : try Self.completeParts(in: journal.file, header: header)
            completeParts = parts ?? []
            if parts == nil {
                try journal.file.truncate(to: 0)
                try part.file.truncate(to: 0)
                try journal.file.write(Array(header.utf8))
            }
        } catch {
            throw error == .wouldBlock
                ? StoreError(.destination, "another process downloads to \(path)", hint: "wait until it is done")
                : StoreError(destination: error)
        }
    }

    /// Reads a journal, or returns `nil` if it is about something else.
    private static func completeParts(in journal: Descriptor, header: String) throws(Errno) -> Set<Int>? {
        // 10,000 parts at most, of up to six bytes each.
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 1)
        defer { unsafe buffer.deallocate() }
        let count = try unsafe journal.read(into: buffer)
        let bytes = unsafe Array(buffer[..<count])
        guard bytes.starts(with: header.utf8) else { return nil }
        // A line without its end was cut off when the process was killed.
        let lines = bytes[header.utf8.count...]
        let complete = lines[..<(lines.lastIndex(of: UInt8(ascii: "\n")) ?? lines.startIndex)]
        return Set(
            complete.split(separator: UInt8(ascii: "\n")).compactMap { Int(String(decoding: $0, as: UTF8.self)) })
    }

    /// Writes bytes at a position.
    ///
    /// - Parameters:
    ///   - bytes: The bytes.
    ///   - offset: Where in the file they go.
    /// - Throws: ``StoreError`` if the disk is full, for example.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(StoreError) {
        do throws(Errno) { try unsafe part.file.write(bytes, at: offset) } catch {
            throw StoreError(destination: error)
        }
    }

    /// Reads bytes that were written.
    ///
    /// - Parameters:
    ///   - buffer: Filled from its start, completely.
    ///   - offset: Where in the file the bytes are.
    /// - Throws: ``StoreError`` if the file cannot be read, or ends before.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(StoreError) {
        do throws(Errno) {
            guard try unsafe part.file.read(into: buffer, at: offset) == buffer.count else { throw Errno.ioError }
        } catch {
            throw StoreError(destination: error)
        }
    }

    /// Takes note that all bytes of a part are written.
    package func complete(part: Int) throws(StoreError) {
        do throws(Errno) { try journal.file.write(Array("\(part)\n".utf8)) } catch {
            throw StoreError(destination: error)
        }
    }

    /// The file under its hidden name, as it is now.
    package func written() throws(StoreError) -> SourceFile {
        do throws(Errno) {
            return SourceFile(path: ExactString(partPath), version: try part.file.status().version)
        } catch {
            throw StoreError(destination: error)
        }
    }

    /// Lets the file appear at its place, instead of what is there.
    package func publish() throws(StoreError) {
        do throws(Errno) {
            try part.replace(name)
            journal.remove()
        } catch {
            throw StoreError(destination: error)
        }
    }

    /// Removes the hidden file with all its parts.
    package func discard() {
        journal.remove()
        part.remove()
    }
}
