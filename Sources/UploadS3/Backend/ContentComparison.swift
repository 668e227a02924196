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
    /// Metadata, or a checksum that the store may never have compared, says that it has, and the entity tag does not
    /// bear that out: only reading the object decides. The SHA-256 of the content in hexadecimal.
    case disputed(sha256: String)

    /// The digests of a content that an object can be compared by.
    static func digests(for head: ObjectHead) -> ContentDigests.Selection {
        head.hasPlainTag ? [.sha256, .md5] : .sha256
    }
}

extension UploadContent {
    /// Compares the content with what a store says of an object.
    ///
    /// By size first, then by the digests that the store keeps.
    ///
    /// - Parameters:
    ///   - head: What the store says.
    ///   - partSize: Finds out the size of the object's parts.
    /// - Returns: The decision.
    /// - Throws: ``StoreError`` if the content cannot be read, and what `partSize` throws.
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
    /// What the store computed itself comes first: AWS's checksum, the entity tag. Metadata is text that anybody may
    /// write: it counts where the store says nothing, and never against what it says.
    ///
    /// - Parameters:
    ///   - head: What the store says.
    ///   - digests: Those of the content that ``ContentComparison/digests(for:)`` tells.
    ///   - partSize: Finds out the size of the object's parts.
    /// - Returns: The decision.
    /// - Throws: ``StoreError`` if the content cannot be read, and what `partSize` throws.
    func compared(
        with head: ObjectHead, by digests: ContentDigests, partSize: () async throws -> Int64?
    ) async throws -> ContentComparison {
        let sha256 = String(hexadecimal: digests.sha256 ?? [])
        let crc32 = head.crc32.map { stored in
            stored == digests.crc32.base64
                ? ContentComparison.identical(sha256: sha256)
                : .different("its CRC32 is \(stored), the file's is \(digests.crc32.base64)")
        }
        if head.isCRC32Verified, let crc32 { return crc32 }
        let isClaimed = head.sha256 == sha256 || head.crc32 == digests.crc32.base64
        if head.hasPlainTag, let md5 = digests.md5 {
            if head.etag.lowercased() == String(hexadecimal: md5) { return .identical(sha256: sha256) }
            // Not every store's tag is an MD5.
            return isClaimed ? .disputed(sha256: sha256) : .different("its MD5 is \(head.etag)")
        }
        if !head.isTagOpaque, let parts = head.partCount {
            guard let size = try await partSize(), size > 0, (byteCount + size - 1) / size == Int64(parts) else {
                return isClaimed ? .disputed(sha256: sha256) : .undecided(Self.noDigest)
            }
            if try Self.tag(ofParts: partDigests(partSize: size)) == head.etag.lowercased() {
                return .identical(sha256: sha256)
            }
            return isClaimed
                ? .disputed(sha256: sha256) : .different("its parts have other digests than the file's")
        }
        if let crc32 { return crc32 }
        guard let stored = head.sha256 else { return .undecided(Self.noDigest) }
        return stored == sha256
            ? .identical(sha256: sha256) : .different("its SHA-256 is \(stored), the file's is \(sha256)")
    }

    private static let noDigest = "the store keeps no digest of it that can be compared"

    /// The entity tag of an object that was uploaded in parts.
    ///
    /// - Parameter digests: The MD5 of each part.
    /// - Returns: The MD5 of those, and their number.
    static func tag(ofParts digests: [[UInt8]]) -> String {
        "\(String(hexadecimal: Insecure.MD5.hash(data: digests.flatMap(\.self))))-\(digests.count)"
    }
}

extension ObjectHead {
    /// Whether its entity tag has the form of an MD5 of its content, and nothing says that it is none.
    var hasPlainTag: Bool { !isTagOpaque && partCount == nil && etag.isMD5 }

    /// How many parts the object was uploaded in, as its entity tag tells.
    var partCount: Int? {
        guard let dash = etag.lastIndex(of: "-"), String(etag[..<dash]).isMD5 else { return nil }
        return Int(etag[etag.index(after: dash)...])
    }
}

extension String {
    /// Whether the text has the form of an MD5 in hexadecimal.
    var isMD5: Bool { utf8.count == 32 && utf8.allSatisfy { Unicode.Scalar($0).properties.isASCIIHexDigit } }
}
