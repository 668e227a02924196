import FoundationEssentials
import NIOHTTP1

/// What a store says of an object without sending it.
struct ObjectHead: Hashable, Sendable {
    /// The size in bytes.
    var size: Int64
    /// The entity tag, without quotes.
    var etag: String
    /// The CRC-32 of the whole object in base 64, if the store keeps one.
    var crc32: String?
    /// The SHA-256 in the object's metadata, in lower-case hexadecimal.
    var sha256: String?
    /// When it was written, to the second.
    var modified: Date?
    /// Whether the entity tag of this object is no MD5, since the store encrypts it with a key of its own.
    var isTagOpaque: Bool
    /// The headers that an upload can set.
    var properties: [String: String]

    /// Reads an answer to a HEAD.
    init(_ headers: HTTPHeaders) {
        size = headers.first(name: "content-length").flatMap { Int64($0) } ?? 0
        etag = (headers.first(name: "etag") ?? "").withoutQuotes
        let type = headers.first(name: "x-amz-checksum-type")
        // Without a type, a composite checksum is told by its number of parts: "AAAAAA==-3".
        crc32 = headers.first(name: "x-amz-checksum-crc32").flatMap { value in
            type == "COMPOSITE" || value.contains("-") ? nil : value
        }
        sha256 = headers.first(name: "x-amz-meta-sha256")?.lowercased()
        modified = headers.first(name: "last-modified").flatMap { Date(httpDate: $0) }
        let encryption = headers.first(name: "x-amz-server-side-encryption") ?? "AES256"
        isTagOpaque =
            encryption != "AES256" || headers.contains(name: "x-amz-server-side-encryption-customer-algorithm")
        properties = [:]
        for (name, value) in headers {
            let name = name.lowercased()
            if Self.propertyNames.contains(name) || name.hasPrefix("x-amz-meta-") { properties[name] = value }
        }
    }

    private static let propertyNames: Set = [
        "content-type", "content-encoding", "content-disposition", "cache-control",
    ]
}

extension String {
    /// The text without quotation marks around it.
    var withoutQuotes: String {
        count >= 2 && hasPrefix("\"") && hasSuffix("\"") ? String(dropFirst().dropLast()) : self
    }
}
