import HTTPConnections
import NIOCore
import Synchronization
import UploadExecution

/// A part of a file as the body of a request, one chunk in memory at a time.
///
/// Each iteration starts again, so that an attempt can be repeated.
struct FilePart: Sendable {
    let reader: SourceReader
    let range: Range<Int64>
    /// Told how many bytes have been handed over.
    let progress: @Sendable (Int64) -> Void

    var byteCount: Int64 { Int64(range.count) }
}

/// A ``FilePart`` for one attempt.
struct FilePartStream: RequestBodySource {
    /// What the attempt has read, and why it could not read on.
    private final class Outcome: Sendable {
        let state = Mutex<(sent: Int64, failure: StoreError?)>((0, nil))
    }

    let part: FilePart
    private let outcome = Outcome()

    init(_ part: FilePart) { self.part = part }

    var byteCount: Int64 { part.byteCount }

    func makeReader() -> any RequestBodyReader { Position(stream: self, offset: part.range.lowerBound) }

    /// Why reading failed, if it did.
    var failure: StoreError? { outcome.state.withLock(\.failure) }

    /// Reports what was sent as not sent: the attempt has failed.
    func takeBack() {
        let sent = outcome.state.withLock { state in
            defer { state.sent = 0 }
            return state.sent
        }
        if sent > 0 { part.progress(-sent) }
    }

    /// How far the part has been read.
    private struct Position: RequestBodyReader {
        fileprivate let stream: FilePartStream
        fileprivate var offset: Int64

        /// Reads the next chunk, and counts it as sent.
        ///
        /// - Parameter buffer: Its content is replaced by the chunk.
        /// - Returns: The number of bytes; 0 at the end.
        /// - Throws: ``StoreError`` if the file cannot be read, or has changed.
        mutating func read(into buffer: inout ByteBuffer) throws(StoreError) -> Int {
            buffer.clear()
            let range = stream.part.range
            let count = Int(Swift.min(Int64(SourceReader.chunkSize), range.upperBound - offset))
            guard count > 0 else { return 0 }
            do throws(StoreError) {
                try stream.part.reader.append(to: &buffer, at: offset, count: count)
                offset += Int64(count)
                // Before the last bytes go out: without them, the store keeps nothing.
                if offset == range.upperBound { try stream.part.reader.checkUnchanged() }
            } catch {
                stream.outcome.state.withLock { $0.failure = error }
                throw error
            }
            stream.outcome.state.withLock { $0.sent += Int64(count) }
            stream.part.progress(Int64(count))
            return count
        }
    }
}

extension SourceReader {
    /// Reads bytes to the end of a buffer.
    func append(to buffer: inout ByteBuffer, at offset: Int64, count: Int) throws(StoreError) {
        var failure: StoreError?
        unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            do throws(StoreError) {
                try unsafe read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]), at: offset)
                return count
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
    }
}
