import Crypto
import UploadExecution

/// Whether an object has the content of a file, decided without sending either.
enum ContentComparison: Hashable, Sendable {
    /// It has; the SHA-256 of the content in hexadecimal.
    case identical(sha256: String)
    /// It has not, and how that shows.
    case different(String)
    /// The store keeps nothing to compare by.
    case undecided(String)

    /// The digests of a content that an object can be compared by.
    static func digests(for head: ObjectHead) -> ContentDigests.Selection {
        head.hasPlainTag ? [.sha256, .md5] : .sha256
    }
}

extension UploadContent {
    /// Compares the content with what a store says of an object.
    ///
    /// By size first, then by whatever digests the store keeps: they all have to agree.
    ///
    /// - Parameters:
    ///   - head: What the store says.
    ///   - partSize: Finds out the size of the object's parts.
    /// - Returns: The decision.
    /// - Throws: ``UploadError`` if the content cannot be read, and what `partSize` throws.
    func compared(
        with head: ObjectHead, partSize: () async throws -> Int64?
    ) async throws -> ContentComparison {
        guard head.size == byteCount else {
            return .different("it has \(head.size) bytes, the file has \(byteCount)")
        }
        return try await compared(with: head, by: digests(ContentComparison.digests(for: head)), partSize: partSize)
    }

    /// Compares the content with what a store says of an object of its size.
    ///
    /// - Parameters:
    ///   - head: What the store says.
    ///   - digests: Those of the content that ``ContentComparison/digests(for:)`` tells.
    ///   - partSize: Finds out the size of the object's parts.
    /// - Returns: The decision.
    /// - Throws: ``UploadError`` if the content cannot be read, and what `partSize` throws.
    func compared(
        with head: ObjectHead, by digests: ContentDigests, partSize: () async throws -> Int64?
    ) async throws -> ContentComparison {
        let sha256 = String(hexadecimal: digests.sha256 ?? [])
        var evidence = 0
        if let stored = head.sha256 {
            guard stored == sha256 else { return .different("its SHA-256 is \(stored), the file's is \(sha256)") }
            evidence += 1
        }
        if let stored = head.crc32 {
            guard stored == digests.crc32.base64 else {
                return .different("its CRC32 is \(stored), the file's is \(digests.crc32.base64)")
            }
            evidence += 1
        }
        if head.hasPlainTag, let md5 = digests.md5 {
            guard head.etag.lowercased() == String(hexadecimal: md5) else {
                // A store whose tags are no MD5 is told by the other digests.
                return evidence > 0 ? .identical(sha256: sha256) : .different("its MD5 is \(head.etag)")
            }
            evidence += 1
        }
        if evidence > 0 { return .identical(sha256: sha256) }
        let parts = head.isTagOpaque ? nil : head.partCount
        guard let parts, let size = try await partSize(), size > 0, (byteCount + size - 1) / size == Int64(parts) else {
            return .undecided("the store keeps no digest of it that can be compared")
        }
        let tag = try Self.tag(ofParts: partDigests(partSize: size))
        return tag == head.etag.lowercased()
            ? .identical(sha256: sha256) : .different("its parts have other digests than the file's")
    }

    /// The entity tag of an object that was uploaded in parts.
    ///
    /// - Parameter digests: The MD5 of each part.
    /// - Returns: The MD5 of those, and their number.
    static func tag(ofParts digests: [[UInt8]]) -> String {
        "\(String(hexadecimal: Insecure.MD5.hash(data: digests.flatMap(\.self))))-\(digests.count)"
    }
}

extension ObjectHead {
    /// Whether its entity tag is the MD5 of its content.
    fileprivate var hasPlainTag: Bool { !isTagOpaque && partCount == nil && etag.isMD5 }

    /// How many parts the object was uploaded in, as its entity tag tells.
    var partCount: Int? {
        guard let dash = etag.lastIndex(of: "-"), String(etag[..<dash]).isMD5 else { return nil }
        return Int(etag[etag.index(after: dash)...])
    }
}

extension String {
    /// Whether the text has the form of an MD5 in hexadecimal.
    var isMD5: Bool { utf8.count == 32 && allSatisfy(\.isHexDigit) }
}
