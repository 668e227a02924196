import HTTPConnections
import NIOCore
import NIOHTTP1
import Synchronization
import UploadExecution

/// Writes the body of an answer to its place in a file; an attempt that is repeated starts again.
final class DownloadSink: BodySink {
    private let file: PartialFile
    private let digests: ArrivalDigests
    private let range: Range<Int64>
    private let isPart: Bool
    private let progress: @Sendable (Int64) -> Void
    private let written = Mutex<Int64>(0)

    /// Prepares writing.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - digests: Takes in what was written.
    ///   - range: The bytes of it that the answer holds.
    ///   - isPart: Whether these bytes were asked for with `Range`, and not the whole object.
    ///   - progress: Told how many more bytes have arrived.
    init(
        _ file: PartialFile, _ digests: ArrivalDigests, _ range: Range<Int64>, isPart: Bool,
        progress: @escaping @Sendable (Int64) -> Void
    ) {
        self.file = file
        self.digests = digests
        self.range = range
        self.isPart = isPart
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

    func begin(_ status: Int, _ headers: HTTPHeaders) throws {
        guard isPart else { return }
        let sent = headers.first(name: "content-range")
        // Some stores send a range with a status of 200: the header says what was sent.
        if sent?.hasPrefix("bytes \(range.lowerBound)-") == true { return }
        if status != 206 { throw S3Failure.rangesIgnored(status: status) }
        guard let sent else { return }
        throw S3Failure(kind: .damaged, status: status, message: "the answer is another part: \(sent)")
    }

    func take(_ bytes: ByteBuffer) throws {
        let count = Int64(bytes.readableBytes)
        let done = arrivedByteCount
        guard done + count <= byteCount else {
            throw TransportError(.interrupted, "the answer holds more bytes than were asked for")
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
