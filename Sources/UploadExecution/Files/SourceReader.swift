import Crypto
import LocalFiles
import RunOutputs
import SystemPackage
package import UploadPlanning

/// An open source file, which may be read from several places at once and must stay as it was planned.
package final class SourceReader: Sendable {
    /// The file as it was planned.
    package let file: SourceFile
    /// The open file.
    let descriptor: Descriptor
    /// Whether its owner may execute it.
    let isExecutable: Bool

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - file: The file as it was planned.
    ///   - directories: Where it is opened.
    /// - Throws: ``StoreError`` if it cannot be read, is not a regular file, or is not the one that was planned.
    package init(_ file: SourceFile, in directories: SourceDirectories) throws(StoreError) {
        self.file = file
        let status: FileStatus
        (descriptor, status) = try directories.open(file)
        isExecutable = status.isExecutable
    }

    /// Checks that size and times are still those of the plan.
    ///
    /// - Throws: ``StoreError`` if they are not.
    package func checkUnchanged() throws(StoreError) { _ = try descriptor.status(plannedAs: file.version) }

    /// Reads bytes.
    ///
    /// - Parameters:
    ///   - buffer: Filled from its start, completely.
    ///   - offset: Where in the file the bytes are.
    /// - Throws: ``StoreError`` if the file ends before, or cannot be read.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(StoreError) {
        let count: Int
        do throws(Errno) {
            count = try unsafe descriptor.read(into: buffer, at: offset)
        } catch {
            throw StoreError(unreadableSource: error)
        }
        guard count < buffer.count else { return }
        try checkUnchanged()
        throw StoreError(.sourceChanged, "ended early while it was read", hint: StoreError.changeHint)
    }

    /// Reads all bytes in order.
    ///
    /// - Parameter consume: Takes the next bytes, which are valid until it returns.
    /// - Throws: ``StoreError`` if the file cannot be read or is not as it was planned, `CancellationError`, or what
    ///   `consume` throws.
    func forEachChunk(_ consume: (UnsafeRawBufferPointer) throws -> Void) async throws {
        let size = file.version.size
        // Of files that the system makes up, an empty one may have bytes.
        try await unsafe descriptor.forEachChunk(
            upTo: max(1, size), describingFailure: { StoreError(unreadableSource: $0) }
        ) { chunk in
            if size == 0 { throw StoreError.sourceGrew }
            try unsafe consume(chunk)
        }
        try checkUnchanged()
    }
}

extension Descriptor {
    /// The status of a file that must be the one that was planned, unchanged.
    func status(plannedAs planned: FileVersion) throws(StoreError) -> FileStatus {
        let status: FileStatus
        do throws(Errno) {
            status = try self.status()
        } catch {
            throw StoreError(unreadableSource: error)
        }
        guard status.kind == .regular else {
            throw StoreError(.unreadableSource, "is not a regular file", hint: "exclude it from the rule")
        }
        guard status.version.isUnchanged(since: planned) else {
            throw StoreError(sourceChangedFrom: planned, to: status.version)
        }
        return status
    }
}

extension StoreError {
    fileprivate static let changeHint = "upload when nothing writes to it any more"

    /// Says why a source could not be opened or read.
    ///
    /// - Parameters:
    ///   - error: What the system answered.
    ///   - isBelowDirectory: Whether it was opened without following symlinks.
    init(unreadableSource error: Errno, isBelowDirectory: Bool = false) {
        if isBelowDirectory, [Errno.tooManySymbolicLinkLevels, .notDirectory].contains(error) {
            self.init(
                .sourceChanged,
                "changed since the plan was made: its path now leads through a symlink or to another file",
                hint: Self.changeHint)
            return
        }
        let hint: String? =
            switch error {
            case .noSuchFileOrDirectory: "it was there when the plan was made: does something remove it?"
            case .permissionDenied: "make it readable for this user"
            default: nil
            }
        self.init(.unreadableSource, "cannot be read: \(error)", hint: hint)
    }

    fileprivate init(sourceChangedFrom planned: FileVersion, to found: FileVersion) {
        let isAnother =
            if let planned = planned.identity, let found = found.identity {
                (planned.device, planned.inode) != (found.device, found.inode)
            } else { false }
        let change =
            isAnother
            ? "another file has its name now"
            : planned.size == found.size
                ? "it was modified" : "it had \(planned.size) bytes and has \(found.size) now"
        self.init(.sourceChanged, "changed since the plan was made: \(change)", hint: Self.changeHint)
    }

    fileprivate static var sourceGrew: StoreError {
        StoreError(.sourceChanged, "changed while it was read: it was empty, and has bytes now", hint: changeHint)
    }
}

/// Reads the bytes of one object once, and makes sure that a file is the one that was planned.
struct ContentReader {
    private enum Source {
        case file(SourceReader)
        case bytes([UInt8])
    }

    private let source: Source

    /// Opens a body.
    ///
    /// - Parameters:
    ///   - body: The body.
    ///   - directories: Where a file is opened.
    /// - Throws: ``StoreError`` if it is a file that cannot be read, is not a regular file, or has changed.
    init(_ body: UploadBody, in directories: SourceDirectories) throws(StoreError) {
        switch body {
        case .bytes(let bytes): source = .bytes(bytes)
        case .file(let file): source = .file(try SourceReader(file, in: directories))
        }
    }

    /// Whether it is a file that its owner may execute.
    var isExecutable: Bool {
        if case .file(let reader) = source { reader.isExecutable } else { false }
    }

    /// The modification time that a copy should have, in nanoseconds since 1970; `nil` for bytes in memory.
    var modified: Int64? {
        if case .file(let reader) = source { reader.file.version.modified } else { nil }
    }

    /// Reads all bytes and hashes them.
    ///
    /// - Parameter consume: Takes the next bytes, which are valid until it returns.
    /// - Returns: The SHA-256 of the bytes in lower-case hexadecimal.
    /// - Throws: ``StoreError`` if the file cannot be read or is not as it was planned, `CancellationError`, or what
    ///   `consume` throws.
    func read(_ consume: (UnsafeRawBufferPointer) throws -> Void) async throws -> String {
        var hash = SHA256()
        try await unsafe forEachChunk { chunk in
            unsafe hash.update(bufferPointer: chunk)
            try unsafe consume(chunk)
        }
        return hash.hexadecimal()
    }

    /// Reads all bytes.
    ///
    /// - Parameter consume: Takes the next bytes, which are valid until it returns.
    /// - Throws: ``StoreError`` if the file cannot be read or is not as it was planned, `CancellationError`, or what
    ///   `consume` throws.
    func forEachChunk(_ consume: (UnsafeRawBufferPointer) throws -> Void) async throws {
        switch source {
        case .bytes(let bytes):
            try Task.checkCancellation()
            try unsafe bytes.withUnsafeBytes(consume)
        case .file(let reader): try await unsafe reader.forEachChunk(consume)
        }
    }
}

extension FileStatus {
    /// Its size and times, and which file it is.
    var version: FileVersion {
        FileVersion(
            size: size, modified: modified,
            identity: FileVersion.Identity(device: identity.device, inode: identity.inode, changed: changed))
    }
}
