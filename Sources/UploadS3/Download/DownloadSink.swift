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

/// The digests of a download, made while it arrives.
///
/// What arrives in order is hashed on its way to the disk; what arrived before its turn is read from there.
final class ArrivalDigests: Sendable {
    private struct State {
        var hasher: ContentDigests.Hasher
        /// Everything before it was taken in.
        var position: Int64 = 0
        /// The ends of the complete parts by their beginnings.
        var complete: [Int64: Int64] = [:]
    }

    private let file: PartialFile
    private let selection: ContentDigests.Selection
    private let state: Mutex<State>

    /// Begins with nothing.
    ///
    /// - Parameters:
    ///   - file: The file that the download is written to.
    ///   - selection: The digests that are wanted.
    init(of file: PartialFile, _ selection: ContentDigests.Selection) {
        self.file = file
        self.selection = selection
        state = Mutex(State(hasher: ContentDigests.Hasher(selection)))
    }

    /// Takes in bytes that were just written, if it is their turn.
    ///
    /// - Parameters:
    ///   - bytes: The bytes.
    ///   - offset: Where in the file they are.
    ///   - start: Where their part begins, of which everything before them is written.
    /// - Throws: ``StoreError`` if the file cannot be read.
    func take(_ bytes: UnsafeRawBufferPointer, at offset: Int64, ofPartAt start: Int64) throws {
        // Whoever has the lock is at another part; these bytes can be read later.
        _ = try state.withLockIfAvailable { state in
            guard start...offset ~= state.position else { return }
            try read(to: offset, &state)
            unsafe state.hasher.update(bytes)
            state.position += Int64(bytes.count)
        }
    }

    /// Takes note that a part is complete, and takes in what has its turn now.
    ///
    /// - Parameter range: The part.
    /// - Throws: ``StoreError`` if the file cannot be read.
    func complete(_ range: Range<Int64>) throws {
        try state.withLock { state in
            state.complete[range.lowerBound] = range.upperBound
            if range.contains(state.position) { try read(to: range.upperBound, &state) }
            while let end = state.complete[state.position] { try read(to: end, &state) }
        }
    }

    /// Forgets everything if some of a part was taken in already: it arrives again.
    func restart(partAt start: Int64) {
        state.withLock { state in
            guard state.position > start else { return }
            state.hasher = ContentDigests.Hasher(selection)
            state.position = 0
        }
    }

    /// Ends with the digests of the whole file.
    ///
    /// - Parameter byteCount: The size of the file.
    /// - Returns: The digests.
    /// - Throws: ``StoreError`` if the file cannot be read, or ends before.
    func finish(byteCount: Int64) throws -> ContentDigests {
        try state.withLock { state in
            try read(to: byteCount, &state)
            return state.hasher.finalize()
        }
    }

    private func read(to end: Int64, _ state: inout State) throws(StoreError) {
        guard state.position < end else { return }
        let size = Int(min(Int64(SourceReader.chunkSize), end - state.position))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
        defer { unsafe buffer.deallocate() }
        while state.position < end {
            let count = Int(min(Int64(size), end - state.position))
            let chunk = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            try unsafe file.read(into: chunk, at: state.position)
            unsafe state.hasher.update(UnsafeRawBufferPointer(chunk))
            state.position += Int64(count)
        }
    }
}
