import CDeflate
import CZlib
import Crypto
import UploadExecution

/// The digests of a piece of content that something asks for.
struct ContentDigests: Hashable, Sendable {
    /// Which digests are wanted besides the CRC-32, which uploads always need.
    struct Selection: OptionSet, Sendable {
        let rawValue: Int
        /// SHA-256: for plain HTTP's signature, receipts and metadata.
        static let sha256 = Selection(rawValue: 1)
        /// MD5: for `Content-MD5` and for comparing with an `ETag`.
        static let md5 = Selection(rawValue: 2)
        /// No CRC-32: nothing was said that it could be compared with.
        static let noCRC32 = Selection(rawValue: 4)
    }

    var byteCount: Int64
    /// The CRC-32, unless it was not wanted: then that of no bytes.
    var crc32: CRC32
    /// The SHA-256, if it was asked for.
    var sha256: [UInt8]?
    /// The MD5, if it was asked for.
    var md5: [UInt8]?

    /// Makes digests of content that is read piece by piece.
    struct Hasher {
        private var byteCount: Int64 = 0
        private var crc32 = CRC32()
        private let makesCRC32: Bool
        private var sha256: SHA256?
        private var md5: Insecure.MD5?

        /// Starts with no content.
        init(_ selection: Selection) {
            makesCRC32 = !selection.contains(.noCRC32)
            sha256 = selection.contains(.sha256) ? SHA256() : nil
            md5 = selection.contains(.md5) ? Insecure.MD5() : nil
        }

        mutating func update(_ bytes: UnsafeRawBufferPointer) {
            byteCount += Int64(bytes.count)
            if makesCRC32 { unsafe crc32.update(bytes) }
            unsafe sha256?.update(bufferPointer: bytes)
            unsafe md5?.update(bufferPointer: bytes)
        }

        /// The digests of what was taken in.
        func finalize() -> ContentDigests {
            ContentDigests(
                byteCount: byteCount, crc32: crc32, sha256: sha256.map { Array($0.finalize()) },
                md5: md5.map { Array($0.finalize()) })
        }
    }

    /// Makes the digests of bytes in memory.
    static func of(_ bytes: UnsafeRawBufferPointer, _ selection: Selection) -> ContentDigests {
        var hasher = Hasher(selection)
        unsafe hasher.update(bytes)
        return hasher.finalize()
    }
}

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

/// The CRC-32 that S3 calls `CRC32`.
///
/// libdeflate computes it several times as fast as zlib, and zlib joins those of parts.
struct CRC32: Hashable, Sendable {
    /// The checksum of the bytes so far.
    private(set) var value: UInt32 = 0

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        value = unsafe libdeflate_crc32(value, start, bytes.count)
    }

    /// Takes in the checksum of the bytes that follow.
    ///
    /// - Parameters:
    ///   - other: The checksum of those bytes alone.
    ///   - byteCount: Their number.
    mutating func append(_ other: CRC32, byteCount: Int64) {
        value = UInt32(truncatingIfNeeded: crc32_combine(uLong(value), uLong(other.value), Int(byteCount)))
    }

    /// The value as S3's headers spell it.
    var base64: String {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }.base64
    }
}
