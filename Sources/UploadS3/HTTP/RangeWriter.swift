import NIOCore
import Synchronization
import UploadExecution

/// Writes the body of an answer to its place in a file; an attempt that is repeated starts again.
final class RangeWriter: Sendable {
    private let file: PartialFile
    private let range: Range<Int64>
    private let progress: @Sendable (Int64) -> Void
    private let written = Mutex<Int64>(0)

    /// Prepares writing.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - range: The bytes of it that the answer holds.
    ///   - progress: Told how many more bytes have arrived.
    init(_ file: PartialFile, _ range: Range<Int64>, progress: @escaping @Sendable (Int64) -> Void) {
        self.file = file
        self.range = range
        self.progress = progress
    }

    /// The number of bytes that the answer must hold.
    var byteCount: Int64 { Int64(range.count) }

    /// Forgets what was written: another attempt begins.
    func restart() {
        let undone = written.withLock { written in
            defer { written = 0 }
            return written
        }
        if undone > 0 { progress(-undone) }
    }

    /// Writes the next bytes.
    ///
    /// - Parameter bytes: The bytes.
    /// - Throws: ``UploadError`` if they cannot be written, `TransportError` if there are too many of them.
    func take(_ bytes: ByteBuffer) throws {
        let count = Int64(bytes.readableBytes)
        let done = written.withLock { $0 }
        guard done + count <= byteCount else {
            throw TransportError(
                isTimeout: false, isTransient: true, message: "the answer holds more bytes than were asked for")
        }
        try unsafe bytes.withUnsafeReadableBytes { try unsafe file.write($0, at: range.lowerBound + done) }
        written.withLock { $0 += count }
        progress(count)
    }

    /// Makes sure that all bytes have arrived.
    func checkComplete() throws(S3Failure) {
        let done = written.withLock { $0 }
        guard done != byteCount else { return }
        throw S3Failure(kind: .damaged, message: "\(done) of \(byteCount) bytes arrived")
    }
}
