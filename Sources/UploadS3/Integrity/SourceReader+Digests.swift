import UploadExecution

extension SourceReader {
    /// Reads are of at most this many bytes: with TLS, larger writes pile up in memory, and none is faster.
    static let chunkSize = 64 << 10

    /// Makes digests of a part of the file.
    ///
    /// - Parameters:
    ///   - range: The part.
    ///   - selection: The digests that are wanted.
    ///   - whole: Takes in the same bytes, for digests over several parts.
    /// - Returns: The digests.
    /// - Throws: ``StoreError`` if the file cannot be read.
    func digests(
        of range: Range<Int64>, _ selection: ContentDigests.Selection, into whole: inout ContentDigests.Hasher?
    ) throws(StoreError) -> ContentDigests {
        var hasher = ContentDigests.Hasher(selection)
        let size = Int(min(Int64(Self.chunkSize), Int64(range.count)))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(size, 1), alignment: 64)
        defer { unsafe buffer.deallocate() }
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = Int(min(Int64(size), range.upperBound - offset))
            let chunk = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            try unsafe read(into: chunk, at: offset)
            unsafe hasher.update(UnsafeRawBufferPointer(chunk))
            unsafe whole?.update(UnsafeRawBufferPointer(chunk))
            offset += Int64(count)
        }
        return hasher.finalize()
    }
}
