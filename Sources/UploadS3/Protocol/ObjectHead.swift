import FoundationEssentials
import NIOHTTP1
import UploadExecution

/// What a store says of an object without sending it.
struct ObjectHead: Hashable, Sendable {
    /// The size in bytes.
    var size: Int64
    /// The entity tag, without quotes.
    var etag: String
    /// The CRC-32 of the whole object in base 64, if the store keeps one.
    var crc32: String?
    /// Whether the store is known to have compared that with the bytes: others keep what the uploader said.
    var isCRC32Verified: Bool
    /// The SHA-256 in the object's metadata, in lower-case hexadecimal: the word of whoever uploaded it.
    var sha256: String?
    /// When it was written, to the second.
    var modified: Date?
    /// Whether the entity tag of this object is not an MD5, since the store encrypts it with a key of its own.
    var isTagOpaque: Bool
    /// The headers that an upload can set.
    var properties: [String: String]
    /// How many tags it has; `nil` if the store does not say.
    var tagCount: Int?
    /// The storage class; a store does not name the usual one.
    var storageClass: String

    /// Whether it has tags, or another storage class than the usual one.
    var hasTagsOrClass: Bool { storageClass != Self.usualClass || tagCount ?? 0 != 0 }

    private static let usualClass = "STANDARD"

    /// Reads an answer to a HEAD.
    ///
    /// - Parameters:
    ///   - headers: The answer's headers.
    ///   - isOfAWS: Whether AWS gave it.
    init(_ headers: HTTPHeaders, isOfAWS: Bool) {
        size = headers.first(name: "content-length").flatMap { Int64($0) } ?? 0
        etag = (headers.first(name: "etag") ?? "").withoutQuotes
        let type = headers.first(name: "x-amz-checksum-type")
        // Without a type, a composite checksum is told by its number of parts: "AAAAAA==-3".
        crc32 = headers.first(name: "x-amz-checksum-crc32").flatMap { value in
            type == "COMPOSITE" || value.contains("-") ? nil : value
        }
        sha256 = headers.first(name: "x-amz-meta-sha256")?.lowercased()
        isCRC32Verified = isOfAWS
        modified = headers.first(name: "last-modified").flatMap { Date(httpDate: $0) }
        isTagOpaque = headers.areOfOpaqueTag
        storageClass = headers.first(name: "x-amz-storage-class") ?? Self.usualClass
        tagCount = headers.first(name: "x-amz-tagging-count").flatMap { Int($0) }
        properties = [:]
        for (name, value) in headers {
            let name = name.lowercased()
            if Self.propertyNames.contains(name) || name.hasPrefix("x-amz-meta-") { properties[name] = value }
        }
    }

    private static let propertyNames: Set = [
        "content-type", "content-encoding", "content-disposition", "content-language", "cache-control", "expires",
    ]
}

extension HTTPHeaders {
    /// Whether the entity tag beside these headers is not an MD5, since the store encrypts with a key of its own:
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html>.
    var areOfOpaqueTag: Bool {
        first(name: "x-amz-server-side-encryption") ?? "AES256" != "AES256"
            || contains(name: "x-amz-server-side-encryption-customer-algorithm")
    }
}

extension String {
    /// The text without quotation marks around it.
    var withoutQuotes: String {
        let quote = UInt8(ascii: "\"")
        guard utf8.count >= 2, utf8.first == quote, utf8.last == quote else { return self }
        return String(self[utf8.index(after: startIndex)..<utf8.index(before: endIndex)])
    }
}
