import CDeflate
import CZlib
import UploadExecution

/// The CRC-32 that S3 calls `CRC32`.
///
/// libdeflate computes it several times as fast as zlib, and zlib joins those of parts.
struct CRC32: Hashable, Sendable {
    /// The checksum of the bytes so far.
    private(set) var value: UInt32 = 0

    /// Takes in more bytes.
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
