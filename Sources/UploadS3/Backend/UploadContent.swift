import NIOCore
import RunOutputs
import UploadExecution
import UploadPlanning

/// The bytes of one upload, opened: in memory, or a file that is read where it is needed.
struct UploadContent: Sendable {
    /// Files up to this size are read into memory, once, instead of twice from the disk.
    static let inMemoryLimit: Int64 = 1 << 20

    /// The bytes, if they are in memory.
    let bytes: ByteBuffer?
    /// The file, if they are not.
    let reader: SourceReader?
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

extension UploadRequest {
    /// Adds the charset of the text to the media type.
    ///
    /// Browsers take `text/plain` and `text/html` without a charset for Latin-1 or Windows-1252 (HTML Standard, "Determining
    /// the character encoding"), and show UTF-8 garbled.
    ///
    /// - Parameter content: The bytes.
    /// - Returns: The value of the header.
    /// - Throws: ``StoreError`` if a file cannot be read.
    func contentType(of content: UploadContent) throws(StoreError) -> String {
        guard isBareText else { return contentType }
        return try content.isUTF8() ? contentType + "; charset=utf-8" : contentType
    }

    private var isBareText: Bool {
        contentType == "text/plain" || contentType == "text/html"
    }
}

extension UploadContent {
    /// Whether the first MiB is UTF-8, where a character that the MiB cuts is not a fault.
    fileprivate func isUTF8() throws(StoreError) -> Bool {
        if let bytes { return bytes.readableBytesView.isUTF8 }
        guard let reader else { return true }
        var start = ByteBuffer()
        try reader.append(to: &start, at: 0, count: Int(min(byteCount, Self.inMemoryLimit)))
        let cut = (0..<4).first { rest in start.readableBytesView.dropLast(rest).isUTF8 }
        return cut != nil
    }
}

extension Collection where Element == UInt8 {
    fileprivate var isUTF8: Bool { String(validating: self, as: UTF8.self) != nil }
}

/// The headers that give an object its properties.
struct ObjectHeaders: Sendable {
    /// Names in lower case, and values.
    var values: [(name: String, value: String)]

    /// Spells the properties of an upload.
    ///
    /// - Parameters:
    ///   - request: The upload.
    ///   - content: Its bytes.
    /// - Throws: ``StoreError`` for a value that a header cannot carry, or a file that cannot be read.
    init(_ request: UploadRequest, of content: UploadContent) throws(StoreError) {
        let properties = request.properties
        values = [("content-type", try request.contentType(of: content))]
        if let value = properties.contentEncoding { values.append(("content-encoding", value)) }
        if let value = properties.contentDisposition { values.append(("content-disposition", value)) }
        if let value = properties.cacheControl { values.append(("cache-control", value)) }
        if let value = properties.storageClass { values.append(("x-amz-storage-class", value)) }
        for (name, value) in properties.metadata.sorted(by: { $0.key < $1.key }) {
            values.append(("x-amz-meta-\(name.lowercased())", value))
        }
        if !properties.tags.isEmpty {
            let tags = SignableRequest.canonicalQuery(properties.tags.map { (name: $0.key, value: $0.value) })
            values.append(("x-amz-tagging", tags))
        }
        for (name, value) in values {
            let isLegal = value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
            guard isLegal, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }) else {
                throw StoreError(
                    .other, "the value of \(name) holds a character that a header cannot carry",
                    hint: "use printable ASCII in object properties")
            }
        }
    }

    /// Adds the content's SHA-256 to the metadata: the name is ours, and plans may not give it another value.
    mutating func addDigest(_ sha256: String) {
        let name = "x-amz-meta-\(ObjectProperties.digestName)"
        values.removeAll { $0.name == name }
        values.append((name, sha256))
    }

    /// Whether an object has these properties, and no tags and no storage class.
    func agree(with head: ObjectHead) -> Bool {
        !head.hasTagsOrClass && values.allSatisfy { name, value in head.properties[name] == value }
            && head.properties.keys.allSatisfy { name in values.contains { $0.name == name } }
    }
}

extension S3Configuration {
    /// The digests that a request's headers need of its bytes.
    var digestsOfRequest: ContentDigests.Selection {
        var selection: ContentDigests.Selection = []
        // Over plain HTTP nothing else keeps the bytes from being changed unseen.
        if !endpoint.isEncrypted { selection.insert(.sha256) }
        if effectiveChecksums == .md5 { selection.insert(.md5) }
        return selection
    }

    /// The headers by which a store checks the bytes of a request.
    func checksumHeaders(_ digests: ContentDigests) -> [(name: String, value: String)] {
        switch effectiveChecksums {
        case .crc32: [("x-amz-checksum-crc32", digests.crc32.base64)]
        case .md5: digests.md5.map { [("content-md5", $0.base64)] } ?? []
        case .whenRequired, .automatic: []
        }
    }

    /// The SHA-256 that a request is signed with, or `nil` where it is not signed over its bytes.
    func signedHash(_ digests: ContentDigests) -> String? {
        endpoint.isEncrypted ? nil : digests.sha256.map { String(hexadecimal: $0) }
    }
}
