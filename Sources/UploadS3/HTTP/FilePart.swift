import NIOCore
import Synchronization
import UploadExecution

/// A part of a file as the body of a request, one chunk in memory at a time.
///
/// Each iteration starts again, so that an attempt can be repeated.
struct FilePart: Sendable {
    /// The file.
    let reader: SourceReader
    /// The part.
    let range: Range<Int64>
    /// Told how many bytes have been handed over.
    let progress: @Sendable (Int64) -> Void

    /// The number of bytes.
    var byteCount: Int64 { Int64(range.count) }
}

/// One pass over a ``FilePart`` for one attempt.
struct FilePartStream: AsyncSequence, Sendable {
    /// What the attempt has read, and why it could not read on: the HTTP client wraps the errors of a body.
    private final class Outcome: Sendable {
        let state = Mutex<(sent: Int64, failure: UploadError?)>((0, nil))
    }

    private let part: FilePart
    private let outcome = Outcome()

    /// Prepares an attempt.
    init(_ part: FilePart) { self.part = part }

    /// Why reading failed, if it did.
    var failure: UploadError? { outcome.state.withLock(\.failure) }

    /// Reports what was sent as not sent: the attempt has failed.
    func takeBack() {
        let sent = outcome.state.withLock { state in
            defer { state.sent = 0 }
            return state.sent
        }
        if sent > 0 { part.progress(-sent) }
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let stream: FilePartStream
        fileprivate var offset: Int64

        mutating func next() async throws(UploadError) -> ByteBuffer? {
            let range = stream.part.range
            let count = Int(Swift.min(Int64(SourceReader.chunkSize), range.upperBound - offset))
            guard count > 0 else { return nil }
            do throws(UploadError) {
                let buffer = try stream.part.reader.buffer(at: offset, count: count)
                offset += Int64(count)
                // Before the last bytes go out: without them, the store keeps nothing.
                if offset == range.upperBound { try stream.part.reader.checkUnchanged() }
                stream.outcome.state.withLock { $0.sent += Int64(count) }
                stream.part.progress(Int64(count))
                return buffer
            } catch {
                stream.outcome.state.withLock { $0.failure = error }
                throw error
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: self, offset: part.range.lowerBound) }
}

extension SourceReader {
    /// Reads bytes into a buffer of their own.
    func buffer(at offset: Int64, count: Int) throws(UploadError) -> ByteBuffer {
        var buffer = ByteBuffer()
        var failure: UploadError?
        unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            do throws(UploadError) {
                try unsafe read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]), at: offset)
                return count
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return buffer
    }
}
