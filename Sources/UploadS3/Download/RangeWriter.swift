import NIOCore
import Synchronization
import UploadExecution

/// Writes the body of an answer to its place in a file; an attempt that is repeated starts again.
final class RangeWriter: BodySink {
    private let file: PartialFile
    private let digests: ArrivalDigests
    private let range: Range<Int64>
    private let progress: @Sendable (Int64) -> Void
    private let written = Mutex<Int64>(0)

    /// Prepares writing.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - digests: Takes in what was written.
    ///   - range: The bytes of it that the answer holds.
    ///   - progress: Told how many more bytes have arrived.
    init(
        _ file: PartialFile, _ digests: ArrivalDigests, _ range: Range<Int64>,
        progress: @escaping @Sendable (Int64) -> Void
    ) {
        self.file = file
        self.digests = digests
        self.range = range
        self.progress = progress
    }

    var byteCount: Int64 { Int64(range.count) }

    var arrivedByteCount: Int64 { written.withLock { $0 } }

    func restart() {
        let undone = written.withLock { written in
            defer { written = 0 }
            return written
        }
        guard undone > 0 else { return }
        digests.restart(partAt: range.lowerBound)
        progress(-undone)
    }

    func take(_ bytes: ByteBuffer) throws {
        let count = Int64(bytes.readableBytes)
        let done = arrivedByteCount
        guard done + count <= byteCount else {
            throw TransportError(
                isTimeout: false, isTransient: true, message: "the answer holds more bytes than were asked for")
        }
        let offset = range.lowerBound + done
        try unsafe bytes.withUnsafeReadableBytes { bytes in
            try unsafe file.write(bytes, at: offset)
            try unsafe digests.take(bytes, at: offset, ofPartAt: range.lowerBound)
        }
        written.withLock { $0 += count }
        progress(count)
    }
}
