import Glibc
import RunOutputs
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
    /// - Parameter file: The file as it was planned.
    /// - Throws: ``UploadError`` if it cannot be read, is no regular file, or is not as it was planned.
    package init(_ file: SourceFile) throws(UploadError) {
        self.file = file
        do throws(SystemError) {
            // A pipe would block without a writer.
            descriptor = try Descriptor.open(path: file.path.text, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        } catch {
            throw UploadError(unreadableSource: error)
        }
        isExecutable = try descriptor.status(plannedAs: file.version).isExecutable
    }

    /// Checks that size and modification time are still those of the plan.
    ///
    /// - Throws: ``UploadError`` if they are not.
    package func checkUnchanged() throws(UploadError) { _ = try descriptor.status(plannedAs: file.version) }

    /// Reads bytes.
    ///
    /// - Parameters:
    ///   - buffer: Filled from its start, completely.
    ///   - offset: Where in the file the bytes stand.
    /// - Throws: ``UploadError`` if the file ends before, or cannot be read.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(UploadError) {
        let count: Int
        do throws(SystemError) {
            count = try unsafe descriptor.read(into: buffer, at: offset)
        } catch {
            throw UploadError(unreadableSource: error)
        }
        guard count < buffer.count else { return }
        try checkUnchanged()
        throw UploadError(.sourceChanged, "ended early while it was read", hint: UploadError.changeHint)
    }

    /// Reads all bytes in order.
    ///
    /// - Parameter consume: Takes the next bytes, which are valid until it returns.
    /// - Throws: ``UploadError`` if the file cannot be read or is not as it was planned, `CancellationError`, or what
    ///   `consume` throws.
    func forEachChunk(_ consume: (UnsafeRawBufferPointer) throws -> Void) async throws {
        var rest = file.version.size
        try await unsafe descriptor.forEachChunk(describingFailure: UploadError.init(unreadableSource:)) { chunk in
            rest -= Int64(chunk.count)
            if rest < 0 { throw UploadError.sourceGrew(from: file.version.size) }
            try unsafe consume(chunk)
        }
        try checkUnchanged()
    }
}

extension Descriptor {
    /// The status of a file that must be as it was planned.
    fileprivate func status(plannedAs planned: FileVersion) throws(UploadError) -> FileStatus {
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
    fileprivate static let changeHint = "upload when nothing writes to it any more"

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
