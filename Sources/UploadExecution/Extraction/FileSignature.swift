import LocalFiles

/// What the first bytes of a file show of its format.
struct FileSignature {
    /// The format in words.
    let format: String

    /// The bytes that files of a format begin with, whatever case letters of text have.
    private static let known: [(start: [UInt8], format: String)] = [
        ([0x1f, 0x8b], "gzip"), (Array("BZh".utf8), "bzip2"), (Array("PK\u{3}\u{4}".utf8), "a zip archive"),
        ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "a 7-Zip archive"), ([0x04, 0x22, 0x4d, 0x18], "LZ4"),
        (Array("LZIP".utf8), "lzip"), (Array("version https://git-lfs".utf8), "a Git LFS pointer"),
        (Array("<!doctype html".utf8), "an HTML page"), (Array("<html".utf8), "an HTML page"),
        (Array("<?xml".utf8), "an XML document"),
    ]

    /// Looks at a file; `nil` if the format is unknown, or one of those that archives have.
    ///
    /// - Parameter file: The file, open for reading; its position stays.
    init?(of file: Descriptor) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 1)
        defer { unsafe buffer.deallocate() }
        guard let count = unsafe try? file.read(into: buffer, at: 0) else { return nil }
        guard count > 0 else {
            format = "an empty file"
            return
        }
        let bytes = unsafe Array(buffer[..<count])
        let text = Array(String(decoding: bytes, as: UTF8.self).lowercased().utf8)
        guard let known = Self.known.first(where: { bytes.starts(with: $0.start) || text.starts(with: $0.start) })
        else { return nil }
        format = known.format
    }
}
