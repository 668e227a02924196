import Crypto
import Glibc
import RunOutputs
import UploadPlanning

/// Reads the bytes of one object once, and makes sure that a file is the one that was planned.
struct ContentReader {
    private enum Source {
        case file(SourceFile, Descriptor)
        case bytes([UInt8])
    }

    private let source: Source
    /// Whether it is a file that its owner may execute.
    let isExecutable: Bool

    /// Opens a body.
    ///
    /// - Parameter body: The body.
    /// - Throws: ``UploadError`` if it is a file that cannot be read, is no regular file, or has changed.
    init(_ body: UploadBody) throws(UploadError) {
        switch body {
        case .bytes(let bytes):
            source = .bytes(bytes)
            isExecutable = false
        case .file(let file):
            let descriptor: Descriptor
            do throws(SystemError) {
                // A pipe would block without a writer.
                descriptor = try Descriptor.open(path: file.path.text, O_RDONLY | O_NONBLOCK | O_NOCTTY)
            } catch {
                throw UploadError(unreadableSource: error)
            }
            source = .file(file, descriptor)
            isExecutable = try descriptor.checkedStatus(file.version).isExecutable
        }
    }

    /// The modification time that a copy should have, in nanoseconds since 1970; `nil` for bytes in memory.
    var modified: Int64? {
        if case .file(let file, _) = source { file.version.modified } else { nil }
    }

    /// Reads all bytes and hashes them.
    ///
    /// - Parameter consume: Takes the next bytes, which are valid until it returns.
    /// - Returns: The SHA-256 of the bytes in lower-case hexadecimal.
    /// - Throws: ``UploadError`` if the file cannot be read or is not as it was planned, `CancellationError`, or what
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
    /// - Throws: ``UploadError`` if the file cannot be read or is not as it was planned, `CancellationError`, or what
    ///   `consume` throws.
    func forEachChunk(_ consume: (UnsafeRawBufferPointer) throws -> Void) async throws {
        switch source {
        case .bytes(let bytes):
            try Task.checkCancellation()
            try unsafe bytes.withUnsafeBytes(consume)
        case .file(let file, let descriptor):
            var rest = file.version.size
            try await unsafe descriptor.forEachChunk(describingFailure: UploadError.init(unreadableSource:)) { chunk in
                rest -= Int64(chunk.count)
                if rest < 0 { throw UploadError.sourceGrew(from: file.version.size) }
                try unsafe consume(chunk)
            }
            _ = try descriptor.checkedStatus(file.version)
        }
    }
}

extension Descriptor {
    /// The status of a file that must be as it was planned.
    fileprivate func checkedStatus(_ planned: FileVersion) throws(UploadError) -> FileStatus {
        let status: FileStatus
        do throws(SystemError) {
            status = try self.status()
        } catch {
            throw UploadError(unreadableSource: error)
        }
        guard status.kind == .regular else {
            throw UploadError(.unreadableSource, "is not a regular file", hint: "exclude it from the rule")
        }
        guard status.version == planned else {
            throw UploadError(sourceChangedFrom: planned, to: status.version)
        }
        return status
    }
}

extension UploadError {
    private static let changeHint = "upload when nothing writes to it any more"

    fileprivate init(unreadableSource error: SystemError) {
        let hint: String? =
            switch error.code {
            case ENOENT: "it was there when the plan was made: does something remove it?"
            case EACCES: "make it readable for this user"
            default: nil
            }
        self.init(.unreadableSource, "cannot be read: \(error)", hint: hint)
    }

    fileprivate init(sourceChangedFrom planned: FileVersion, to found: FileVersion) {
        let change =
            planned.size == found.size
            ? "it was modified" : "it had \(planned.size) bytes and has \(found.size) now"
        self.init(.sourceChanged, "changed since the plan was made: \(change)", hint: Self.changeHint)
    }

    fileprivate static func sourceGrew(from size: Int64) -> UploadError {
        UploadError(
            .sourceChanged, "changed while it was read: it has more than the planned \(size) bytes", hint: changeHint)
    }
}
