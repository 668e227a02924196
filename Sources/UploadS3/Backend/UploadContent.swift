import NIOCore
import UploadExecution

/// The bytes of one upload, opened: in memory, or a file that is read where it is needed.
struct UploadContent: Sendable {
    /// Files up to this size are read into memory, once, instead of twice from the disk.
    static let inMemoryLimit: Int64 = 1 << 20

    /// The bytes, if they are in memory.
    let bytes: ByteBuffer?
    /// The file, if they are not.
    let reader: SourceReader?
    /// The number of bytes.
    let byteCount: Int64

    /// Opens an upload's body.
    ///
    /// - Parameters:
    ///   - body: The body.
    ///   - directories: Where a file is opened.
    /// - Throws: ``StoreError`` if the file cannot be read, or is not as it was planned.
    init(_ body: UploadBody, in directories: SourceDirectories) throws(StoreError) {
        byteCount = body.byteCount
        switch body {
        case .bytes(let bytes):
            self.bytes = ByteBuffer(bytes: bytes)
            reader = nil
        case .file(let file):
            let reader = try SourceReader(file, in: directories)
            guard byteCount <= Self.inMemoryLimit else {
                bytes = nil
                self.reader = reader
                return
            }
            var buffer = ByteBuffer()
            try reader.append(to: &buffer, at: 0, count: Int(byteCount))
            bytes = buffer
            try reader.checkUnchanged()
            self.reader = nil
        }
    }

    /// Makes digests of all bytes.
    func digests(_ selection: ContentDigests.Selection) throws(StoreError) -> ContentDigests {
        if let reader {
            var none: ContentDigests.Hasher?
            return try reader.digests(of: 0..<byteCount, selection, into: &none)
        }
        return unsafe (bytes ?? ByteBuffer()).withUnsafeReadableBytes { unsafe ContentDigests.of($0, selection) }
    }

    /// Makes the MD5 of each part of a size.
    func partDigests(partSize: Int64) throws(StoreError) -> [[UInt8]] {
        var digests: [[UInt8]] = []
        var offset: Int64 = 0
        while offset < byteCount {
            let end = min(offset + partSize, byteCount)
            let md5: [UInt8]?
            if let reader {
                var none: ContentDigests.Hasher?
                md5 = try reader.digests(of: offset..<end, .md5, into: &none).md5
            } else {
                let slice = bytes?.getSlice(at: Int(offset), length: Int(end - offset)) ?? ByteBuffer()
                md5 = unsafe slice.withUnsafeReadableBytes { unsafe ContentDigests.of($0, .md5).md5 }
            }
            digests.append(md5 ?? [])
            offset = end
        }
        return digests
    }
}
