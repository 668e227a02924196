import Synchronization
import UploadExecution

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
    ///   - offset: Where in the file they stand.
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
