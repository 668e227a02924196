import LocalFiles
import RunOutputs
import Synchronization
import SystemPackage
import UploadPlanning

/// A record of where a process writes below an output directory: if it is killed, the next one finds its half files.
///
/// The record is a hidden file of the output directory, locked while its process lives. It names directories, each ended
/// by a NUL. Half files carry the name of their record, so that nothing else is ever removed.
final class UnfinishedFiles: Sendable {
    /// What the names of all hidden files of uploads begin with.
    static let prefix = ".therock-upload-"
    private static let recordSuffix = ".run"
    private static let partSuffix = ".part"
    /// Some hundred thousand directories.
    private static let largestRecord: Int64 = 64 << 20

    /// What tells this process's files from those of others.
    let owner = String(UInt64.random(in: .min ... .max), radix: 36)
    private let state = Mutex(State())

    private struct State {
        var isOpened = false
        var directory: Descriptor?
        var record: Descriptor?
        var recorded: Set<ExactString> = []
    }

    deinit { finish() }

    /// Whether a name is one of those that hidden files have.
    static func isHidden(_ name: String) -> Bool {
        name.hasPrefix(prefix) && (name.hasSuffix(partSuffix) || name.hasSuffix(recordSuffix))
    }

    /// A name for a half file of some owner.
    static func name(of owner: String) throws(Errno) -> [CChar] {
        let number = String(UInt64.random(in: .min ... .max), radix: 36)
        return try Descriptor.cString("\(prefix)\(owner)-\(number)\(partSuffix)".utf8)
    }

    /// Takes note that files are going to be written to a directory; the first time, removes what killed processes left.
    ///
    /// Where no record can be kept, the upload goes on without one.
    ///
    /// - Parameters:
    ///   - prefix: The directory's path below the output directory; it may end in a slash.
    ///   - outputDirectory: The output directory, which exists.
    func willWrite(to prefix: ExactString, in outputDirectory: String) {
        state.withLock { state in
            if !state.isOpened {
                state.isOpened = true
                state.directory = try? Descriptor.open(path: outputDirectory, [.readOnly, .directory])
                if let directory = state.directory {
                    Self.removeLeftovers(in: directory)
                    state.record = makeRecord(in: directory)
                }
            }
            guard let record = state.record, state.recorded.insert(prefix).inserted else { return }
            try? record.write(Array(prefix.text.utf8) + [0])
        }
    }

    /// Removes the record: nothing is half any more.
    func finish() {
        state.withLock { state in
            if state.record != nil, let name = try? recordName { try? state.directory?.remove(name) }
            state.record = nil
        }
    }

    private var recordName: [CChar] {
        get throws(Errno) { try Descriptor.cString("\(Self.prefix)\(owner)\(Self.recordSuffix)".utf8) }
    }

    private func makeRecord(in directory: Descriptor) -> Descriptor? {
        for _ in 0..<4 {
            guard let name = try? recordName,
                let record = try? directory.open(name, [.readWrite, .create, .append, .noFollow], mode: 0o666)
            else { return nil }
            do throws(Errno) {
                try record.lock(waits: false)
                // Before it was locked, another process may have taken it for a leftover.
                if try directory.status(of: name).identity == record.status().identity { return record }
            } catch {
                if error != .wouldBlock, error != .noSuchFileOrDirectory {
                    try? directory.remove(name)
                    return nil
                }
            }
        }
        return nil
    }
}

// MARK: - What others left

extension UnfinishedFiles {
    private static func removeLeftovers(in directory: Descriptor) {
        var records: [(name: [CChar], owner: String)] = []
        try? directory.forEachName { name, _ in
            let text = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix(prefix), text.hasSuffix(recordSuffix) else { return }
            records.append((name, String(text.dropFirst(prefix.count).dropLast(recordSuffix.count))))
        }
        for (name, owner) in records {
            guard let record = try? directory.open(name, [.readWrite, .noFollow, .nonBlocking]),
                let status = try? record.status(), status.kind == .regular, status.version.size <= largestRecord,
                (try? record.lock(waits: false)) != nil
            else { continue }
            for path in paths(in: record, size: Int(status.version.size)) {
                removeParts(of: owner, in: path, directory)
            }
            try? directory.remove(name)
        }
    }

    private static func paths(in record: Descriptor, size: Int) -> [ArraySlice<UInt8>] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, size), alignment: 1)
        defer { unsafe buffer.deallocate() }
        guard let count = try? unsafe record.read(into: buffer, at: 0) else { return [] }
        let bytes = unsafe Array(buffer[..<count])
        // What follows the last NUL was cut off when the process was killed.
        return bytes[..<(bytes.lastIndex(of: 0) ?? 0)].split(separator: 0, omittingEmptySubsequences: false)
    }

    /// Removes half files from a directory below the output directory; no symlink is followed.
    private static func removeParts(of owner: String, in path: ArraySlice<UInt8>, _ outputDirectory: Descriptor) {
        var directory = outputDirectory
        do throws(Errno) {
            for segment in path.split(separator: UInt8(ascii: "/")) where segment != [UInt8(ascii: ".")][...] {
                guard segment.count != 2 || segment.contains(where: { $0 != UInt8(ascii: ".") }) else { return }
                directory = try directory.open(
                    Descriptor.cString(segment), [.pathOnly, .directory, .noFollow])
            }
            let start = "\(prefix)\(owner)-"
            var parts: [[CChar]] = []
            try directory.forEachName { name, _ in
                let text = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if text.hasPrefix(start), text.hasSuffix(partSuffix) { parts.append(name) }
            }
            for part in parts { try directory.remove(part) }
        } catch {
            // The directory is gone, or belongs to somebody else: then so do its files.
        }
    }
}
